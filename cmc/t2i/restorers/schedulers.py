"""The samplers of the restorers: diffusers' schedulers, set up as the releases were."""

import inspect
from collections.abc import Callable

import torch
from diffusers import DDPMScheduler, DPMSolverMultistepScheduler
from diffusers.schedulers.scheduling_utils import SchedulerMixin
from torch import Tensor

# Stable Diffusion's noise: betas from the first to the last of the training's thousand steps.
STABLE_DIFFUSION = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}

# (latent, timestep) to the network's output.
Denoise = Callable[[Tensor, int], Tensor]


def spaced_ddpm(steps: int, prediction: str = "epsilon") -> DDPMScheduler:
    """Ancestral sampling (DDPM, arXiv 2006.11239) whose chain runs over `steps` of the training steps, evenly spaced
    from the first to the last (arXiv 2102.09672); prediction: `epsilon` or `v_prediction`."""
    scheduler = DDPMScheduler(**STABLE_DIFFUSION, prediction_type=prediction, clip_sample=False)
    last = scheduler.config.num_train_timesteps - 1
    spaced = {round(last * i / max(1, steps - 1)) for i in range(steps)}
    # Named one by one, since the library's own spacing rounds some of them to the other neighbour.
    scheduler.set_timesteps(timesteps=sorted(spaced, reverse=True))
    return scheduler


def zero_snr_dpm(steps: int) -> DPMSolverMultistepScheduler:
    """DPM-Solver++ (arXiv 2211.01095) of third order with noise, over a schedule that ends in noise alone."""
    scheduler = DPMSolverMultistepScheduler(
        **STABLE_DIFFUSION,
        prediction_type="v_prediction",
        rescale_betas_zero_snr=True,
        timestep_spacing="trailing",
        algorithm_type="sde-dpmsolver++",
        solver_order=3,
    )
    scheduler.set_timesteps(steps)
    return scheduler


def run_scheduler(scheduler: SchedulerMixin, x: Tensor, denoise: Denoise, generators: list[torch.Generator]) -> Tensor:
    """The clean latent from `x` at the first of a scheduler's timesteps; `generators`: of the noise, one an image."""
    takes_noise = "generator" in inspect.signature(scheduler.step).parameters
    noise = {"generator": generators} if takes_noise else {}
    for timestep in scheduler.timesteps:
        output = denoise(scheduler.scale_model_input(x, timestep), int(timestep))
        x = scheduler.step(output, timestep, x, **noise).prev_sample
    return x
