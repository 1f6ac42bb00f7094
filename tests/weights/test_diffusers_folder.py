import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from diffusers import UNet2DConditionModel
from safetensors.torch import load_file, save_file

from cmc.core.errors import CMCError
from cmc.weights.diffusers_folder import fetch, load_components, load_network
from tests import tiny_t2i

WEIGHTS = Path("unet") / "diffusion_pytorch_model.safetensors"


@pytest.fixture
def copy(sd: Path, tmp_path: Path) -> Path:
    """The tiny checkpoint in a folder that a test may damage."""
    return Path(shutil.copytree(sd, tmp_path / "copy"))


def _change(path: Path, **changes: torch.Tensor | None) -> None:
    weights = load_file(path) | changes
    save_file({key: value for key, value in weights.items() if value is not None}, path)


def test_every_network_is_loaded_and_told_of(sd: Path) -> None:
    networks, formats = load_components(sd, torch.float32, {"safety_checker", "feature_extractor"})
    assert sorted(networks) == ["text_encoder", "unet", "vae"]
    assert set(formats.values()) == {"full safetensors"}
    assert not networks["unet"].training


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"conv_in.bias": None}, r"missing: conv_in\.bias"),
        ({"conv_extra.bias": torch.zeros(3)}, r"unknown: conv_extra\.bias"),
        ({"conv_in.bias": torch.zeros(3)}, r"conv_in\.bias"),
    ],
)
def test_a_key_too_few_too_many_or_misshapen_is_refused(
    copy: Path, changes: dict[str, torch.Tensor | None], message: str
) -> None:
    _change(copy / WEIGHTS, **changes)
    with pytest.raises(CMCError, match=message):
        load_components(copy, torch.float32, set())


def test_truncated_weights_are_refused(copy: Path) -> None:
    data = (copy / WEIGHTS).read_bytes()
    (copy / WEIGHTS).write_bytes(data[: len(data) // 2])
    with pytest.raises(CMCError, match="unet cannot be loaded"):
        load_components(copy, torch.float32, set())


@pytest.mark.parametrize(
    ("save", "expected"),
    [({"safe_serialization": False}, "full bin"), ({"variant": "fp16"}, "fp16 safetensors")],
)
def test_checkpoints_without_safetensors_or_with_fp16_files_load(
    tmp_path: Path, save: dict[str, object], expected: str
) -> None:
    folder = tiny_t2i.sd(tmp_path, **save)
    text = folder / "text_encoder" / "model.safetensors"
    if text.is_file():  # transformers writes no other format any more
        torch.save(load_file(text), text.with_name("pytorch_model.bin"))
        text.unlink()
    networks, formats = load_components(folder, torch.float32, set())
    assert set(formats.values()) == {expected}
    assert next(networks["unet"].parameters()).dtype == torch.float32


@pytest.mark.parametrize(
    ("dtype", "expected"), [(torch.float16, "fp16"), (torch.bfloat16, "full"), (torch.float32, "full")]
)
def test_fp16_files_beside_others_are_for_fp16_alone(copy: Path, dtype: torch.dtype, expected: str) -> None:
    weights = load_file(copy / WEIGHTS)
    halved = {name: weight.half() for name, weight in weights.items()}
    save_file(halved, (copy / WEIGHTS).with_suffix(".fp16.safetensors"))
    network, format_ = load_network(UNet2DConditionModel, copy, "unet", dtype)
    assert format_ == f"{expected} safetensors"
    for name, weight in network.state_dict().items():
        assert torch.equal(weight, (halved if expected == "fp16" else weights)[name].to(dtype))


def test_a_folder_without_model_index_and_an_id_out_of_reach_are_one_line(tmp_path: Path) -> None:
    with pytest.raises(CMCError, match=r"no model_index\.json"):
        fetch(str(tmp_path), half=False)
    with pytest.raises(CMCError, match="cannot fetch 'nobody/nothing'") as caught:
        fetch("nobody/nothing", half=True)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("component", "file"), [("unet", "diffusion_pytorch_model.bin"), ("text_encoder", "pytorch_model.bin")]
)
def test_a_pickle_that_would_run_code_is_refused_without_advice_to_run_it(
    component: str, file: str, tmp_path: Path
) -> None:
    folder = tiny_t2i.sd(tmp_path)
    for path in (folder / component).glob("*.safetensors"):
        path.unlink()
    torch.save({"weight": torch.zeros(2), "trap": Trap(tmp_path / "ran")}, folder / component / file)
    with pytest.raises(
        CMCError, match=rf"{component} cannot be loaded \(it asks for \S+, which is no weight\)"
    ) as caught:
        load_components(folder, torch.float32, set())
    assert "weights_only" not in str(caught.value)
    assert not (tmp_path / "ran").exists()


class Trap:
    """Makes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[[Path], None], tuple[Path]]:
        return Path.touch, (self.path,)
