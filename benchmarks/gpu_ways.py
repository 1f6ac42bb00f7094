"""What `benchmarks.gpu` compares: the published script's loop, and ours with options, over the same references."""

import gc
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from PIL import Image

from benchmarks.gpu_configs import Sizes
from benchmarks.gpu_measure import Measured, measured
from benchmarks.gpu_models import pipeline
from benchmarks.trace import Span, Traced
from cmc.core.facts import Value
from cmc.stages.decode import DecodingWorker, decode
from cmc.stages.engine.here import HereCrew
from cmc.stages.jobs import Job, plan_batches
from cmc.t2i.autopipeline import PipelineDecoder
from cmc.t2i.base import Decoder, Sampling
from cmc.t2i.families import family_of
from cmc.t2i.limits import cut_at_positions
from cmc.t2i.speed import Speed
from tests.conftest import photo

PHOTOS = ("astronaut.png", "coffee.png", "chelsea.png", "rocket.jpg")
PLAIN = "plain loop"
# What measures a way of doing something, by its name, in order of interest.
Ways = Mapping[str, Callable[[], Measured]]


@dataclass(frozen=True)
class Scale:
    """How much is generated: pictures of `side` pixels, `images` by ours in batches, `plain` one by one, in `steps` of
    the whole schedule at strength 0.5."""

    side: int
    images: int
    plain: int
    batch: int
    steps: int

    @property
    def sampling(self) -> Sampling:
        """Of the full mode."""
        return Sampling("full", 0.5, self.steps)


class Built(PipelineDecoder):
    """A decoder of a pipeline that is there, which no folder holds."""

    def __init__(self, made: Any, device: torch.device, options: Mapping[str, Value]) -> None:
        self._text_to_image = made
        self._family = family_of(type(made).__name__)
        self._about = {}
        cut_at_positions(made)
        made.vae.enable_slicing()
        Speed.of(options).fit(made, device)


def make_jobs(folder: Path, scale: Scale) -> list[Job]:
    """References that codecs have spoiled, and what is to come of them."""
    jobs = []
    for index in range(max(scale.images, scale.plain)):
        path = folder / "Ref" / f"{index:03}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        small = photo(PHOTOS[index % len(PHOTOS)]).resize((scale.side // 8,) * 2)
        small.resize((scale.side,) * 2).save(path)
        jobs.append(Job(path.stem, (scale.side,) * 2, f"A photograph, number {index}.", path, index))
    return jobs


def plain_pipeline_loop(made: Any, jobs: Sequence[Job], folder: Path, scale: Scale) -> tuple[int, int]:
    """As the published script has it: a picture a call, read before it and written after it."""
    from diffusers import AutoPipelineForImage2Image

    image_to_image = AutoPipelineForImage2Image.from_pipe(made)
    image_to_image.set_progress_bar_config(disable=True)
    size = {"width": scale.side, "height": scale.side} if hasattr(made, "transformer") else {}
    for job in jobs[: scale.plain]:
        reference = Image.open(str(job.reference)).convert("RGB")
        picture = image_to_image(
            job.prompt, image=reference, strength=0.5, num_inference_steps=scale.steps, **size
        ).images[0]
        picture.resize(job.size).save(folder / f"{job.key}.png")
    return scale.plain, 0


def by_ours(decoder: Decoder, jobs: Sequence[Job], folder: Path, scale: Scale, device: torch.device) -> Measured:
    """One batch, in which everything is compiled, then all."""
    crew: Any = HereCrew(DecodingWorker(decoder, "measured"))
    batches = plan_batches(jobs[: scale.images], None, decoder.multiple, scale.batch)

    def run(part: Sequence[Any]) -> tuple[int, int]:
        outcomes = list(decode(part, crew, scale.sampling, folder, shrink=True))
        return len(outcomes), sum(bool(outcome.error) or outcome.retried for outcome in outcomes)

    began = time.perf_counter()
    run(batches[:1])
    first = time.perf_counter() - began
    return measured(lambda: run(batches), device, first)


def traced(name: str, sizes: Sizes, device: torch.device, folder: Path, side: int) -> Sequence[Span]:
    """What its threads do in a run of many small batches, in few steps."""
    scale = Scale(side, 24, 0, 2, 8)
    worker = Traced(DecodingWorker(Built(pipeline(name, sizes, device, dtype_of(name, device)), device, {}), name))
    crew: Any = HereCrew(worker)
    batches = plan_batches(make_jobs(folder, scale), None, worker.about().multiple, scale.batch)
    list(decode(batches, crew, scale.sampling, folder, shrink=True))
    return worker.spans


def dtype_of(name: str, device: torch.device) -> torch.dtype:
    """In which the published script runs a pipeline on a GPU, and FLUX.1's authors theirs."""
    if device.type == "cpu":
        return torch.float32
    return torch.bfloat16 if name == "flux" else torch.float16


def pipeline_ways(
    name: str, sizes: Sizes, scale: Scale, device: torch.device, folder: Path, options: Mapping[str, dict[str, Value]]
) -> Ways:
    """The plain loop, then ours by each of some `options`, every time of a new pipeline."""
    dtype, jobs = dtype_of(name, device), make_jobs(folder, scale)

    def plain() -> Measured:
        made = fresh(lambda: pipeline(name, sizes, device, dtype))
        plain_pipeline_loop(made, jobs[:1], folder, scale)
        return measured(lambda: plain_pipeline_loop(made, jobs, folder, scale), device)

    def ours(given: dict[str, Value]) -> Measured:
        decoder = fresh(lambda: Built(pipeline(name, sizes, device, dtype), device, given))
        return by_ours(decoder, jobs, folder, scale, device)

    return {PLAIN: plain} | {way: (lambda given=given: ours(given)) for way, given in options.items()}


def fresh(build: Callable[[], Any]) -> Any:
    """Something new, for which what was before makes room."""
    gc.collect()
    torch.cuda.empty_cache()
    torch._dynamo.reset()
    torch.manual_seed(0)
    return build()
