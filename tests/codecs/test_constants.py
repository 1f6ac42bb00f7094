"""The benchmark's constants in codec streams: slice QP, encoder settings, colour; read by ffmpeg and by formula."""

import re
import subprocess
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
from PIL import Image

from cmc.codecs import parameter_sets
from cmc.registry import CODECS
from tests.conftest import photo

DEMUXERS = {"vvc": "vvc", "hevc": "hevc", "avc": "h264", "av1": "obu"}
# H.264 counts an internal QP from -QpBdOffset, 12 at 10 bits (7.4.2.1.1), which x264's qp begins at; the others' is
# what H.265 and H.266 call SliceQpY.
QP_OFFSET = {"vvc": 0, "hevc": 0, "avc": 12}
SIZE = (96, 64)
PATCHES = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0), (0, 255, 255), (255, 0, 255)]


def ffmpeg(stream: bytes, name: str, *arguments: str, loglevel: str = "error") -> subprocess.CompletedProcess[bytes]:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-loglevel", loglevel, "-f", DEMUXERS[name], "-i", "-"]
    return subprocess.run([*command, *arguments, "-"], input=stream, capture_output=True, check=True)


def whole_stream(name: str, qp: int, image: Image.Image) -> bytes:
    return parameter_sets.restore(name, CODECS.get(name).create(qp=qp).encode(image))


def syntax_elements(stream: bytes, name: str) -> dict[str, int]:
    """The values of a stream's headers, each of which it says once."""
    trace = ffmpeg(stream, name, "-c", "copy", "-bsf:v", "trace_headers", "-f", "null", loglevel="trace").stderr
    lines = re.findall(r"\] \d+ +(\w+) +[01]+ = (-?\d+)", trace.decode())
    return {element: int(value) for element, value in lines}


@pytest.mark.parametrize("name", QP_OFFSET)
@pytest.mark.parametrize("qp", [22, 37, 50])
def test_qp_is_the_slice_qp(name: str, qp: int) -> None:
    elements = syntax_elements(whole_stream(name, qp, photo("coffee.png").resize(SIZE)), name)
    values = [value for element, value in elements.items() if re.search("init_qp_minus26|qp_delta$", element)]
    assert len(values) == 2
    assert 26 + sum(values) + QP_OFFSET[name] == qp


@pytest.mark.parametrize("name", QP_OFFSET)
def test_streams_say_bt709_and_full_range(name: str) -> None:
    elements = syntax_elements(whole_stream(name, 37, photo("coffee.png").resize(SIZE)), name)
    stated = {element: value for element, value in elements.items() if re.search("full_range|matrix_coef", element)}
    assert len(stated) == 2
    assert set(stated.values()) == {1}


def test_vvc_references_are_this_command_s(tmp_path: Path) -> None:
    """QP 53, preset slower, one intra picture, no perceptual adaptation."""
    image = photo("coffee.png").resize((192, 128))
    source = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", "192x128", "-r", "1", "-i", "-"]
    scaler = "flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp"
    colour = ["-vf", f"scale=out_color_matrix=bt709:out_range=full:{scaler}", "-pix_fmt", "yuv420p10le"]
    encoder = ["-c:v", "libvvenc", "-preset", "slower", "-qpa", "0", "-g", "1", "-qp", "53", "-threads", "1"]
    offset = ["-vvenc-params", "IntraQPOffset=0:Range=full", "-frames:v", "1", "-f", "vvc"]
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", *source, *colour, *encoder, *offset]
    # Not through a pipe: libvvenc prints there.
    subprocess.run([*command, str(tmp_path / "stream")], input=image.tobytes(), capture_output=True, check=True)
    assert (tmp_path / "stream").read_bytes() == whole_stream("vvc", 53, image)


def bt709(colour: tuple[int, int, int]) -> np.ndarray:
    """10-bit Y'CbCr of an 8-bit colour, full range (BT.709-6, items 3.2 and 3.3; H.273 for the range)."""
    red, green, blue = (value / 255 for value in colour)
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    chroma = np.array([(blue - luma) / 1.8556, (red - luma) / 1.5748])
    return np.array([luma * 1023, *(chroma * 1023 + 512)])


@pytest.mark.parametrize("name", DEMUXERS)
def test_colour_is_bt709_full_range(name: str) -> None:
    image = Image.new("RGB", (32 * len(PATCHES), 32))
    for place, colour in enumerate(PATCHES):
        image.paste(colour, (32 * place, 0, 32 * place + 32, 32))
    stream = CODECS.get(name).create(qp=12).encode(image)
    raw = ffmpeg(parameter_sets.restore(name, stream), name, "-f", "rawvideo", "-pix_fmt", "yuv420p10le").stdout
    samples, area = np.frombuffer(raw, "<u2"), image.width * image.height
    luma = samples[:area].reshape(image.height, image.width)
    chroma = samples[area:].reshape(2, image.height // 2, image.width // 2)
    decoded = np.asarray(CODECS.get(name).create().decode(stream, image.size), dtype=int)
    for place, colour in enumerate(PATCHES):
        middle = 32 * place + 16
        values = [luma[16, middle], *chroma[:, 8, middle // 2]]
        assert np.abs(np.array(values) - np.minimum(bt709(colour), 1023)).max() <= 12
        assert np.abs(decoded[16, middle] - colour).max() <= 6
