"""Video codecs on a single intra picture, and JPEG XL, through the ffmpeg that the package imageio-ffmpeg carries.

Colour: 8-bit RGB to 10-bit Y'CbCr with the BT.709 matrix, full range, 4:2:0, and back.
JPEG XL takes RGB itself (sRGB, inside it XYB). Encoders are asked for fidelity, without perceptual adaptation, as the
benchmark's references are made.
"""

import re
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from cmc.codecs import parameter_sets
from cmc.codecs.base import Codec
from cmc.core.errors import CMCError, reason
from cmc.registry import CODECS

# Full chroma interpolation and exact rounding: the fast paths of swscale shift colours by up to 2/255.
_SCALER = "flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp"
_TO_YUV = f"scale=out_color_matrix=bt709:out_range=full:{_SCALER}"
_TO_RGB = f"scale=in_color_matrix=bt709:in_range=full:{_SCALER}"
# 4:2:0 needs even sides, and libvvenc refuses pictures under 16 pixels.
_EVEN, _SMALLEST = 2, 16
# ffmpeg waits for ever for the rest of a truncated JPEG XL stream: seconds, and seconds a megapixel, to decode one.
_PATIENCE, _PATIENCE_MEGAPIXEL = 10.0, 5.0
# Of a part of ffmpeg in memory, in its messages: another in every run.
_ADDRESS = re.compile(r" @ 0x[0-9a-f]+\]")
YUV420, RGB = "yuv420p10le", "rgb24"


