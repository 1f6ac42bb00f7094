"""Video codecs on a single intra picture, through the ffmpeg that the package imageio-ffmpeg carries.

Colour: 8-bit RGB to Y'CbCr with the BT.709 matrix, full range, and back.
"""

import subprocess
from typing import Any

import numpy as np
from PIL import Image

from cmc.codecs.base import Codec
from cmc.errors import CMCError, reason
from cmc.registry import CODECS

# Full chroma interpolation and exact rounding: the fast paths of swscale shift colours by up to 2/255.
_SCALER = "flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp"
_TO_YUV = f"scale=out_color_matrix=bt709:out_range=full:{_SCALER}"
_TO_RGB = f"scale=in_color_matrix=bt709:in_range=full:{_SCALER}"
# 4:2:0 needs even sides, and libvvenc refuses pictures under 16 pixels.
_EVEN, _SMALLEST = 2, 16


class VideoCodec(Codec):
    """One picture as one intra frame. `muxer` is ffmpeg's raw stream format, `arguments` set encoder and quality."""

    def __init__(self, muxer: str, pixel_format: str, arguments: list[str]) -> None:
        self._muxer, self._pixel_format, self._arguments = muxer, pixel_format, arguments

    def encode(self, image: Image.Image) -> bytes:
        pixels = _pad(np.asarray(image))
        height, width = pixels.shape[:2]
        source = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", "1", "-i", "-"]
        target = ["-pix_fmt", self._pixel_format, *self._arguments, "-threads", "1", "-frames:v", "1"]
        return _ffmpeg([*source, "-vf", _TO_YUV, *target, "-f", self._muxer, "-"], pixels.tobytes())

    def decode(self, stream: bytes, size: tuple[int, int]) -> Image.Image:
        source = ["-threads", "1", "-f", self._muxer, "-i", "-"]
        raw = _ffmpeg([*source, "-vf", _TO_RGB, "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"], stream)
        (width, height), (wide, high) = size, _padded(size)
        if len(raw) != wide * high * 3:
            raise CMCError(f"this {self._muxer} stream holds no picture of {width}x{height}; encode the image anew")
        return Image.fromarray(np.frombuffer(raw, np.uint8).reshape(high, wide, 3)[:height, :width])


def _padded(size: tuple[int, int]) -> tuple[int, int]:
    width, height = (max(_SMALLEST, side + side % _EVEN) for side in size)
    return width, height


def _pad(pixels: np.ndarray) -> np.ndarray:
    height, width = pixels.shape[:2]
    wide, high = _padded((width, height))
    return np.pad(pixels, ((0, high - height), (0, wide - width), (0, 0)), mode="edge")


def _ffmpeg(arguments: list[str], data: bytes) -> bytes:
    import imageio_ffmpeg

    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-loglevel", "error", *arguments]
    done = subprocess.run(command, input=data, capture_output=True, check=False)
    if done.returncode or not done.stdout:
        raise CMCError(f"ffmpeg failed: {reason(done.stderr.decode(errors='replace') or 'no output')}")
    return done.stdout


@CODECS.register("vvc", needs=["imageio_ffmpeg"], suffix=".266", qp=(0, 63), standard="H.266/VVC, libvvenc")
def vvc(qp: int = 53, **_: Any) -> Codec:
    """VVC intra, 10-bit 4:2:0, constant `qp` (0 to 63) without perceptual adaptation, as the benchmark's references."""
    arguments = ["-c:v", "libvvenc", "-preset", "medium", "-qp", str(qp), "-qpa", "0"]
    return VideoCodec("vvc", "yuv420p10le", arguments)
