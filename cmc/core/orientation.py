"""Which way up a picture is by its EXIF tag, read without decoding it."""

from PIL import ExifTags, Image, TiffImagePlugin

TAG = ExifTags.Base.Orientation
# How a picture is turned upright; of any other value of the tag nothing is to be made.
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
ON_ITS_SIDE = (5, 6, 7, 8)


def turn(image: Image.Image) -> Image.Transpose | None:
    """What turns an opened picture upright once it is loaded; None where nothing is to be done, or Pillow does it."""
    return None if isinstance(image, TiffImagePlugin.TiffImageFile) else TURNS.get(_tag(image))


def upright_size(image: Image.Image) -> tuple[int, int]:
    """(width, height) in pixels that an opened picture has once it is upright."""
    width, height = image.size
    turned = isinstance(image, TiffImagePlugin.TiffImageFile) and image.tag_v2.get(TAG) in ON_ITS_SIDE
    return (height, width) if _tag(image) in ON_ITS_SIDE and not turned else (width, height)


def _tag(image: Image.Image) -> int:
    """The tag of an opened picture; 1, upright, where it has none or one that cannot be read."""
    try:
        # A PNG's own method would decode the whole picture in search of a tag behind the pixels.
        tag = Image.Image.getexif(image).get(TAG)
    except Exception:  # Pillow raises any kind on a damaged EXIF block, which says nothing of the pixels
        return 1
    return tag if isinstance(tag, int) else 1
