"""The engine that a step's flags ask for."""

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from cmc.core.errors import CMCError
from cmc.core.facts import EncoderFacts, Facts
from cmc.registry import Entry
from cmc.stages.engine.base import Crew, Engine
from cmc.stages.engine.here import Here
from cmc.stages.engine.local import THREADS, Local

if TYPE_CHECKING:
    import torch

# docs/cluster.md says why they are not shared out.
CROWDED = f"each with threads for every core, as one process has; {THREADS}=1 everywhere is faster"


@contextmanager
def opened(args: argparse.Namespace, entry: Entry[Any] | None = None) -> Iterator[Engine]:
    """The engine of `arguments.add_engine`, until the end; or, where `args` have a `running_engine` (as a study's have,
    that goes through many steps), that one, which stays open. What answers from a server is asked from this process.

    Raises CMCError for flags that do not go together.
    """
    running: Engine | None = getattr(args, "running_engine", None)
    if entry is not None and _answers_from_a_server(entry.facts):
        if running is None and (args.workers is not None or args.engine != "local"):
            raise CMCError(
                f"--workers and --engine are not for {entry.name}, which answers from a server; see --in_flight"
            )
        with Here(args.dollars_per_hour) as engine:
            yield engine
    elif running is not None:
        yield running
    else:
        with create(args) as engine:
            yield engine


def _answers_from_a_server(facts: Facts) -> bool:
    return isinstance(facts, EncoderFacts) and facts.remote


def create(args: argparse.Namespace) -> Engine:
    """A new engine, to be closed. Raises CMCError for flags that do not go together."""
    if args.ray_address and args.engine != "ray":
        raise CMCError("--ray_address is of --engine ray; add that, or leave it out")
    return _ENGINES[args.engine](args)


def _on_this_computer(args: argparse.Namespace) -> Engine:
    return Here(args.dollars_per_hour) if args.workers is None else Local(args.workers, args.dollars_per_hour)


def _on_ray(args: argparse.Namespace) -> Engine:
    from cmc.stages.engine.on_ray import OnRay

    return OnRay(args.workers, args.ray_address, args.dollars_per_hour)


def _around_vllm(args: argparse.Namespace) -> Engine:
    """vLLM is a matter of the encoder, which loads in this process."""
    if args.workers is not None:
        raise CMCError("--workers is not for --engine vllm, which works on one GPU, from this process; leave it out")
    return Here(args.dollars_per_hour)


_ENGINES = {"local": _on_this_computer, "ray": _on_ray, "vllm": _around_vllm}


def said(crew: Crew[Any, Any, Any], device: "torch.device | None") -> str:
    """How many workers hold what was loaded, where there are several; on a CPU, that they are in each other's way."""
    if crew.ledger.workers <= 1:
        return ""
    crowded = device is not None and device.type == "cpu" and THREADS not in os.environ
    return f", {crew.ledger.workers} workers{f', {CROWDED}' if crowded else ''}"
