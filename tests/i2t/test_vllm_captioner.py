"""What vLLM is asked, which it takes no vLLM to know; tests/i2t/test_vllm.py has its answers."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from tokenizers.processors import TemplateProcessing

from cmc.core.errors import CMCError
from cmc.i2t.chat import ChatCaptioner
from cmc.i2t.checkpoints import from_transformers
from cmc.i2t.vllm_captioner import chat_request, lacks_begin
from cmc.i2t.vllm_settings import VllmSettings
from cmc.registry import I2T
from tests import tiny_crops, tiny_i2t, tiny_today
from tests.conftest import photo

ASKED = "Name the colours."
IMAGE = photo("coffee.png").resize((40, 120))
MAKERS: dict[str, Callable[[Path], Path]] = {
    maker.__name__: maker
    for maker in (tiny_i2t.llava, tiny_i2t.qwen2_vl, tiny_today.qwen3_5, tiny_today.gemma4, tiny_crops.molmo2)
}


def _load(folder: Path) -> ChatCaptioner:
    captioner = from_transformers(str(folder), torch.device("cpu"), torch.float32)
    assert isinstance(captioner, ChatCaptioner)
    return captioner


def _tokens(captioner: ChatCaptioner) -> list[int]:
    """Those that vLLM's processors make of a request, by calling the checkpoint's."""
    processor = captioner.processor
    request = chat_request(processor, captioner.model.config.model_type, IMAGE, ASKED)
    text, image = request["prompt"], request["multi_modal_data"]["image"]
    begin = {"add_special_tokens": lacks_begin(processor, text)}
    return processor(text=[text], images=[image], return_tensors="pt", **begin)["input_ids"][0].tolist()


@pytest.mark.parametrize("family", MAKERS)
def test_a_request_has_the_tokens_that_transformers_is_given(family: str, tmp_path: Path) -> None:
    captioner = _load(MAKERS[family](tmp_path))
    assert _tokens(captioner) == captioner.inputs([IMAGE], ASKED)["input_ids"][0].tolist()


@pytest.mark.parametrize("begins", [True, False])
def test_a_request_begins_once_whether_template_or_tokenizer_says_so(begins: bool, tmp_path: Path) -> None:
    captioner = _load(tiny_i2t.llava(tmp_path))
    tokenizer, template = captioner.processor.tokenizer, captioner.processor.chat_template
    begin = TemplateProcessing(single="<s> $A", special_tokens=[("<s>", tokenizer.bos_token_id)])
    tokenizer.backend_tokenizer.post_processor = begin
    captioner.processor.chat_template = "{{ '<s>' }}" * begins + template
    tokens = _tokens(captioner)
    assert tokens.count(tokenizer.bos_token_id) == 1
    assert tokens == captioner.inputs([IMAGE], ASKED)["input_ids"][0].tolist()


def test_llava_is_handed_the_square_that_it_was_taught(tmp_path: Path) -> None:
    captioner = _load(tiny_i2t.llava(tmp_path))
    request = chat_request(captioner.processor, "llava", IMAGE, ASKED)
    assert request["multi_modal_data"]["image"].size == (120, 120)


def test_a_checkpoint_without_a_chat_template_is_refused_before_vllm_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("VLLM_BATCH_INVARIANT", "VLLM_ENABLE_V1_MULTIPROCESSING", "VLLM_LOGGING_LEVEL", "VLLM_NO_USAGE_STATS"):
        monkeypatch.setenv(name, "0")
    folder = str(tiny_i2t.blip2(tmp_path))
    settings = VllmSettings("0.26.0", batch_invariant=False)
    with pytest.raises(CMCError, match=r"has no chat template, .*; leave out --engine vllm"):
        from_transformers(folder, torch.device("cpu"), torch.float32, vllm=settings)


@pytest.mark.parametrize("name", ["blip2", "florence2", "instructblip", "sharegpt4v"])
def test_what_vllm_cannot_caption_with_says_so_in_its_facts(name: str) -> None:
    assert not I2T.get(name).facts.takes_vllm
    assert I2T.get("Qwen").facts.takes_vllm
