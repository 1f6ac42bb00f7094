"""What a run of step 2 asks of its decoder, checked before anything is loaded."""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from cmc.core.errors import CMCError
from cmc.core.facts import DecoderFacts, Value
from cmc.core.faults import check_count, faults_told
from cmc.core.modes import MODES, Mode
from cmc.core.run_file import Document
from cmc.registry import Entry
from cmc.stages.decode import BatchOrder, DecoderAbout, DecodingWorker
from cmc.stages.engine.base import Loader
from cmc.stages.safe_render import Outcome
from cmc.t2i.base import Decoder, Sampling

if TYPE_CHECKING:
    import torch

# The decoder when none is named, and the family of a checkpoint that has no name of its own.
DEFAULT_DECODER, UNNAMED_FAMILY = "real", "sdxl"
# How a decoder's sides become multiples: pictures made before, with sides rounded to the nearest, are others.
SIDES = "rounded down"
# A picture narrower than this has no latent.
SMALLEST_SIDE = 8


@dataclass(frozen=True)
class DecodeSettings:
    """A decoder and how it generates.

    strength: of the modes that start from a reference, None for each mode's own; noise_level: sigma that they start at
    in its place; steps: of the whole noise schedule, guidance_scale: None for the model's own; max_side: longest side
    in pixels to generate at, None for the decoder's own; options: the decoder's own, as given; items: how many items of
    structured captions it is sent, None for as many as it reads.
    """

    entry: Entry[DecoderFacts]
    checkpoint: str
    seed: int
    options: Mapping[str, Value]
    strength: float | None = None
    noise_level: float | None = None
    steps: int | None = None
    guidance_scale: float | None = None
    max_side: int | None = None
    items: int | None = None

    @property
    def exact(self) -> "DecodeSettings":
        """The same without inexact options."""
        stated = self.entry.facts.options
        return replace(self, options={name: v for name, v in self.options.items() if not stated[name].inexact})

    def able_modes(self, requested: str) -> list[Mode]:
        """The modes requested (one, or `all`) that the model has. Raises CMCError for one that it lacks."""
        able = self.entry.facts.modes
        if requested != "all" and requested not in able:
            names = ", ".join(mode for mode in MODES if mode in able)
            why = ": it generates from text alone" if able == {"text"} else ""
            raise CMCError(f"{self.entry.name} has no {requested} mode{why}; it has {names}")
        return [mode for mode in MODES.values() if mode.name in able and requested in ("all", mode.name)]

    def check(self, modes: Iterable[Mode]) -> None:
        """Raises CMCError for an option of another model, and for what no picture can be generated with."""
        self.entry.check_options(self.options)
        modes = list(modes)
        if self.strength is not None:
            self._check_strength(self.strength, modes)
        if self.noise_level is not None:
            self._check_noise_level(self.noise_level, modes)
        if self.items is not None:
            self._check_items(self.items)
        if self.max_side is not None and self.max_side < SMALLEST_SIDE:
            raise CMCError(f"--max_side {self.max_side}: expected {SMALLEST_SIDE} or more")
        for mode in modes:
            sampling = self.sampling(mode)
            if int(sampling.steps * sampling.strength) < 1:
                flags = f"--steps {sampling.steps} at strength {sampling.strength}"
                raise CMCError(f"{flags} leaves no step to run; raise one")

    def _check_strength(self, strength: float, modes: list[Mode]) -> None:
        if self.entry.facts.no_strength:
            raise CMCError(f"--strength: {self.entry.facts.no_strength}; leave the flag out")
        if not 0 < strength <= 1:
            raise CMCError(f"--strength {strength}: expected a number over 0 and up to 1")
        if strength != 1 and all(mode.reference is None for mode in modes):
            raise CMCError("--strength: text mode starts from noise alone, so its strength is 1; leave the flag out")

    def _check_noise_level(self, noise_level: float, modes: list[Mode]) -> None:
        if self.strength is not None:
            raise CMCError("--noise_level and --strength are two ways to say the same; give one of them")
        if self.entry.facts.no_strength:
            raise CMCError(f"--noise_level: {self.entry.facts.no_strength}; leave the flag out")
        if not 0 < noise_level < math.inf:
            raise CMCError(f"--noise_level {noise_level}: expected a number over 0")
        if all(mode.reference is None for mode in modes):
            raise CMCError("--noise_level: text mode starts from noise alone; leave the flag out")

    def _check_items(self, items: int) -> None:
        most = self.entry.facts.items
        if not most:
            raise CMCError(f"--items: {self.entry.name} reads no items, but a caption; leave the flag out")
        if not 0 <= items <= most:
            raise CMCError(f"--items {items}: expected 0 to {most}")

    def sent_items(self, mode: Mode) -> int:
        """How many items of structured captions are sent in a mode."""
        if not (mode.itemised and self.reads_captions(mode)):
            return 0
        return self.entry.facts.items if self.items is None else self.items

    def sampling(self, mode: Mode) -> Sampling:
        """How to generate in one mode."""
        strength = mode.strength if self.strength is None or mode.reference is None else self.strength
        if self.entry.facts.no_strength:
            strength = 1.0
        facts = self.entry.facts
        guidance = facts.guidance if self.guidance_scale is None else self.guidance_scale
        noise_level = self.noise_level if mode.reference else None
        return Sampling(mode.name, strength, self.steps or facts.steps, guidance, noise_level)

    def remark(self) -> str:
        """What to know of the steps and the guidance that were asked for; "" for nothing."""
        facts = self.entry.facts
        guidance = facts.guidance if self.guidance_scale is None else self.guidance_scale
        if not facts.distilled or ((self.steps or facts.steps) <= facts.steps and guidance == facts.guidance):
            return ""
        made_for = f"{facts.steps} steps and guidance {facts.guidance:g}"
        return f"{self.entry.name} is distilled to {made_for}; more of either makes no better pictures"

    def reads_captions(self, mode: Mode) -> bool:
        """Whether the model is given captions in a mode."""
        return mode.captioned and self.entry.facts.uses_text

    def record(self, mode: Mode, dtype: "torch.dtype", captions: str | None, references: str | None) -> Document:
        """What pictures of one mode depend on, for the run file; `captions`, `references`: the table and the folder
        that they, and maps, are read from, None where none are."""
        sampling = self.sampling(mode)
        distilled: Document = {"distilled": True} if self.entry.facts.distilled else {}
        items: Document = {"items": self.sent_items(mode)} if self.entry.facts.items else {}
        return (distilled | items) | {
            "model": self.entry.name,
            "checkpoint": self.checkpoint or None,
            "mode": mode.name,
            "prompt": mode.prompt,
            "strength": sampling.strength if sampling.noise_level is None else None,
            "noise_level": sampling.noise_level,
            "steps": sampling.steps,
            "guidance_scale": sampling.guidance_scale,
            "max_side": self.max_side,
            "sides": SIDES,
            "seed": self.seed,
            "dtype": str(dtype),
            "options": self.entry.recorded(self.options),
            "captions": captions,
            "references": references,
        }

    def loader(self, device: "torch.device", dtype: "torch.dtype", plugins: tuple[Path, ...]) -> "DecoderLoader":
        """What loads the decoder, whatever it is asked to generate; `plugins`: files that may register it."""
        return DecoderLoader(plugins, device, self.entry, self.checkpoint, dict(self.options), dtype)


@dataclass(frozen=True)
class DecoderLoader(Loader[DecoderAbout, BatchOrder, list[Outcome]]):
    """A decoder of a checkpoint, with options of its own, in a number format."""

    entry: Entry[DecoderFacts]
    checkpoint: str
    options: Mapping[str, Value]
    dtype: "torch.dtype"

    @property
    def gpus(self) -> float:
        return self.entry.facts.gpus

    def load(self) -> DecodingWorker:
        """Raises CMCError when the decoder cannot be had, or does not answer as a decoder."""
        name = self.entry.name
        decoder: Decoder = self.entry.create(self.checkpoint or None, self.device, self.dtype, **self.options)
        with faults_told(f"describing {name}"):
            json.dumps(dict(decoder.describe()))
        check_count(f"multiple of {name}", decoder.multiple)
        if decoder.max_side is not None:
            check_count(f"max_side of {name}", decoder.max_side)
        with faults_told("the decoder's tokens_over"):
            int(decoder.tokens_over(""))
        return DecodingWorker(decoder, name)
