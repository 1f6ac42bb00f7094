import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from cmc.errors import CMCError
from cmc.i2t.captioner import PlainCaptioner
from cmc.i2t.local import LocalCaptioner
from cmc.i2t.vlm import ChatCaptioner, from_transformers, pad_to_square
from cmc.prompts import PROMPTS
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
    for family, heeds in (("blip2", False), ("instructblip", True)):
        captioner = _load(made(family))
        asked = [captioner.inputs(IMAGES[:1], PROMPTS[words])["input_ids"] for words in (5, 50)]
        assert torch.equal(asked[0], asked[1]) is not heeds


def test_instructblip_pads_its_two_readers_on_their_own_sides(made: Callable[[str], Path]) -> None:
    captioner = _load(made("instructblip"))
    texts = [PROMPTS[5], PROMPTS[50]]
    inputs = captioner.processor(images=IMAGES[:2], text=texts, padding=True, return_tensors="pt")
    made_together = captioner.model.generate(**inputs)
    for row, (image, text) in enumerate(zip(IMAGES, texts, strict=False)):
        alone = captioner.model.generate(
            **captioner.processor(images=[image], text=[text], padding=True, return_tensors="pt")
        )
        assert torch.equal(made_together[row, -alone.shape[1] :][-12:], alone[0][-12:])
    assert 0 in inputs["attention_mask"][0]
    assert inputs["attention_mask"][0, -1] == 1
    assert inputs["qformer_attention_mask"][0, 0] == 1
    assert inputs["qformer_attention_mask"][0, -1] == 0


def test_llava_sees_the_whole_picture(made: Callable[[str], Path]) -> None:
    square = pad_to_square(photo("coffee.png").resize((60, 40)), [0.5, 0.25, 1.0])
    pixels = np.asarray(square)
    assert square.size == (60, 60)
    assert tuple(pixels[0, 0]) == tuple(pixels[59, 59]) == (127, 63, 255)
    assert np.array_equal(pixels[10:50], np.asarray(photo("coffee.png").resize((60, 40))))
    captioner = _load(made("llava"))
    image = photo("astronaut.png").resize((128, 32))
    edges = image.copy()
    edges.paste((255, 0, 0), (0, 0, 16, 32))  # outside the crop in the middle that the processor alone would take
    seen = [captioner.inputs([one], PROMPTS[10])["pixel_values"] for one in (image, edges)]
    assert not torch.equal(*seen)


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


def test_code_that_comes_with_a_checkpoint_is_not_run(made: Callable[[str], Path], tmp_path: Path) -> None:
    folder = Path(shutil.copytree(made("llava"), tmp_path / "copy"))
    config = json.loads((folder / "config.json").read_text())
    config |= {"model_type": "mine", "auto_map": {"AutoConfig": "code.Mine", "AutoModelForImageTextToText": "code.M"}}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "code.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    with pytest.raises(CMCError):
        _load(folder)
    assert not (tmp_path / "ran").exists()
