"""Tiny restorers in their authors' layouts, made of the golden files' random weights."""

from pathlib import Path

import torch
from spandrel.architectures.ESRGAN import ESRGAN
from spandrel.architectures.SwinIR import SwinIR
from torch import Tensor

from cmc.restore.weights import State
from tests.golden import golden
from tests.tiny_t2i import tokenizer

HEAD_WIDTH = 16
TOKENS = 514


def stable_diffusion() -> State:
    """A whole Stable Diffusion 2, with the ControlNet of DiffBIR v1 under `control_model.`."""
    torch.manual_seed(0)
    state = dict(golden("diffbir_v1").state)
    state["cond_stage_model.model.token_embedding.weight"] = torch.randn(TOKENS, 32) * 0.02
    return state | {"betas": torch.zeros(1000), "model_ema.decay": torch.zeros(())}


def swinir() -> State:
    """DiffBIR's SwinIR: the picture unshuffled eight times, windows of eight, nearest-neighbour upsampling."""
    torch.manual_seed(1)
    network = SwinIR(
        img_size=64, window_size=8, embed_dim=12, depths=[2], num_heads=[2], mlp_ratio=2, in_chans=3, upscale=8,
        upsampler="nearest+conv", start_unshuffle=8,
    )  # fmt: skip
    state = network.state_dict()
    return {name.replace("conv_first.", "conv_first.1."): value for name, value in state.items()}


def bsrnet() -> State:
    """BSRNet: an ESRGAN generator of scale 4 under its old names."""
    torch.manual_seed(2)
    return ESRGAN(num_filters=8, num_blocks=1, scale=4).state_dict()


def diffbir(folder: Path, variant: str) -> Path:
    """A folder of one release: `v1-full`, `v1`, `v2` or `v2.1`."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer(folder / "tokenizer")
    base = stable_diffusion()
    control = {name: value for name, value in base.items() if name.startswith("control_model.")}
    rest = {name: value for name, value in base.items() if name not in control}
    bare = {name.removeprefix("control_model."): value for name, value in control.items()}
    if variant == "v1-full":
        halves = ("first_stage_model.encoder.", "first_stage_model.quant_conv.")
        own = {n.replace("first_stage_model", "cond_encoder"): v for n, v in rest.items() if n.startswith(halves)}
        save(folder / "general_full_v1.ckpt", base | own | _under("preprocess_model.", swinir()))
        return folder
    names = {
        "v1": ("v1_general.pth", "v2-1_512-ema-pruned.ckpt", "general_swinir_v1.ckpt"),
        "v2": ("v2.pth", "v2-1_512-ema-pruned.ckpt", "BSRNet.pth"),
        "v2.1": ("DiffBIR_v2.1.pt", "sd2.1-base-zsnr-laionaes5.ckpt", "realesrgan_s4_swinir_100k.pth"),
    }
    for name, part in zip(names[variant], (bare, rest, bsrnet() if variant == "v2" else swinir()), strict=True):
        save(folder / name, part)
    return folder


def save(path: Path, state: State) -> None:
    """As PyTorch Lightning saves."""
    torch.save({"state_dict": state, "global_step": 3}, path)


def _under(prefix: str, state: State) -> dict[str, Tensor]:
    return {prefix + name: value for name, value in state.items()}
