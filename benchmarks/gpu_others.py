"""Ways of what is no pipeline of diffusers: DiffBIR, a captioner of 7 billion weights, and TOPIQ."""

import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import torch
from PIL import Image
from spandrel.architectures.ESRGAN import ESRGAN
from torch import nn
from transformers import CLIPTextModel

from benchmarks.gpu_configs import Config, Sizes
from benchmarks.gpu_measure import Measured, measured
from benchmarks.gpu_models import born_on, clip_tokenizer, llava, text_config
from benchmarks.gpu_ways import PLAIN, Scale, Ways, by_ours, fresh, make_jobs
from cmc.i2t.chat import ChatCaptioner
from cmc.metrics.base import FR, NR, Metric
from cmc.metrics.selection import build_metrics, choose_metrics
from cmc.t2i.base import Request
from cmc.t2i.restorers.degradation_removal import DegradationRemoval
from cmc.t2i.restorers.diffbir_decoder import DiffBIR
from cmc.t2i.restorers.diffbir_networks import DiffBIRNetworks
from cmc.t2i.restorers.diffbir_releases import RELEASES
from cmc.t2i.restorers.text_encoder import TextEncoder
from tests.tiny_topiq import save_weights

PROMPT = "Describe the picture in detail."


def half(device: torch.device) -> torch.dtype:
    """fp16, which a CPU computes wrongly."""
    return torch.float32 if device.type == "cpu" else torch.float16


def diffbir(sizes: Sizes, device: torch.device, blocks: int) -> DiffBIR:
    """DiffBIR v2 of random weights; `blocks`: of BSRNet's."""
    tokens = clip_tokenizer()
    config = text_config(sizes.texts[0], tokens)
    with born_on(device, half(device)):
        vae, text = diffusers.AutoencoderKL(**sizes.vae).eval(), CLIPTextModel(config).eval()
        unet = diffusers.UNet2DConditionModel(**sizes.denoiser).eval()
        control = diffusers.ControlNetModel.from_unet(unet, conditioning_channels=4).eval()
        # DiffBIR's sees a latent, not a picture.
        control.controlnet_cond_embedding = nn.Conv2d(4, unet.config.block_out_channels[0], 3, padding=1)
    stage1 = ESRGAN(num_filters=64 if blocks > 1 else 8, num_blocks=blocks, scale=4).state_dict()
    removal = DegradationRemoval(stage1, Path("BSRNet.pth"), device)
    encoder = TextEncoder(tokens, text, open_clip=True)
    return DiffBIR(RELEASES[0], DiffBIRNetworks(removal, control, unet, vae, vae, encoder), device, {}, False)


def diffbir_ways(sizes: Sizes, scale: Scale, device: torch.device, folder: Path, blocks: int) -> Ways:
    """A picture a call, then batches that are read ahead and written behind; the networks are ours in both."""
    jobs = make_jobs(folder, scale)

    def plain() -> Measured:
        decoder = fresh(lambda: diffbir(sizes, device, blocks))

        def run() -> tuple[int, int]:
            for job in jobs[: scale.plain]:
                reference = Image.open(str(job.reference)).convert("RGB")
                request = Request(job.key, job.prompt, job.size, reference, job.seed)
                pixels = decoder.render([request], scale.sampling)[0].pixels
                levels = np.nan_to_num(pixels * 255).astype(np.uint8)
                Image.fromarray(levels).save(folder / f"{job.key}.png")
            return scale.plain, 0

        return measured(run, device)

    def ours() -> Measured:
        return by_ours(fresh(lambda: diffbir(sizes, device, blocks)), jobs, folder, scale, device)

    return {PLAIN: plain, "ours": ours}


def captioner_ways(config: Config, scale: Scale, device: torch.device, folder: Path) -> Ways:
    """LLaVA-1.5, one picture a call and then in batches; 72 tokens each, for random weights find no end."""
    images = [Image.open(str(job.reference)).convert("RGB") for job in make_jobs(folder, scale)]

    def way(count: int, batch: int) -> Measured:
        captioner = fresh(lambda: _captioner(config, device))
        began = time.perf_counter()
        captioner.caption(images[:batch], PROMPT)
        first = time.perf_counter() - began

        def run() -> tuple[int, int]:
            answers: list[Any] = []
            for start in range(0, count, batch):
                answers += captioner.caption(images[start : start + batch][: count - start], PROMPT)
            return len(answers), sum(bool(answer.error) for answer in answers)

        return measured(run, device, first)

    return {PLAIN: lambda: way(scale.plain, 1), "ours": lambda: way(scale.images, scale.batch)}


def _captioner(config: Config, device: torch.device) -> ChatCaptioner:
    processor, model = llava(config, device, half(device))
    captioner = ChatCaptioner("random", (processor, model), device, 72)
    model.generation_config.eos_token_id = None
    return captioner


def topiq_ways(scale: Scale, device: torch.device, folder: Path) -> Ways:
    """TOPIQ-FR and NR of four pictures of each of `images` ground truths, by pyiqa's loop over files and by ours."""
    weights = save_weights(folder / "Weight", backbone="resnet50")
    paths = [Path(str(job.reference)) for job in make_jobs(folder, scale)]

    def plain() -> Measured:
        import pyiqa

        names = {FR: "topiq_fr", NR: "topiq_nr"}
        off = {"pretrained": False, "backbone_pretrain": False}
        metrics = {column: pyiqa.create_metric(name, device=str(device), **off) for column, name in names.items()}
        for column, name in names.items():
            metrics[column].load_weights(str(weights / f"{name.replace('_', '-')}.pth"))

        def run(count: int = scale.plain) -> tuple[int, int]:
            for path in paths[:count]:
                for _ in range(4):
                    float(metrics[FR](str(path), str(path)))
                    float(metrics[NR](str(path)))
            return 4 * count, 0

        run(1)
        return measured(run, device)

    def ours(dtype: torch.dtype, compiled: bool) -> Measured:
        built = fresh(lambda: build_metrics(choose_metrics(["benchmark"]), weights, device, dtype, None, compiled))
        began = time.perf_counter()
        _score(built, paths[:1])
        first = time.perf_counter() - began
        return measured(lambda: _score(built, paths[: scale.images]), device, first)

    bf16 = torch.bfloat16
    ways = {PLAIN: plain, "ours": lambda: ours(torch.float32, False), "ours, bf16": lambda: ours(bf16, False)}
    return ways if device.type == "cpu" else ways | {"ours, bf16, compiled": lambda: ours(bf16, True)}


def _score(metrics: Mapping[str, Metric], paths: list[Path]) -> tuple[int, int]:
    for path in paths:
        pixels = np.asarray(Image.open(path).convert("RGB"))
        for metric in metrics.values():
            metric.score([pixels] * 4, pixels)
    return 4 * len(paths), 0


def temporary() -> tempfile.TemporaryDirectory[str]:
    """A folder for references and pictures, in memory where that is a file system."""
    shared = Path("/dev/shm")
    return tempfile.TemporaryDirectory(dir=shared if shared.is_dir() else None)
