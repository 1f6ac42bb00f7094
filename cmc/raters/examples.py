"""Examples for the instructions, of which it is known what they show: nothing else, less, and something else."""

from pathlib import Path

from PIL import Image, ImageFilter

from cmc.core.images import load_rgb, save_png

# Of a picture, and of a pair: width and height in pixels.
SIDE, GAP = 240, 12
SIZE = (2 * SIDE + GAP, SIDE)
# As page.css has it.
SURROUND = (51, 51, 51)
# The same picture; the same without detail; another picture. Each beside the reference.
SAME, BLURRED, OTHER = "same", "blurred", "other"
NAMES = (SAME, BLURRED, OTHER)


def save_examples(folder: Path, reference: Path, other: Path) -> None:
    """Pairs of small pictures, a file a pair, reconstruction left and reference right. Raises ImageError."""
    right, foreign = _small(reference), _small(other)
    lefts = {SAME: right, BLURRED: right.filter(ImageFilter.GaussianBlur(SIDE / 24)), OTHER: foreign}
    for name in NAMES:
        save_png(folder / f"{name}.png", _side_by_side(lefts[name], right))


def _small(path: Path) -> Image.Image:
    image = load_rgb(path)
    image.thumbnail((SIDE, SIDE))
    return image


def _side_by_side(left: Image.Image, right: Image.Image) -> Image.Image:
    sheet = Image.new("RGB", SIZE, SURROUND)
    for column, image in enumerate((left, right)):
        sheet.paste(image, (column * (SIDE + GAP) + (SIDE - image.width) // 2, (SIDE - image.height) // 2))
    return sheet
