"""The encoder that a command's flags ask for, and the loading of it."""

import argparse
from typing import TYPE_CHECKING

from cmc.cli import arguments, common, engines
from cmc.core.device import pick_dtype
from cmc.core.errors import CMCError
from cmc.core.facts import EncoderFacts
from cmc.core.workspace import Workspace
from cmc.i2t.layouts import Layout
from cmc.i2t.vllm_settings import VllmSettings, installed_vllm
from cmc.registry import I2T, Entry
from cmc.stages.caption_settings import HALF, CaptionSettings
from cmc.stages.encode import Encoders
from cmc.stages.engine.base import Engine

if TYPE_CHECKING:
    import torch


def encoder_settings(
    args: argparse.Namespace,
    space: Workspace,
    entry: Entry[EncoderFacts],
    engine: Engine,
    layout: Layout,
    words: int | None = None,
    own_prompt: str = "",
) -> CaptionSettings:
    """What the flags of `i2t_flags.add_encoder` ask for. Raises CMCError for one that means nothing to the encoder."""
    options = arguments.given_options(args, I2T)
    entry.check_options(options)
    if args.batch_size is not None and entry.facts.remote:
        raise CMCError(
            f"--batch_size is not for {entry.name}, which is asked for one picture at a time; see --in_flight"
        )
    device = None if entry.facts.remote else engine.device(args.device)
    dtype = None if device is None else pick_dtype(args.dtype, device, HALF)
    checkpoint = common.checkpoint(args, space, entry.facts)
    vllm = _vllm(args, entry, device)
    return CaptionSettings(
        entry, checkpoint, words, args.seed, options, device, dtype, own_prompt=own_prompt, vllm=vllm, layout=layout
    )


def _vllm(args: argparse.Namespace, entry: Entry[EncoderFacts], device: "torch.device | None") -> VllmSettings | None:
    """Of the vLLM that is to make the captions, if one is. Raises CMCError where it cannot."""
    if args.engine != "vllm" or device is None:
        return None
    if not entry.facts.takes_vllm:
        raise CMCError(f"--engine vllm is not for {entry.name}, which it cannot load or ask; leave it out")
    return installed_vllm(device)


def load(args: argparse.Namespace, settings: CaptionSettings, engine: Engine) -> Encoders:
    """The encoder, loaded, with a line on what it is."""
    name, facts = settings.entry.name, settings.entry.facts
    print(f"{name}: {settings.checkpoint or 'no checkpoint'} (licence of the weights: {facts.licence})")
    crew = engine.crew(settings.loader(tuple(args.plugin)))
    loaded = ", ".join(f"{key}: {value}" for key, value in crew.about.loaded.items() if value)
    where = f" on {settings.device} in {settings.dtype}" if settings.device else ""
    print(f"loaded {loaded or name}{where}{engines.said(crew, settings.device)}")
    return crew
