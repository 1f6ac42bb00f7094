"""`python -m cmc models`: every encoder and decoder, and whether it can run here."""

import argparse
from collections.abc import Sequence
from typing import Any

from cmc.catalogue import Model, catalogue
from cmc.cli import common
from cmc.core.device import pick_device, pick_dtype
from cmc.core.errors import CMCError
from cmc.registry import I2T, T2I

REGISTRIES = {"encoder": I2T, "decoder": T2I}


def build_parser() -> argparse.ArgumentParser:
    """Flags of the tool."""
    made = common.bare("python -m cmc models", "List every encoder and decoder: modes, checkpoint, licence, size.")
    made.add_argument("name", nargs="*", help="only these")
    made.add_argument("--check", action="store_true", help="load each whose packages and weights are here")
    common.add_device(made)
    return made


def run(args: argparse.Namespace) -> int:
    """Print the table; with --check, what became of each model that could be loaded."""
    models = [model for model in catalogue() if not args.name or model.name in args.name]
    unknown = sorted(set(args.name) - {model.name for model in models})
    if unknown:
        raise CMCError(f"no model {unknown[0]!r}; python -m cmc models lists them all")
    for role in REGISTRIES:
        rows = [_row(model) for model in models if model.role == role]
        if rows:
            print(f"\n{role}s\n{_table(rows)}")
    print("\nSizes are of half-precision weights; memory is an estimate for one picture of 1024 pixels, not measured.")
    if not args.check:
        return common.OK
    able = [model for model in models if model.packages and model.weights]
    return max([_check(args, model) for model in able], default=common.OK)


def _row(model: Model) -> dict[str, str]:
    here = {"packages": model.packages, "weights": model.weights}
    return {
        "name": model.name,
        "modes": " ".join(model.modes) if model.role == "decoder" else "",
        "checkpoint": model.checkpoint,
        "from": model.source,
        "licence": model.licence,
        "GB": "" if model.gigabytes is None else f"{model.gigabytes:.1f}",
        "VRAM": "" if model.vram is None else f"{model.vram:.0f} GB",
        "here": " ".join(part for part, there in here.items() if there),
    }


def _table(rows: list[dict[str, str]]) -> str:
    from tabulate import tabulate

    shown = [{column: value for column, value in row.items() if any(one[column] for one in rows)} for row in rows]
    return tabulate(shown, headers="keys", disable_numparse=True)


def _check(args: argparse.Namespace, model: Model) -> int:
    entry: Any = REGISTRIES[model.role].get(model.name)
    device = pick_device(args.device)
    try:
        made = entry.create(entry.facts.get("checkpoint"), device, pick_dtype(args.dtype, device))
    except CMCError as error:
        print(f"{model.name}: {error}")
        return common.INCOMPLETE
    about = ", ".join(f"{key}: {value}" for key, value in made.describe().items() if value)
    print(f"{model.name}: loads ({about or 'nothing to load'})")
    return common.OK


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point: exit code."""
    return common.launch(build_parser(), run, argv)
