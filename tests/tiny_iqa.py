"""Networks of pyiqa with random weights, in the files that their authors released: real scores that mean nothing."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import timm
import torch
import torchvision
from pyiqa.archs import ahiq_arch, clip_model
from safetensors.torch import save_file

from cmc.metrics.clipsim import FOLDER
from cmc.metrics.pyiqa_table import ALEXNET, RESNET50, VGG16, VIT
from cmc.metrics.pyiqa_untrained import untrained

# Options of pyiqa's networks under which one that is large is small or looks at few crops.
FEWER: dict[str, dict[str, Any]] = {
    "ahiq": {"num_crop": 2},
    "maniqa": {"test_sample": 4, "embed_dim": 32, "dim_mlp": 16, "patch_size": 28},
    "musiq": {"num_layers": 2, "hidden_size": 48, "mlp_dim": 64},
}
# Channels of AHIQ's narrow backbones, behind each of the blocks that it looks at.
VIT_WIDTH, RESNET_WIDTH = 48, 64
AHIQ_LAYERS = {"DeformFusion": ahiq_arch.DeformFusion, "Pixel_Prediction": ahiq_arch.Pixel_Prediction}
ORIGINALS = {"vgg16": torchvision.models.vgg16, "alexnet": torchvision.models.alexnet, "timm": timm.create_model}


def enliven(network: torch.nn.Module, seed: int = 0) -> torch.nn.Module:
    """Weights of which every one moves the score: no norm or bias is left at its idle start."""
    generator = torch.Generator().manual_seed(seed)
    for name, value in network.state_dict().items():
        if name.endswith("running_var"):
            value.uniform_(0.5, 1.5, generator=generator)
        elif value.is_floating_point() and value.ndim == 1:
            value.add_(torch.randn(value.shape, generator=generator) * 0.1)
    return network.eval()


def vgg16() -> torch.nn.Module:
    """torchvision's, with a classifier of one weight."""
    return _features("vgg16")


def alexnet() -> torch.nn.Module:
    """torchvision's, with a classifier of one weight."""
    return _features("alexnet")


def _features(name: str) -> torch.nn.Module:
    """A network of torchvision without its classifier, whose hundred million weights take seconds to draw."""
    with torch.random.fork_rng():
        torch.manual_seed(1)
        with torch.device("meta"):
            network = ORIGINALS[name]()
        network.classifier = torch.nn.Linear(2, 1)
        network.to_empty(device="cpu")
        for module in network.modules():
            if hasattr(module, "reset_parameters"):
                module.reset_parameters()
    return enliven(network)