class VideoCodec(Codec):
    """One picture as one intra frame. `muxer` and `demuxer` are ffmpeg's stream formats, `arguments` set encoder and
    quality; `parameters` names the streams' common parameter sets, which are then sent in few bytes."""

    def __init__(
        self, muxer: str, pixel_format: str, arguments: list[str], parameters: str = "", demuxer: str | None = None
    ) -> None:
        self._muxer, self._demuxer, self._parameters = muxer, demuxer or muxer, parameters
        self._pixel_format, self._arguments = pixel_format, arguments

    def encode(self, image: Image.Image) -> bytes:
        pixels = self._pad(np.asarray(image))
        height, width = pixels.shape[:2]
        source = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", "1", "-i", "-"]
        target = ["-pix_fmt", self._pixel_format, *self._arguments, "-threads", "1", "-frames:v", "1"]
        stream = _ffmpeg(
            [*source, "-vf", _TO_YUV, *target, "-f", self._muxer], pixels.tobytes(), f" on {width}x{height} pixels"
        )
        return parameter_sets.shorten(self._parameters, stream) if self._parameters else stream

    def decode(self, stream: bytes, size: tuple[int, int]) -> Image.Image:
        whole = parameter_sets.restore(self._parameters, stream) if self._parameters else stream
        source = ["-xerror", "-err_detect", "explode", "-threads", "1", "-f", self._demuxer, "-i", "-"]
        target = ["-vf", _TO_RGB, "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "rgb24"]
        (width, height), (padded_width, padded_height) = size, self._padded(size)
        megapixels = padded_width * padded_height / 1e6
        raw = _ffmpeg(
            [*source, *target], whole, f" on a stream of {width}x{height}", _PATIENCE + _PATIENCE_MEGAPIXEL * megapixels
        )
        if len(raw) != padded_width * padded_height * 3:
            raise CMCError(f"this {self._muxer} stream holds no picture of {width}x{height}; encode the image anew")
        pixels = np.frombuffer(raw, np.uint8).reshape(padded_height, padded_width, 3)
        return Image.fromarray(pixels[:height, :width])

    def _padded(self, size: tuple[int, int]) -> tuple[int, int]:
        if self._pixel_format == RGB:
            return size
        width, height = (max(_SMALLEST, side + side % _EVEN) for side in size)
        return width, height

    def _pad(self, pixels: np.ndarray) -> np.ndarray:
        height, width = pixels.shape[:2]
        padded_width, padded_height = self._padded((width, height))
        return np.pad(pixels, ((0, padded_height - height), (0, padded_width - width), (0, 0)), mode="edge")


def _ffmpeg(arguments: list[str], data: bytes, subject: str, seconds: float | None = None) -> bytes:
    """What ffmpeg writes; `subject`: what it was given, for errors.

    Into a file: libraries inside it print to stdout, among what a pipe from there would give.
    """
    import imageio_ffmpeg

    with tempfile.TemporaryDirectory(prefix="cmc-") as folder:
        output = Path(folder) / "output"
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-loglevel", "error", *arguments, str(output)]
        try:
            process = subprocess.run(command, input=data, capture_output=True, check=False, timeout=seconds)
        except subprocess.TimeoutExpired as error:
            raise CMCError(
                f"ffmpeg found no picture in {seconds:.0f} s: the stream is truncated; fetch it again"
            ) from error
        output_bytes = output.read_bytes() if output.is_file() else b""
    if process.returncode or not output_bytes:
        message = _ADDRESS.sub("]", process.stderr.decode(errors="replace"))
        raise CMCError(f"ffmpeg failed{subject}: {reason(message or 'no output')}")
    return output_bytes


# Left alone, libvvenc, x265 (ipratio) and x264 (ipratio) each put an intra picture's QP 3 below the one asked for.
_PARAMETERS = "the whole stream: parameter sets in few bytes, no SEI"
_AOM = ["-c:v", "libaom-av1", "-still-picture", "1", "-cpu-used", "4", "-row-mt", "0"]


@dataclass(frozen=True)
class _VideoFormat:
    """A codec's row: facts, ffmpeg's formats, and its arguments at a `qp`."""

    suffix: str
    qp: tuple[int, int]
    standard: str
    counted: str
    muxer: str
    arguments: Callable[[int], list[str]]
    demuxer: str | None = None
    pixel_format: str = YUV420


def _vvenc(qp: int) -> list[str]:
    encoder = ["-c:v", "libvvenc", "-preset", "slower", "-g", "1", "-qpa", "0"]
    return [*encoder, "-qp", str(qp), "-vvenc-params", "IntraQPOffset=0:Range=full"]


def _x265(qp: int) -> list[str]:
    # Wavefronts would write an entry point a row of blocks.
    quiet = "info=0:wpp=0:pools=1:frame-threads=1:log-level=error"
    return ["-c:v", "libx265", "-preset", "slow", "-tune", "psnr", "-x265-params", f"qp={qp}:ipratio=1:{quiet}"]


def _x264(qp: int) -> list[str]:
    # Unit 6 is SEI: x264 writes its settings there, 600 bytes and more.
    encoder = ["-c:v", "libx264", "-preset", "slow", "-tune", "psnr"]
    return [*encoder, "-qp", str(qp), "-x264-params", "ipratio=1", "-bsf:v", "filter_units=remove_types=6"]


_VIDEOS = {
    "vvc": _VideoFormat(
        suffix=".266",
        qp=(63, 0),
        standard="H.266/VVC, libvvenc, preset slower, qp is the slice QP (IntraQPOffset 0)",
        counted=_PARAMETERS,
        muxer="vvc",
        arguments=_vvenc,
    ),
    "hevc": _VideoFormat(
        suffix=".265",
        qp=(51, 0),
        standard="H.265/HEVC, libx265, preset slow, qp is the slice QP (ipratio 1)",
        counted=_PARAMETERS,
        muxer="hevc",
        arguments=_x265,
    ),
    "avc": _VideoFormat(
        suffix=".264",
        qp=(63, 1),
        standard="H.264/AVC High 10, libx264, preset slow, qp is the slice QP + 12 (ipratio 1)",
        counted=_PARAMETERS,
        muxer="h264",
        arguments=_x264,
    ),
    "av1": _VideoFormat(
        suffix=".obu",
        qp=(63, 1),
        standard="AV1, libaom, cpu-used 4, crf",
        counted="the whole stream: sequence header in few bytes",
        muxer="obu",
        arguments=lambda qp: [*_AOM, "-crf", str(qp)],
    ),
    "jpegxl": _VideoFormat(
        suffix=".jxl",
        qp=(150, 1),
        standard="JPEG XL, libjxl, effort 7, Butteraugli distance in tenths",
        counted="the bare codestream",
        muxer="image2pipe",
        arguments=lambda qp: ["-c:v", "libjxl", "-effort", "7", "-distance", str(qp / 10)],
        demuxer="jpegxl_pipe",
        pixel_format=RGB,
    ),
}


def _create(name: str, row: _VideoFormat, qp: int | None = None, **_: object) -> Codec:
    arguments = row.arguments(row.qp[0] if qp is None else qp)
    parameters = name if name in parameter_sets.BODIES else ""
    return VideoCodec(row.muxer, row.pixel_format, arguments, parameters, row.demuxer)


for _name, _row in _VIDEOS.items():
    CODECS.register(
        _name,
        needs=["imageio_ffmpeg"],
        suffix=_row.suffix,
        qp=_row.qp,
        standard=_row.standard,
        counted=_row.counted,
    )(partial(_create, _name, _row))
