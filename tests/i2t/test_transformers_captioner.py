import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from tokenizers.processors import TemplateProcessing
from transformers import LlavaImageProcessor

from cmc.core.errors import CMCError
from cmc.i2t.chat import ChatCaptioner, pad_to_square
from cmc.i2t.checkpoints import from_transformers
from cmc.i2t.plain import PlainCaptioner
from cmc.i2t.prompts import PROMPTS
from cmc.i2t.transformers_captioner import LocalCaptioner
from tests import tiny_i2t
from tests.conftest import photo

FAMILIES = ("llava", "qwen2_vl", "blip2", "instructblip")
SIZES = ((96, 64), (64, 64), (40, 120), (64, 96))
IMAGES = [photo(name).resize(size) for name in ("coffee.png", "astronaut.png") for size in SIZES]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder of a tiny checkpoint by family, made once."""
    root = tmp_path_factory.mktemp("models")

    def make(family: str) -> Path:
        folder = root / family
        return folder if folder.is_dir() else getattr(tiny_i2t, family)(folder)

    return make


def _load(folder: Path, most: int = 12) -> LocalCaptioner:
    return from_transformers(str(folder), torch.device("cpu"), torch.float32, most)


@pytest.mark.parametrize("family", FAMILIES)
def test_captions_are_the_same_alone_and_in_a_batch_of_eight(family: str, made: Callable[[str], Path]) -> None:
    captioner = _load(made(family))
    together = captioner.caption(IMAGES, PROMPTS[10])
    assert together == [captioner.caption([image], PROMPTS[10])[0] for image in IMAGES]
    assert len({answer.text for answer in together}) > 1
    assert not any(answer.error for answer in together)


@pytest.mark.parametrize("family", FAMILIES)
def test_answers_are_greedy_short_enough_and_without_the_prompt(family: str, made: Callable[[str], Path]) -> None:
    captioner = _load(made(family), most=5)
    answers = captioner.caption(IMAGES[:2], PROMPTS[20])
    assert answers == captioner.caption(IMAGES[:2], PROMPTS[20])
    longer = _load(made(family), most=12).caption(IMAGES[:2], PROMPTS[20])
    for short, long in zip(answers, longer, strict=True):
        assert "Generate an informative" not in long.text
        assert len(short.text) < len(long.text)
    for module in captioner.model.modules():
        own = getattr(module, "generation_config", None)
        if own is not None:
            assert (own.do_sample, own.num_beams, own.repetition_penalty) == (False, 1, 1.0)
            assert own.temperature is None


def test_the_family_follows_from_the_checkpoint(made: Callable[[str], Path]) -> None:
    kinds = {family: type(_load(made(family))) for family in FAMILIES}
    assert kinds["llava"] is kinds["qwen2_vl"] is ChatCaptioner
    assert kinds["blip2"] is kinds["instructblip"] is PlainCaptioner


def test_only_models_that_take_instructions_get_the_prompt(made: Callable[[str], Path]) -> None:
    blip2, instructblip = (_load(made(family)) for family in ("blip2", "instructblip"))
    assert blip2.inputs(IMAGES[:1], PROMPTS[5]).keys() == {"pixel_values"}
    assert "no instruction" in blip2.describe()["prompt"]
    assert "prompt" not in instructblip.describe()
    inputs = instructblip.inputs(IMAGES[:3], PROMPTS[50])
    for reader in (instructblip.processor.tokenizer, instructblip.processor.qformer_tokenizer):
        names = ("input_ids", "attention_mask")
        prefix = "" if reader is instructblip.processor.tokenizer else "qformer_"
        ids, mask = (inputs[prefix + name] for name in names)
        assert reader.decode(ids[2], skip_special_tokens=True).strip() == PROMPTS[50]
        assert mask.all()


def test_instructblip_pads_its_two_readers_on_their_own_sides(made: Callable[[str], Path]) -> None:
    captioner = _load(made("instructblip"))
    assert isinstance(captioner, PlainCaptioner)
    prompts = [PROMPTS[5], PROMPTS[50], PROMPTS[20]]
    inputs = captioner.inputs(IMAGES[:3], prompts)
    assert 0 in inputs["attention_mask"][0]
    assert inputs["attention_mask"][0, -1] == 1
    assert inputs["qformer_attention_mask"][0, 0] == 1
    assert inputs["qformer_attention_mask"][0, -1] == 0
    together = captioner.model.generate(**inputs)
    for row, (image, prompt) in enumerate(zip(IMAGES, prompts, strict=False)):
        alone = captioner.model.generate(**captioner.inputs([image], [prompt]))[0]
        assert together[row, -12:].tolist() == alone[-12:].tolist()


@pytest.mark.parametrize("begins", [True, False])
def test_a_prompt_begins_with_one_bos_whether_template_or_tokenizer_puts_it(
    begins: bool, made: Callable[[str], Path]
) -> None:
    captioner = _load(made("llava"))
    tokenizer, template = captioner.processor.tokenizer, captioner.processor.chat_template
    begin = TemplateProcessing(single="<s> $A", special_tokens=[("<s>", tokenizer.bos_token_id)])
    tokenizer.backend_tokenizer.post_processor = begin
    captioner.processor.chat_template = "{{ '<s>' }}" * begins + template
    ids = captioner.inputs(IMAGES[:1], PROMPTS[5])["input_ids"][0].tolist()
    assert ids[0] == tokenizer.bos_token_id
    assert ids.count(tokenizer.bos_token_id) == 1


def test_a_shape_that_a_processor_refuses_fails_alone(made: Callable[[str], Path]) -> None:
    captioner = _load(made("qwen2_vl"))
    thin = photo("coffee.png").resize((1, 2000))
    answers = captioner.caption([IMAGES[0], thin, IMAGES[1]], PROMPTS[10])
    assert [answers[0], answers[2]] == captioner.caption(IMAGES[:2], PROMPTS[10])
    assert answers[1].error.startswith("1x2000 pixels: absolute aspect ratio must be smaller than 200")


@pytest.mark.parametrize("size", [(1, 2000), (2000, 1), (3, 5), (1, 1)])
@pytest.mark.parametrize("family", ["llava", "blip2", "instructblip"])
def test_other_families_take_every_shape(family: str, size: tuple[int, int], made: Callable[[str], Path]) -> None:
    answer = _load(made(family), most=3).caption([photo("coffee.png").resize(size)], PROMPTS[10])[0]
    assert not answer.error


@pytest.mark.parametrize("family", FAMILIES)
def test_overflow_is_an_error_and_no_caption(family: str, made: Callable[[str], Path]) -> None:
    captioner = _load(made(family))
    with torch.no_grad():
        captioner.model.get_output_embeddings().weight[7] = float("nan")
    for answer in captioner.caption(IMAGES[:2], PROMPTS[10]):
        assert answer.text == ""
        assert "numbers overflowed in torch.float32" in answer.error


def test_llava_sees_the_whole_picture(made: Callable[[str], Path]) -> None:
    square = pad_to_square(photo("coffee.png").resize((60, 40)), [0.5, 0.25, 1.0])
    pixels = np.asarray(square)
    assert square.size == (60, 60)
    assert tuple(pixels[0, 0]) == tuple(pixels[59, 59]) == (127, 63, 255)
    assert np.array_equal(pixels[10:50], np.asarray(photo("coffee.png").resize((60, 40))))


@pytest.mark.parametrize("size", [(128, 32), (33, 90), (64, 64)])
def test_llava_pads_as_the_image_processor_of_transformers_does(
    size: tuple[int, int], made: Callable[[str], Path]
) -> None:
    captioner = _load(made("llava"))
    image = photo("astronaut.png").resize(size)
    facts = {key: getattr(captioner.processor.image_processor, key) for key in ("size", "crop_size")}
    theirs = LlavaImageProcessor(do_pad=True, **facts)(image, return_tensors="pt")["pixel_values"]
    assert torch.equal(captioner.inputs([image], PROMPTS[10])["pixel_values"], theirs)


@pytest.mark.parametrize("change", ["missing", "unknown", "of another shape"])
def test_weights_that_do_not_fit_are_refused(change: str, made: Callable[[str], Path], tmp_path: Path) -> None:
    folder = Path(shutil.copytree(made("llava"), tmp_path / "copy"))
    weights = load_file(folder / "model.safetensors")
    key = next(key for key in weights if key.endswith("q_proj.weight"))
    if change == "missing":
        del weights[key]
    elif change == "unknown":
        weights["stray.weight"] = torch.zeros(2)
    else:
        weights[key] = torch.zeros(3, 3)
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(CMCError, match=f"{change}: .*(q_proj|stray)"):
        _load(folder)


def test_truncated_weights_and_unreachable_ids_are_one_line(made: Callable[[str], Path], tmp_path: Path) -> None:
    folder = Path(shutil.copytree(made("blip2"), tmp_path / "copy"))
    data = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(data[: len(data) // 2])
    for checkpoint in (str(folder), "nobody/nothing"):
        with pytest.raises(CMCError, match="--model_dir") as caught:
            from_transformers(checkpoint, torch.device("cpu"), torch.float32)
        assert "\n" not in str(caught.value)


def test_tied_weights_may_be_absent_and_only_those(made: Callable[[str], Path], tmp_path: Path) -> None:
    folder = Path(shutil.copytree(made("qwen2_vl"), tmp_path / "copy"))
    weights = load_file(folder / "model.safetensors")
    del weights["lm_head.weight"]
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(CMCError, match=r"missing: lm_head\.weight"):
        _load(folder)
    config = json.loads((folder / "config.json").read_text())
    config["tie_word_embeddings"] = config["text_config"]["tie_word_embeddings"] = True
    (folder / "config.json").write_text(json.dumps(config))
    model = _load(folder).model
    assert torch.equal(model.get_output_embeddings().weight, model.get_input_embeddings().weight)


def test_a_pickle_that_would_run_code_does_not(made: Callable[[str], Path], tmp_path: Path) -> None:
    folder = Path(shutil.copytree(made("blip2"), tmp_path / "copy"))
    (folder / "model.safetensors").unlink()
    torch.save({"query_tokens": _Trap(tmp_path / "ran")}, folder / "pytorch_model.bin")
    with pytest.raises(CMCError, match=r"cannot load .*\(it asks for \S+, which is no weight\)") as caught:
        _load(folder)
    assert "weights_only" not in str(caught.value)
    assert not (tmp_path / "ran").exists()


class _Trap:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[[Path], None], tuple[Path]]:
        return Path.touch, (self.path,)


def test_code_that_comes_with_a_checkpoint_is_not_run(made: Callable[[str], Path], tmp_path: Path) -> None:
    folder = Path(shutil.copytree(made("llava"), tmp_path / "copy"))
    config = json.loads((folder / "config.json").read_text())
    config |= {"model_type": "mine", "auto_map": {"AutoConfig": "code.Mine", "AutoModelForImageTextToText": "code.M"}}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "code.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    with pytest.raises(CMCError):
        _load(folder)
    assert not (tmp_path / "ran").exists()
