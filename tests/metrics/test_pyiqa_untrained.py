import importlib
import threading
from pathlib import Path

import pytest
import timm
import torch
import torchvision

from cmc.core.errors import CMCError
from cmc.metrics.pyiqa_untrained import build_clip, replaced_names, untrained
from tests import tiny_iqa

LPIPS = importlib.import_module("pyiqa.archs.lpips_arch")


def _fetch(*_: object, **__: object) -> None:
    raise AssertionError("weights are fetched")


@pytest.mark.parametrize(
    ("arch", "network_class"), [("lpips_arch", "LPIPS"), ("dists_arch", "DISTS"), ("hypernet_arch", "HyperNet")]
)
def test_networks_are_built_without_a_download(arch: str, network_class: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.hub, "load_state_dict_from_url", _fetch)
    monkeypatch.setattr(torchvision.models._api, "load_state_dict_from_url", _fetch)
    monkeypatch.setattr(timm.models._builder, "load_pretrained", _fetch)
    makers = timm.create_model, torchvision.models.alexnet, torchvision.models.vgg16
    with untrained(arch) as module:
        assert isinstance(getattr(module, network_class)(pretrained=False), torch.nn.Module)
        assert makers == (timm.create_model, torchvision.models.alexnet, torchvision.models.vgg16)
    with pytest.raises(AssertionError, match="are fetched"):
        getattr(module, network_class)(pretrained=False)


def test_no_weight_is_drawn_that_a_file_will_fill() -> None:
    before = torch.get_rng_state()
    with untrained("lpips_arch") as module:
        module.LPIPS(pretrained=False)
    assert torch.equal(torch.get_rng_state(), before)
    torch.rand(1)
    assert not torch.equal(torch.get_rng_state(), before)


def test_names_are_a_modules_own_again_after_any_error() -> None:
    own = dict(vars(LPIPS))
    with pytest.raises(KeyboardInterrupt), untrained("lpips_arch"):
        _stop(own)
    assert vars(LPIPS) == own


def _stop(own: dict[str, object]) -> None:
    assert vars(LPIPS)["models"] is not own["models"]
    raise KeyboardInterrupt


def test_names_that_a_module_lacks_stay_absent() -> None:
    with replaced_names(LPIPS, {"surely_not_there": 1}):
        assert not hasattr(LPIPS, "surely_not_there")
    assert not hasattr(LPIPS, "surely_not_there")


def test_threads_build_one_after_the_other() -> None:
    own, seen = LPIPS.models, []

    def build() -> None:
        with untrained("lpips_arch"):
            seen.append(LPIPS.models)

    other = threading.Thread(target=build)
    with untrained("lpips_arch"):
        stand_in = LPIPS.models
        other.start()
        other.join(0.5)
        assert not seen
        with untrained("lpips_arch"):  # the same thread may
            assert LPIPS.models is not own
    other.join()
    assert LPIPS.models is own
    assert seen != [stand_in]


def test_a_clip_is_filled_to_the_last_bit_and_nothing_else_is_one() -> None:
    state = {key: value * (1 + 1e-4) for key, value in tiny_iqa.clip(1, 64, 32).items()}
    network = build_clip(state, Path("RN50.pt"))
    assert all(torch.equal(value, state[key]) for key, value in network.state_dict().items())
    for wrong in ({"weight": torch.ones(1)}, {key: value for key, value in state.items() if key != "ln_final.bias"}):
        with pytest.raises(CMCError, match=r"RN50\.pt holds no CLIP in OpenAI's layout") as caught:
            build_clip(wrong, Path("RN50.pt"))
        assert "\n" not in str(caught.value)