def less(name: str, features_only: bool = False) -> dict[str, Any]:
    """Options of timm's under which AHIQ's backbones are narrow, and no deeper than it looks into them. HyperIQA, which
    asks for features only, needs the width of its own."""
    if name.startswith("vit"):
        return {"depth": 5, "embed_dim": VIT_WIDTH, "num_heads": 2, "mlp_ratio": 0.5}
    return {} if features_only else {"layers": (3, 1, 1, 1), "channels": (RESNET_WIDTH // 4,) * 4}


def narrow_ahiq(patched: pytest.MonkeyPatch) -> None:
    """AHIQ's own layers as narrow as its backbones, which are `backbone`'s."""
    deform = {"in_channels": 5 * VIT_WIDTH, "cnn_channels": 3 * RESNET_WIDTH, "out_channels": 3 * RESNET_WIDTH}
    predict = {"inchannels": 5 * VIT_WIDTH + 3 * RESNET_WIDTH, "d_hidn": 64}
    for name, options in (("DeformFusion", deform), ("Pixel_Prediction", predict)):
        patched.setattr(ahiq_arch, name, partial(AHIQ_LAYERS[name], **options))


def backbone(name: str, **options: Any) -> torch.nn.Module:
    """timm's, narrow where it is AHIQ's."""
    with torch.random.fork_rng():
        torch.manual_seed(1)
        options.pop("pretrained", None)
        return enliven(ORIGINALS["timm"](name, **less(name, options.get("features_only", False)), **options))


def stand_in(patched: pytest.MonkeyPatch, clip_file: Path, downloads: bool = True) -> None:
    """Backbones from here wherever pyiqa would download one; or, without `downloads`, an error where it would."""
    for owner, name, make in (
        (timm, "create_model", backbone),
        (torchvision.models, "vgg16", lambda **_: vgg16()),
        (torchvision.models, "alexnet", lambda **_: alexnet()),
    ):
        patched.setattr(owner, name, _asked(make, downloads))
    # Leaves the file where the next attempt cannot read it.
    patched.setattr(torch.jit, "load", _no_archive)
    patched.setattr(clip_model, "_download", lambda *_: str(clip_file))


def _asked(make: Callable[..., torch.nn.Module], downloads: bool) -> Callable[..., torch.nn.Module]:
    def made(*arguments: Any, **options: Any) -> torch.nn.Module:
        assert downloads or not (options.get("pretrained") or options.get("weights")), "weights are fetched"
        return make(*arguments, **options)

    return made


def _no_archive(*_: object, **__: object) -> None:
    raise RuntimeError("no TorchScript archive")


def clip(vision_layers: Any, vision_width: int, patch: int | None) -> dict[str, torch.Tensor]:
    """The state of a small CLIP of OpenAI's kind, of numbers that fp16 holds, as theirs are."""
    from pyiqa.archs.clip_model import CLIP

    with torch.random.fork_rng():
        torch.manual_seed(1)
        network = CLIP(32, 224, vision_layers, vision_width, patch, 77, 49408, 64, 1, 1)
    network.logit_scale.data.fill_(4.0)
    return {name: value.half().float() for name, value in enliven(network).state_dict().items()}


def _save(folder: Path, name: str, document: Any) -> None:
    torch.save(document, folder / name)


def _trained(kind: Callable[[], torch.nn.Module]) -> dict[str, torch.Tensor]:
    with torch.random.fork_rng():
        torch.manual_seed(2)
        return enliven(kind()).state_dict()


def save_lpips(folder: Path) -> None:
    lins = {f"lin{i}.model.1.weight": torch.rand(1, n, 1, 1) for i, n in enumerate((64, 192, 384, 256, 256))}
    _save(folder, "LPIPS_v0.1_alex-df73285e.pth", lins)
    _save(folder, ALEXNET, alexnet().state_dict())


def save_dists(folder: Path) -> None:
    _save(folder, "DISTS_weights-f5e65c96.pth", {key: torch.rand(1, 1475, 1, 1) for key in ("alpha", "beta")})
    _save(folder, VGG16, vgg16().state_dict())


def save_pieapp(folder: Path) -> None:
    from pyiqa.archs.pieapp_arch import PieAPP

    _save(folder, "PieAPPv0.1-0937b014.pth", _trained(lambda: PieAPP(pretrained=False)))


def save_cnniqa(folder: Path) -> None:
    from pyiqa.archs.cnniqa_arch import CNNIQA

    _save(folder, "CNNIQA_koniq10k-e6f14c91.pth", {"params": _trained(lambda: CNNIQA(pretrained=None))})


def save_dbcnn(folder: Path) -> None:
    from pyiqa.archs.dbcnn_arch import SCNN

    fc, layers = torch.nn.Linear(65536, 1), list(vgg16().get_submodule("features").children())
    torch.nn.init.normal_(fc.weight)
    parts = {"features1": torch.nn.Sequential(*layers[:-1]), "features2": enliven(SCNN().features), "fc": fc}
    state = {f"{name}.{key}": value for name, part in parts.items() for key, value in part.state_dict().items()}
    _save(folder, "DBCNN_KonIQ10k-2de81c0a.pth", {"params": state})
    _save(folder, "DBCNN_scnn-7ea73d75.pth", SCNN().state_dict())


def save_ahiq(folder: Path) -> None:
    """To be read where AHIQ is `narrow_ahiq`."""

    def regressor() -> torch.nn.Module:
        network = ahiq_arch.Pixel_Prediction()
        # Spreads the scores, so that a tolerance is a small part of their differences.
        torch.nn.init.normal_(network.conv[0].weight, std=100.0)
        return network

    with pytest.MonkeyPatch.context() as patched:
        narrow_ahiq(patched)
        heads = {"regressor_model_state_dict": regressor, "deform_net_model_state_dict": ahiq_arch.DeformFusion}
        document = {name: _trained(kind) for name, kind in heads.items()} | {"epoch": 33}
    _save(folder, "AHIQ_vit_p8_epoch33-da3ea303.pth", document)
    save_file(backbone("resnet50").state_dict(), folder / f"{RESNET50}.safetensors")
    save_file(backbone("vit_base_patch8_224").state_dict(), folder / f"{VIT}.safetensors")


def narrow(name: str, **_: Any) -> torch.nn.Module:
    """timm's transformer as MANIQA of `FEWER` looks at it."""
    return ORIGINALS["timm"](name, depth=10, embed_dim=32, num_heads=2, mlp_ratio=0.5, patch_size=28)


def save_maniqa(folder: Path) -> None:
    """To be read where `timm.create_model` is `narrow`."""
    from pyiqa.archs.maniqa_arch import MANIQA

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(timm, "create_model", narrow)
        state = _trained(lambda: MANIQA(pretrained=False, **FEWER["maniqa"]))
    # Keeps scores off the zero that its last step may end in.
    state["fc_score.3.bias"].fill_(0.5)
    _save(folder, "ckpt_koniq10k.pt", state)


def save_musiq(folder: Path) -> None:
    from pyiqa.archs.musiq_arch import MUSIQ

    _save(folder, "musiq_koniq_ckpt-e95806b9.pth", _trained(lambda: MUSIQ(pretrained=False, **FEWER["musiq"])))


def save_msswd(folder: Path) -> None:
    from pyiqa.archs.msswd_arch import MS_SWD_learned

    _save(folder, "msswd_weights.pth", {"net_dict": _trained(lambda: MS_SWD_learned(pretrained=False)), "epoch": 1})


def save_niqe(folder: Path) -> None:
    """Statistics of no scenes, of a covariance that has an inverse."""
    import scipy.io

    drawn = np.random.default_rng(0).normal(size=(36, 37))
    tables = {"mu_prisparam": drawn[:, :1].T, "cov_prisparam": drawn[:, 1:] @ drawn[:, 1:].T / 36 + np.eye(36)}
    scipy.io.savemat(folder / "niqe_modelparameters.mat", tables)


def save_brisque(folder: Path) -> None:
    generator = torch.Generator().manual_seed(0)
    vectors = torch.rand(40, 36, generator=generator) * 2 - 1
    _save(folder, "brisque_svm_weights.pth", (torch.randn(40, generator=generator) * 50, vectors))


def save_clipiqa(folder: Path) -> None:
    _save(folder, "RN50.pt", clip((1, 1, 1, 1), 8, None))


def save_liqe(folder: Path) -> None:
    state = clip(1, 64, 32)
    # Finer than fp16, as weights of a later training are.
    state = {key: value * (1 + 1e-4) if value.is_floating_point() else value for key, value in state.items()}
    _save(folder, "liqe_koniq.pt", {"params": {f"clip_model.{key}": value for key, value in state.items()}})


def save_clipsim(folder: Path) -> None:
    from transformers import CLIPConfig, CLIPImageProcessor, CLIPModel

    small = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
    config = CLIPConfig(
        text_config={**small, "vocab_size": 64},
        vision_config={**small, "image_size": 32, "patch_size": 8},
        projection_dim=16,
    )
    CLIPModel(config).save_pretrained(folder / FOLDER)
    size, crop = {"shortest_edge": 32}, {"height": 32, "width": 32}
    CLIPImageProcessor(size=size, crop_size=crop).save_pretrained(folder / FOLDER)


def save_fid(folder: Path) -> None:
    with untrained("inception") as inception:
        state = _trained(inception.fid_inception_v3)
    generator = np.random.default_rng(0)
    # Uninitialised by its authors, who fill it at once.
    state = {
        key: torch.from_numpy(generator.normal(0, (2 / value[0].numel()) ** 0.5, value.shape).astype(np.float32))
        if value.ndim > 1
        else value
        for key, value in state.items()
    }
    _save(folder, "pt_inception-2015-12-05-6726825d.pth", state)


SAVE = {
    "psnr": lambda folder: None,
    "ssim": lambda folder: None,
    "ms_ssim": lambda folder: None,
    "lpips": save_lpips,
    "dists": save_dists,
    "pieapp": save_pieapp,
    "cnniqa": save_cnniqa,
    "dbcnn": save_dbcnn,
    "ahiq": save_ahiq,
    "clipiqa": save_clipiqa,
    "liqe": save_liqe,
    "maniqa": save_maniqa,
    "musiq": save_musiq,
    "msswd": save_msswd,
    "niqe": save_niqe,
    "brisque": save_brisque,
}
