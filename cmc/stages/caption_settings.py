"""What a run of step 1 asks of its encoder, checked before anything is loaded."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cmc.core.errors import CMCError
from cmc.core.facts import EncoderFacts, Value
from cmc.core.faults import check_count, faults_told
from cmc.core.run_file import Document
from cmc.i2t.base import Captioner
from cmc.i2t.layouts import PLAIN, Layout
from cmc.i2t.prompts import PROMPTS, most_tokens, with_length
from cmc.i2t.vllm_settings import VllmSettings
from cmc.registry import Entry
from cmc.stages.encode import Batch, Caption, EncoderAbout, EncodingWorker
from cmc.stages.engine.base import Loader

if TYPE_CHECKING:
    import torch

# The encoder when none is named, and the family of a checkpoint that has no name of its own.
DEFAULT_ENCODER = "Qwen"
# Vision-language models are mostly trained in it, and some overflow in fp16.
HALF = "bf16"


@dataclass(frozen=True)
class CaptionSettings:
    """An encoder and how it is asked.

    words: expected length of a caption, None for the paper's choice for this encoder; options: the encoder's own, as
    given; device and dtype are None of one that answers from a server; own_prompt: the user's, "" for the built-in one;
    vllm: where that generates, not the encoder's own way; layout: of the captions.
    """

    entry: Entry[EncoderFacts]
    checkpoint: str
    words: int | None
    seed: int
    options: Mapping[str, Value]
    device: "torch.device | None" = None
    dtype: "torch.dtype | None" = None
    own_prompt: str = ""
    vllm: VllmSettings | None = None
    layout: Layout = PLAIN

    def __post_init__(self) -> None:
        if self.layout.question:
            self._check_layout()
        if self.own_prompt and not self.entry.facts.takes_prompt:
            raise takes_no_prompt(self.entry.name)

    def _check_layout(self) -> None:
        """Raises CMCError for what does not go with a layout's own question."""
        given = [flag for flag, value in (("--explen", self.words), ("--prompt", self.own_prompt)) if value]
        if given:
            flags = " and ".join(given)
            raise CMCError(
                f"{flags} does not go with --layout {self.layout.name}, whose question is fixed; leave one out"
            )
        if not self.entry.facts.takes_prompt:
            raise has_no_layout(self.entry.name, self.layout.name)

    @property
    def prompt(self) -> str:
        """What the encoder is asked: as the layout says, or in as many words as the user says, else as the paper chose
        for it."""
        if self.layout.question:
            return self.layout.question
        if self.own_prompt:
            return with_length(self.own_prompt, self.words)
        facts = self.entry.facts
        if facts.prompt and (self.words is None or not facts.takes_prompt):
            return facts.prompt
        return PROMPTS[self.words or facts.words]

    @property
    def max_new_tokens(self) -> int:
        """Room for its answer; where no length is asked for, as for the longest."""
        if self.layout.words:
            return most_tokens(self.layout.words)
        if self.words is None and (self.own_prompt or self.entry.facts.prompt):
            return most_tokens(max(PROMPTS))
        return most_tokens(self.words or self.entry.facts.words)

    def record(self) -> Document:
        """What captions depend on, for the run file."""
        settings: Document = {
            "model": self.entry.name,
            "checkpoint": self.checkpoint or None,
            "prompt": self.prompt,
            "max_new_tokens": self.max_new_tokens,
            "seed": self.seed,
            "options": self.entry.recorded(self.options),
        }
        if self.dtype is not None:
            settings["dtype"] = str(self.dtype)
        if self.layout.question:
            settings["layout"] = self.layout.name
        return settings if self.vllm is None else settings | self.vllm.record()

    def loader(self, plugins: tuple[Path, ...]) -> "CaptionerLoader":
        """What loads the encoder; `plugins`: files that may register it."""
        return CaptionerLoader(plugins, self.device, self)

    def create(self) -> Captioner:
        """Load the encoder. Raises CMCError when it cannot be had, or does not answer as an encoder."""
        facts = self.entry.facts
        options: dict[str, Value | VllmSettings] = dict(self.options)
        if facts.takes_token_limit:
            options["max_new_tokens"] = self.max_new_tokens
        if facts.takes_seed:
            options["seed"] = self.seed
        if self.vllm is not None:
            options["vllm"] = self.vllm
        captioner = self.entry.create(self.checkpoint or None, self.device, self.dtype, **options)
        takes_prompt = getattr(captioner, "takes_prompt", True)
        if self.own_prompt and not takes_prompt:
            raise takes_no_prompt(self.entry.name)
        if self.layout.question and not (takes_prompt or self.layout.name in getattr(captioner, "layouts", ())):
            raise has_no_layout(self.entry.name, self.layout.name)
        with faults_told(f"describing {self.entry.name}"):
            json.dumps(dict(captioner.describe()))
        check_count(f"batch_size of {self.entry.name}", captioner.batch_size)
        check_count(f"in_flight of {self.entry.name}", captioner.in_flight)
        return captioner


def takes_no_prompt(name: str) -> CMCError:
    """What is said to who asks an encoder that cannot be asked."""
    return CMCError(f"{name} takes no prompt, it captions in its own way; leave out --prompt")


def has_no_layout(name: str, layout: str) -> CMCError:
    """What is said to who wants a layout of an encoder that cannot be asked for it."""
    return CMCError(
        f"{name} has no {layout} layout, it captions in its own way and cannot be asked; take another encoder"
    )


@dataclass(frozen=True)
class CaptionerLoader(Loader[EncoderAbout, Batch, list[Caption]]):
    """An encoder that is asked as its settings say."""

    settings: CaptionSettings

    @property
    def gpus(self) -> float:
        return self.settings.entry.facts.gpus

    def load(self) -> EncodingWorker:
        return EncodingWorker(self.settings.create(), self.settings.prompt, self.settings.layout)
