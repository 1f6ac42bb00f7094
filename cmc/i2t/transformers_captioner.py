"""Loading any vision-language model of transformers, strictly, and letting it answer greedily."""

from abc import abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from cmc.core.errors import CMCError, reason
from cmc.core.files import fingerprint
from cmc.i2t.base import Answer, Captioner
from cmc.i2t.token_reader import TokenReader
from cmc.weights.hub import is_only_here
from cmc.weights.reader import load_fault
from cmc.weights.strict import check_checkpoint, from_loading_info

if TYPE_CHECKING:
    import torch
    from transformers import BatchFeature, PreTrainedConfig, PreTrainedModel, ProcessorMixin

ADVICE = "give the folder of a downloaded checkpoint with --model_dir"


class LocalCaptioner(Captioner):
    """A model in this process. A family says in `inputs` how pictures and prompt are laid before it."""

    # What they can beyond their base classes is their checkpoint's own.
    processor: Any
    model: Any

    def __init__(
        self,
        checkpoint: str,
        loaded: "tuple[ProcessorMixin, PreTrainedModel]",
        device: "torch.device",
        max_new_tokens: int,
    ) -> None:
        self.processor, self.model = loaded
        self.model.to(device).eval()
        self._checkpoint, self._device = checkpoint, device
        # A text goes on where its prompt ends, so prompts end together.
        tokenizer = self.processor.tokenizer
        tokenizer.padding_side = "left"
        self._reader = TokenReader(self.processor)
        tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
        _greedy(self.model, tokenizer.pad_token_id, max_new_tokens)
        self.batch_size = 8 if device.type == "cuda" else 1

    @abstractmethod
    def inputs(self, images: list[Image.Image], prompt: str) -> "BatchFeature":
        """What the model's `generate` takes, as PyTorch tensors."""

    def caption(self, images: list[Image.Image], prompt: str) -> list[Answer]:
        try:
            inputs = self.inputs(images, prompt).to(self._device, self.model.dtype)
        except ValueError as error:  # a processor that takes no picture of such a shape: find out which
            if len(images) == 1:
                return [not_taken(images[0], error)]
            return [answer for image in images for answer in self.caption([image], prompt)]
        tokens, overflowed = self._generate(inputs, len(images))
        texts = [self._reader.text(row) for row in tokens.tolist()]
        wrong = overflow(self.model.dtype)
        answers = zip(texts, overflowed, self._lengths(tokens), strict=True)
        return [wrong if nan else Answer(text, tokens=length) for text, nan, length in answers]

    def _lengths(self, tokens: "torch.Tensor") -> list[int]:
        """How many tokens each answer has, its end among them, without the padding after it."""
        generation = self.model.generation_config
        ends = generation.eos_token_id if isinstance(generation.eos_token_id, list) else [generation.eos_token_id]
        lengths = []
        for row in tokens.tolist():
            end = next((place for place, token in enumerate(row) if token in ends and place > 0), len(row) - 1)
            lengths.append(end + 1)
        return lengths

    def _generate(self, inputs: "BatchFeature", count: int) -> "tuple[torch.Tensor, list[bool]]":
        """(token ids of the answers, which of the `count` met a NaN and are therefore not the model's words)."""
        import torch

        overflowed = torch.zeros(count, dtype=torch.bool, device=self._device)

        def watch(_: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
            overflowed.logical_or_(scores.isnan().any(-1))
            return scores

        try:
            with torch.inference_mode():
                tokens = self.model.generate(**inputs, logits_processor=[watch])
        except torch.OutOfMemoryError as error:
            raise CMCError(f"{count} picture(s) at once do not fit into memory; lower --batch_size") from error
        asked = inputs.get("input_ids")
        # Most models repeat what they were asked before their answer.
        if asked is not None and tokens.shape[1] >= asked.shape[1] and torch.equal(tokens[:, : asked.shape[1]], asked):
            tokens = tokens[:, asked.shape[1] :]
        return tokens, overflowed.tolist()

    def describe(self) -> dict[str, Any]:
        about = described(self._checkpoint, self.model.config, type(self.model).__name__)
        return about if self.takes_prompt else about | {"prompt": "none, this model takes no instruction"}


def described(checkpoint: str, config: "PreTrainedConfig", architecture: str) -> dict[str, Any]:
    """What was loaded: the revision is the hub's, or of a folder the digest of its files."""
    folder = Path(checkpoint)
    revision = fingerprint(folder) if folder.is_dir() else getattr(config, "_commit_hash", None)
    return {"checkpoint": checkpoint, "revision": revision, "architecture": architecture}


def not_taken(image: Image.Image, error: BaseException) -> Answer:
    """Of a picture that a processor refuses."""
    return Answer(error=f"{image.width}x{image.height} pixels: {reason(error)}")


def overflow(dtype: "torch.dtype") -> Answer:
    """Of a picture at which the model computed what is no number."""
    return Answer(error=f"numbers overflowed in {dtype}; try --dtype bf16 or fp32")


def load_captioner(
    checkpoint: str, dtype: "torch.dtype", trust_remote_code: bool
) -> "tuple[ProcessorMixin, PreTrainedModel]":
    """(processor, model) of a folder or hub id.

    Raises CMCError when it cannot be had, or when a weight is missing, left over or of another shape.
    """
    only_here = is_only_here(checkpoint, ADVICE)
    processor = load_processor(checkpoint, trust_remote_code, only_here)
    from transformers import AutoModelForImageTextToText

    with loading(checkpoint):
        loaded: Any = AutoModelForImageTextToText.from_pretrained(
            # Misfits are reported below, by name.
            checkpoint,
            dtype=dtype,
            output_loading_info=True,
            ignore_mismatched_sizes=True,
            trust_remote_code=trust_remote_code,
            local_files_only=only_here,
        )
    model, info = loaded
    check_checkpoint(checkpoint, from_loading_info(info))
    return processor, model


def load_processor(checkpoint: str, trust_remote_code: bool, only_here: bool) -> "ProcessorMixin":
    """Of a folder or hub id, `only_here`: of this machine. Raises CMCError when it cannot be had."""
    from transformers import AutoProcessor
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    with loading(checkpoint):
        return AutoProcessor.from_pretrained(
            checkpoint, trust_remote_code=trust_remote_code, local_files_only=only_here
        )


@contextmanager
def loading(checkpoint: str) -> Iterator[None]:
    """Inside, whatever the library raises on what is missing or damaged becomes a CMCError."""
    try:
        yield
    except Exception as error:
        raise CMCError(f"cannot load {checkpoint!r} ({load_fault(error)}); {ADVICE}") from error


def _greedy(model: "PreTrainedModel", pad_token_id: int, max_new_tokens: int) -> None:
    """Replace the sampling settings that checkpoints carry, in a language model inside too: same words every time."""
    from transformers import GenerationConfig

    # A model that finds no end must stop where its positions do, or it would fail.
    positions = getattr(model.config.get_text_config(), "max_position_embeddings", None)
    most = max_new_tokens if positions is None else min(max_new_tokens, positions - 1)
    modules: Iterable[Any] = model.modules()
    for module in modules:
        own = getattr(module, "generation_config", None)
        if own is not None:
            module.generation_config = GenerationConfig(
                do_sample=False,
                num_beams=1,
                repetition_penalty=1.0,
                max_new_tokens=most,
                bos_token_id=own.bos_token_id,
                eos_token_id=own.eos_token_id,
                decoder_start_token_id=own.decoder_start_token_id,
                forced_bos_token_id=own.forced_bos_token_id,
                pad_token_id=pad_token_id,
                suppress_tokens=own.suppress_tokens,
            )
