"""What the flags of step 2 ask of a decoder."""

import argparse

from cmc.cli import arguments, common
from cmc.core.errors import CMCError
from cmc.core.facts import DecoderFacts, Value
from cmc.core.workspace import Workspace
from cmc.registry import T2I, Entry
from cmc.stages.decode_settings import DEFAULT_DECODER, UNNAMED_FAMILY, DecodeSettings
from cmc.t2i.families import with_family


def settings_of(args: argparse.Namespace, space: Workspace) -> DecodeSettings:
    """What the flags of step 2 ask for, not checked yet. Raises CMCError for a decoder that is not there."""
    entry = T2I.find(args.model_name or DEFAULT_DECODER, args.model_dir, UNNAMED_FAMILY)
    options = arguments.given_options(args, T2I)
    checkpoint = _checkpoint(args, space, entry, options.get(entry.facts.checkpoint_option))
    return DecodeSettings(
        with_family(entry, checkpoint),
        checkpoint,
        args.seed,
        options,
        strength=args.strength,
        noise_level=args.noise_level,
        steps=args.steps,
        guidance_scale=args.guidance_scale,
        max_side=args.max_side,
        items=args.items,
    )


def _checkpoint(args: argparse.Namespace, space: Workspace, entry: Entry[DecoderFacts], named: Value | None) -> str:
    """What is loaded: the model's checkpoint, or what its option names in place of it, a decoder or a checkpoint."""
    name = "" if named is None else str(named)
    facts = T2I.get(name).facts if name in T2I else None
    if not name or (facts and facts.checkpoint == entry.facts.checkpoint):
        return common.checkpoint(args, space, entry.facts)
    if args.model_dir:
        flag = entry.facts.checkpoint_option
        raise CMCError(f"--model_dir and --{flag} {name} both name what {entry.name} loads; give one of them")
    return facts.checkpoint_in(space.root) if facts else name
