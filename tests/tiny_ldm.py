"""Tiny restorers in their authors' layouts, made of the golden files' random weights."""

import json
from pathlib import Path

import torch
from diffusers import AutoencoderKL, PNDMScheduler, StableDiffusionPipeline, UNet2DConditionModel
from spandrel.architectures.ESRGAN import ESRGAN
from spandrel.architectures.SCUNet import SCUNet
from spandrel.architectures.SwinIR import SwinIR
from torch import Tensor
from transformers import CLIPTextConfig, CLIPTextModel

from cmc.weights.checkpoint import State
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


def scunet() -> State:
    """SCUNet with as few layers as it goes; its widths are fixed."""
    torch.manual_seed(5)
    return SCUNet(in_nc=3, config=[2] * 7, dim=64).state_dict()


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


def stablesr(folder: Path) -> Path:
    """The 512 release: UNet with SPADE, time-aware encoder, text encoder, autoencoder; the decoder beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer(folder / "tokenizer")
    torch.manual_seed(3)
    text = {
        name: torch.randn(tuple({32: 24, 96: 72, 128: 96}.get(side, side) for side in value.shape)) * 0.05
        for name, value in stable_diffusion().items()
        if name.startswith("cond_stage_model.")
    }
    wrapping = golden("stablesr_cfw").state
    plain = {name: value for name, value in wrapping.items() if "fusion_layer" not in name}
    parts = golden("stablesr_unet").state, golden("stablesr_struct").state, plain, text
    save(folder / "stablesr_000117.ckpt", {name: value for part in parts for name, value in part.items()})
    bare = {name.removeprefix("first_stage_model."): value for name, value in wrapping.items()}
    save(folder / "vqgan_cfw_00011.ckpt", bare | {"loss.logvar": torch.zeros(())})
    return folder


def pasd(folder: Path, name: str) -> Path:
    """`checkpoint-100000/{unet,controlnet}` of the full (`pasd`) or the light (`pasd_light`) variant."""
    config, state = golden("pasd").config, dict(golden("pasd").state)
    if name == "pasd_light":
        state = {n: v for n, v in state.items() if n.startswith("controlnet.")} | golden("pasd_light").state
    for part in ("unet", "controlnet"):
        (folder / part).mkdir(parents=True, exist_ok=True)
        told = {"_class_name": "UNet2DConditionModel", "use_pixelwise": True} | config["common"] | config[part]
        (folder / part / "config.json").write_text(json.dumps(told), encoding="utf-8")
        inside = {n.removeprefix(f"{part}."): v for n, v in state.items() if n.startswith(f"{part}.")}
        torch.save(inside, folder / part / "diffusion_pytorch_model.bin")
    return folder


def pasd_base(folder: Path) -> Path:
    """A Stable Diffusion 1.5 whose autoencoder halves three times and whose text is as wide as PASD's golden UNet."""
    torch.manual_seed(4)
    tokens = tokenizer(folder / "tokenizer")
    widths = (32,) * 4
    vae = AutoencoderKL(
        block_out_channels=widths,
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        latent_channels=4,
    )
    text = CLIPTextConfig(
        hidden_size=24, intermediate_size=32, num_attention_heads=2, num_hidden_layers=1, vocab_size=TOKENS,
        bos_token_id=512, eos_token_id=513, pad_token_id=513,
    )  # fmt: skip
    StableDiffusionPipeline(
        vae=vae,
        text_encoder=CLIPTextModel(text),
        tokenizer=tokens,
        unet=UNet2DConditionModel(
            block_out_channels=(32,), down_block_types=("DownBlock2D",), up_block_types=("UpBlock2D",),
            layers_per_block=1, cross_attention_dim=24, mid_block_type=None,
        ),
        scheduler=PNDMScheduler(
            beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", skip_prk_steps=True, steps_offset=1
        ),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    ).save_pretrained(folder)  # fmt: skip
    return folder
