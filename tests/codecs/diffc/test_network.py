"""What DiffC makes of each family's checkpoints: noise, velocity and flow, plain latents and packed ones."""

import json
import math
import shutil
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
import torch

from cmc.codecs.diffc.network import Model, load_model
from cmc.core.errors import CMCError
from tests import tiny_families, tiny_t2i
from tests.conftest import photo

SIZE = (40, 22)
CPU = torch.device("cpu")


def _as_velocity(folder: Path) -> Path:
    """A Stable Diffusion whose scheduler takes the network's output for velocity, as 2.1's."""
    path = tiny_t2i.sd(folder) / "scheduler/scheduler_config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(config | {"prediction_type": "v_prediction"}), encoding="utf-8")
    return folder


FAMILIES: dict[str, Callable[[Path], Path]] = {
    "noise": tiny_t2i.sd,
    "velocity": _as_velocity,
    "two text encoders": tiny_t2i.sdxl,
    "flow, packed": tiny_families.flux,
    "flow": tiny_families.sd3,
}


@pytest.fixture(scope="module", params=FAMILIES)
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Model:
    return load_model(str(FAMILIES[request.param](tmp_path_factory.mktemp("model"))), CPU)


def test_a_picture_s_latents_are_the_vae_s(model: Model) -> None:
    image = photo("coffee.png").resize(SIZE)
    latents = model.latents(image)
    assert torch.equal(latents, model.latents(image))
    assert latents.shape == model.noise(SIZE).shape
    assert model.picture(latents, SIZE).size == SIZE


def test_the_clean_latent_is_what_the_network_s_output_means(model: Model) -> None:
    noisy, schedule = model.noise(SIZE), model.schedule
    level = len(schedule.alphas) // 2
    clean = model.clean(noisy, level, "a cup", SIZE)
    assert clean.shape == noisy.shape
    assert torch.equal(clean, model.clean(noisy, level, "a cup", SIZE))
    assert not torch.equal(clean, model.clean(noisy, level, "a quite different prompt", SIZE))
    assert not torch.equal(clean, model.clean(noisy, level + 1, "a cup", SIZE))


def test_levels_fall_from_noise_to_the_finest(model: Model) -> None:
    rungs = model.schedule.rungs
    assert rungs[0] == len(model.schedule.alphas) - 1
    assert rungs[-1] == 10
    assert list(rungs) == sorted(set(rungs), reverse=True)
    snr = [alpha / (1 - alpha) for alpha in map(model.schedule.alpha, rungs)]
    assert all(after / before < 1.25 for before, after in pairwise(snr[1:]))


def test_a_call_of_the_pipeline_is_a_call_of_the_network(tmp_path: Path) -> None:
    from diffusers import StableDiffusionPipeline

    folder = tiny_t2i.sd(tmp_path / "sd")
    pipeline, model = StableDiffusionPipeline.from_pretrained(folder), load_model(str(folder), CPU)
    noisy, alpha = model.noise((64, 64)), model.schedule.alpha(500)
    with torch.inference_mode():
        prompt = pipeline.encode_prompt("a cup", CPU, 1, False)[0]
        noise = pipeline.unet(noisy, torch.tensor(500), encoder_hidden_states=prompt).sample
    expected = (noisy - math.sqrt(1 - alpha) * noise) / math.sqrt(alpha)
    assert torch.allclose(model.clean(noisy, 500, "a cup", (64, 64)), expected, atol=1e-4)


def test_flux_s_network_hears_of_the_flow_s_own_latents(tmp_path: Path) -> None:
    from diffusers import FluxPipeline

    folder = tiny_families.flux(tmp_path / "flux")
    pipeline, model = FluxPipeline.from_pretrained(folder), load_model(str(folder), CPU)
    noisy, sigma = model.noise((32, 32)), 0.25
    scale = math.sqrt(sigma**2 + (1 - sigma) ** 2)
    with torch.inference_mode():
        prompt, pooled, text_ids = pipeline.encode_prompt("a cup", None)
        flow = pipeline.transformer(
            hidden_states=noisy * scale,
            timestep=torch.tensor([sigma]),
            guidance=torch.tensor([1.0]),
            pooled_projections=pooled,
            encoder_hidden_states=prompt,
            txt_ids=text_ids,
            img_ids=pipeline._prepare_latent_image_ids(1, 2, 2, CPU, torch.float32),
        ).sample
    expected = noisy * scale - sigma * flow
    assert torch.allclose(model.clean(noisy, 250, "a cup", (32, 32)), expected, atol=1e-4)
    # The VAE's latents, moved and scaled, four to a packed one.
    image = photo("coffee.png").resize((32, 32))
    pixels = torch.tensor(list(image.tobytes())).reshape(1, 32, 32, 3).permute(0, 3, 1, 2) / 127.5 - 1
    with torch.inference_mode():
        plain = (pipeline.vae.encode(pixels).latent_dist.mean - 0.06) * 1.5
    assert torch.allclose(model.latents(image)[0, 0].reshape(4, 2, 2), plain[0, :, :2, :2], atol=1e-5)


def test_other_kinds_are_refused(sd: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(sd, tmp_path / "sd")
    path = folder / "scheduler/scheduler_config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(config | {"prediction_type": "sample"}), encoding="utf-8")
    with pytest.raises(CMCError, match=r"predicts noise, velocity or flow, found DDIMScheduler \(sample\)"):
        load_model(str(folder), CPU)


def test_weights_are_told_apart(tmp_path: Path, sd: Path) -> None:
    from diffusers import UNet2DConditionModel

    folder = shutil.copytree(sd, tmp_path / "sd")
    same = load_model(str(folder), CPU).weights
    assert same == load_model(str(sd), CPU).weights
    unet = UNet2DConditionModel.from_pretrained(folder / "unet")
    with torch.no_grad():
        unet.conv_out.bias[0] += 1e-3
    unet.save_pretrained(folder / "unet")
    assert load_model(str(folder), CPU).weights != same
