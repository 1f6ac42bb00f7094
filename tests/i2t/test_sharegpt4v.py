from pathlib import Path

import pytest
import torch

from cmc.core.errors import CMCError
from cmc.i2t.chat import ChatCaptioner
from cmc.i2t.prompts import PROMPTS
from cmc.i2t.sharegpt4v import sharegpt4v
from tests import tiny_i2t
from tests.conftest import photo

IMAGES = [photo("coffee.png").resize((96, 64)), photo("astronaut.png").resize((40, 64))]
WEIGHTS = "pytorch_model-00001-of-00001.bin"


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """(checkpoint, vision tower) in the released layout, with random weights."""
    return tiny_i2t.sharegpt4v(tmp_path / "model")


def _load(files: tuple[Path, Path]) -> ChatCaptioner:
    folder, tower = files
    made = sharegpt4v(str(folder), torch.device("cpu"), torch.float32, 12, vision_tower=str(tower))
    assert isinstance(made, ChatCaptioner)
    return made


def _change(folder: Path, **changes: torch.Tensor | None) -> None:
    state = torch.load(folder / WEIGHTS) | changes
    torch.save({name: value for name, value in state.items() if value is not None}, folder / WEIGHTS)


def test_every_weight_is_where_llava_computes_with_it(files: tuple[Path, Path]) -> None:
    """The released formula by hand: tower's layer -2 without its class token, two linear layers, then Llama."""
    captioner, released = _load(files), torch.load(files[0] / WEIGHTS)
    inputs = captioner.inputs(IMAGES[:1], PROMPTS[10])
    tower = captioner.model.model.vision_tower
    seen = tower(inputs["pixel_values"], output_hidden_states=True).hidden_states[-2][:, 1:]
    for index in (0, 2):
        weight, bias = (released[f"model.mm_projector.{index}.{part}"] for part in ("weight", "bias"))
        seen = torch.nn.functional.linear(seen, weight, bias)
        seen = torch.nn.functional.gelu(seen) if index == 0 else seen
    marks = inputs["input_ids"] == captioner.model.config.image_token_id
    table = torch.cat([released["model.embed_tokens.weight"], torch.zeros(1, 32)])
    words = table[inputs["input_ids"]].masked_scatter(marks[..., None], seen)
    hidden = captioner.model.model.language_model(inputs_embeds=words).last_hidden_state
    logits = torch.nn.functional.linear(hidden, released["lm_head.weight"])
    assert torch.allclose(captioner.model(**inputs).logits[..., :-1], logits, atol=1e-4)
    assert marks.sum() == 16


def test_captions_are_the_same_alone_and_together_and_never_the_image_mark(files: tuple[Path, Path]) -> None:
    captioner = _load(files)
    together = captioner.caption(IMAGES, PROMPTS[10])
    assert together == [captioner.caption([image], PROMPTS[10])[0] for image in IMAGES]
    assert together[0] != together[1]
    assert captioner.model.generation_config.suppress_tokens == [captioner.model.config.image_token_id]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"lm_head.weight": None}, r"lacks lm_head\.weight"),
        ({"model.mm_projector.0.bias": None}, r"linear_1\.bias"),
        ({"model.mm_projector.4.bias": torch.zeros(3)}, r"mm_projector\.4\.bias"),
        ({"model.mm_projector.0.bias": torch.zeros(3)}, r"linear_1\.bias"),
        ({"stray": torch.zeros(3)}, "unknown weight stray"),
    ],
)
def test_checkpoints_that_do_not_fit_are_refused(
    files: tuple[Path, Path], changes: dict[str, torch.Tensor | None], message: str
) -> None:
    _change(files[0], **changes)
    with pytest.raises(CMCError, match=message):
        _load(files)


def test_missing_parts_are_one_line(files: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(CMCError, match="cannot fetch 'nobody/tower'"):
        sharegpt4v(str(files[0]), torch.device("cpu"), torch.float32)
    with pytest.raises(CMCError, match=r"no config\.json"):
        sharegpt4v(str(tmp_path), torch.device("cpu"), torch.float32)
    (files[0] / WEIGHTS).unlink()
    with pytest.raises(CMCError, match="holds no weights"):
        _load(files)
