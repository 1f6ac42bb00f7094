"""Encoders by vLLM in this process: it schedules many pictures at once, by its own code of each model."""

import math
from typing import TYPE_CHECKING, Any

from PIL import Image

from cmc.core.errors import CMCError, reason
from cmc.core.run_file import Document
from cmc.i2t.base import Answer, Captioner
from cmc.i2t.chat import as_seen, thinking_off, turn
from cmc.i2t.token_reader import TokenReader
from cmc.i2t.transformers_captioner import described, not_taken, overflow

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedConfig, ProcessorMixin
    from vllm import LLM
    from vllm.outputs import CompletionOutput


class VllmCaptioner(Captioner):
    """The turns of `ChatCaptioner`, answered greedily."""

    # Enough to keep a GPU busy for most of a batch; 0.4 GB of pictures of a megapixel.
    batch_size = 128

    def __init__(
        self,
        checkpoint: str,
        asked: "tuple[ProcessorMixin, PreTrainedConfig]",
        llm: "LLM",
        dtype: "torch.dtype",
        max_new_tokens: int,
    ) -> None:
        from vllm import SamplingParams

        self._processor: Any
        self._processor, self._config = asked
        self._checkpoint, self._llm, self._dtype = checkpoint, llm, dtype
        self._reader = TokenReader(self._processor)
        # The probability of what was said is no number where the model computed what is none.
        self._sampling = SamplingParams(temperature=0, max_tokens=max_new_tokens, logprobs=0, detokenize=False)

    def caption(self, images: list[Image.Image], prompt: str) -> list[Answer]:
        requests = [chat_request(self._processor, self._config.model_type, image, prompt) for image in images]
        try:
            outputs = self._llm.generate(
                requests,
                self._sampling,
                use_tqdm=False,
                tokenization_kwargs={"add_special_tokens": lacks_begin(self._processor, requests[0]["prompt"])},
            )
        except ValueError as error:  # of a picture that is not taken: find out which, in batches as large as can be
            if len(images) == 1:
                return [not_taken(images[0], error.__cause__ or error)]
            half = len(images) // 2
            return self.caption(images[:half], prompt) + self.caption(images[half:], prompt)
        except Exception as error:  # what it was at stays within it, and would come out with the next batch
            raise CMCError(f"vLLM failed at {len(images)} picture(s) ({reason(error)}); start again") from error
        return [self._answer(output.outputs[0]) for output in outputs]

    def _answer(self, said: "CompletionOutput") -> Answer:
        if math.isnan(said.cumulative_logprob):
            return overflow(self._dtype)
        return Answer(self._reader.text(said.token_ids), tokens=len(said.token_ids))

    def describe(self) -> Document:
        return described(self._checkpoint, self._config, " ".join(self._config.architectures or []))


def chat_request(processor: Any, model_type: str, image: Image.Image, prompt: str) -> dict[str, Any]:
    """What vLLM is asked: the text that the chat template makes of a turn, not yet tokenized, and its picture."""
    turns = turn(prompt, image)
    text = processor.apply_chat_template(turns, add_generation_prompt=True, tokenize=False, **thinking_off(processor))
    return {"prompt": text, "multi_modal_data": {"image": as_seen(image, processor, model_type)}}


def lacks_begin(processor: Any, text: str) -> bool:
    """Whether the tokenizer is to begin the text, as the template has not."""
    begin = processor.tokenizer.bos_token
    return begin is None or not text.startswith(begin)
