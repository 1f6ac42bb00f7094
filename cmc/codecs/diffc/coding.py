"""Pictures to steps, as far as wanted, and steps to pictures."""

from collections.abc import Iterator

from PIL import Image

from cmc.codecs.diffc.gaussians import denoise
from cmc.codecs.diffc.network import Model
from cmc.codecs.diffc.schedule import denoising_levels
from cmc.codecs.diffc.step_coder import SentStep, StepDecoder
from cmc.codecs.diffc.walk import Walk
from cmc.core.errors import CMCError


def steps_of(model: Model, image: Image.Image, caption: str, finest: int) -> Iterator[SentStep]:
    """The steps of a picture to the last level that is not below `finest`. Each stands on those before alone, so that
    any number of them, from the first, is a stream."""
    target, walk = model.latents(image), Walk(model.schedule, model.noise(image.size))
    while True:
        clean = model.clean(walk.noisy, walk.level, caption, image.size)
        error = (target - clean).double().square().sum().item()
        move = walk.best_move(error)
        level = None if move is None else walk.level_after(move)
        if move is None or level is None or level < finest:
            return
        step, channel = walk.step(level), walk.channel()
        mean = (step.mean(target, walk.noisy) - step.mean(clean, walk.noisy)) / step.std
        indices = channel.encode(mean.flatten())
        yield SentStep(move, indices, level, step.bits(error))
        walk.go(move, clean, channel.decode(indices), len(indices))


def picture_of(model: Model, steps: StepDecoder, count: int, caption: str, size: tuple[int, int]) -> Image.Image:
    """The picture of (width, height) of `count` steps. Raises CMCError for damaged ones."""
    walk = Walk(model.schedule, model.noise(size))
    for _ in range(count):
        channel, move = walk.channel(), steps.move()
        if walk.level_after(move) is None:
            raise CMCError("a step of this DiffC stream goes beyond the last level; fetch the file again")
        indices = steps.indices(len(channel.sizes))
        clean = model.clean(walk.noisy, walk.level, caption, size)
        walk.go(move, clean, channel.decode(indices), len(indices))
    steps.finish()
    clean = denoise(
        walk.noisy,
        walk.level,
        denoising_levels(walk.level),
        model.schedule,
        lambda noisy, level: model.clean(noisy, level, caption, size),
    )
    return model.picture(clean, size)
