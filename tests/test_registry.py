import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import cmc
from cmc.core.errors import CMCError
from cmc.core.facts import Facts, Option
from cmc.registry import CODECS, I2T, METRICS, T2I, Entry, Registry, load_plugin


def test_unknown_name_suggests_and_lists() -> None:
    with pytest.raises(CMCError, match=r"Did you mean 'sdxl'\? Known: .*real.*sd15"):
        T2I.get("sdlx")


def test_missing_package_names_the_install_command() -> None:
    entry = Entry("x", lambda: None, Facts(needs=("cmc_no_such_package", "torch")))
    with pytest.raises(CMCError, match=r"pip install cmc_no_such_package$"):
        entry.create()
    with pytest.raises(CMCError, match=r"pip install cmc_no_such_package\.part$"):
        Entry("x", lambda: None, Facts(needs=("cmc_no_such_package.part",))).create()
    with pytest.raises(CMCError, match=r"needs cmc_no_such_package: make it"):
        Entry("x", lambda: None, Facts(needs=("cmc_no_such_package",), install="make it")).create()


def test_a_name_is_registered_once() -> None:
    registry = Registry("thing", Facts, [])
    registry.register("a")(lambda: 1)
    with pytest.raises(CMCError, match="registered twice"):
        registry.register("a")(lambda: 2)


@pytest.mark.parametrize(
    ("registry", "facts", "told"),
    [
        (T2I, {}, "T2I model 'x' lacks the fact 'modes'"),
        (
            T2I,
            {"modes": {"text"}, "lisence": "MIT"},
            r"unknown fact 'lisence'\. Did you mean 'licence'\? Known: needs, ",
        ),
        (T2I, {"modes": {"txt"}}, r"'modes' must name some of full, image, pixel, text, found \['txt'\]"),
        (T2I, {"modes": set()}, "'modes' must name some of"),
        (T2I, {"modes": {"text"}, "half": "int8"}, "'half' must be one of fp32, fp16, bf16, found 'int8'"),
        (I2T, {"options": ["seed"]}, "'options' must map names to Option"),
        (METRICS, {"full_reference": True}, "metric 'x' lacks the fact 'higher_is_better'"),
        (CODECS, {}, "codec 'x' lacks the fact 'suffix' and 'qp'"),
        (CODECS, {"suffix": "x", "qp": (1, 2)}, "'suffix' must be a dot and letters"),
        (CODECS, {"suffix": ".JP2", "qp": (1, 2)}, "'suffix' must be no picture's"),
        (CODECS, {"suffix": ".x", "qp": (1.5, 2)}, "'qp' must be"),
    ],
)
def test_a_wrong_fact_fails_where_it_registers(registry: Registry[Any], facts: dict[str, Any], told: str) -> None:
    with pytest.raises(CMCError, match=told):
        registry.register("x", **facts)
    assert "x" not in registry


def test_options_of_one_name_and_two_types_are_refused() -> None:
    registry = Registry("thing", Facts, [])
    registry.register("a", options={"size": Option(int, "in pixels")})(lambda: 1)
    registry.register("b", options={"size": Option(int, "in pixels too")})(lambda: 1)
    assert registry.options() == {"size": Option(int, "in pixels")}
    registry.register("c", options={"size": (float, "in metres")})(lambda: 1)
    with pytest.raises(CMCError, match="thing 'c': its option --size"):
        registry.options()


def test_every_file_that_registers_is_listed() -> None:
    package = Path(cmc.__file__).parent
    text = Path(cmc.registry.__file__).read_text(encoding="utf-8")
    for kind in ("i2t", "t2i", "metrics", "codecs"):
        for path in (package / kind).glob("*.py"):
            registers = re.search(r"^\s*@?(I2T|T2I|METRICS|CODECS)\.register\(", path.read_text(encoding="utf-8"), re.M)
            assert (f'"cmc.{kind}.{path.stem}"' in text) == bool(registers), path


COLD = """
import sys, threading
from cmc import registry
sys.setswitchinterval(1e-6)
gate, errors = threading.Barrier(8), []
def look_up(kind, name):
    gate.wait()
    try:
        getattr(registry, kind).get(name)
    except Exception as error:
        errors.append(error)
threads = [threading.Thread(target=look_up, args=sys.argv[1:3]) for _ in range(8)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
sys.exit(len(errors))
"""


@pytest.mark.parametrize(
    ("kind", "name"), [("CODECS", "vvc"), ("T2I", "stablesr"), ("I2T", "gpt-4o"), ("METRICS", "fid")]
)
def test_every_thread_of_a_cold_process_finds_a_name(kind: str, name: str) -> None:
    done = subprocess.run([sys.executable, "-c", COLD, kind, name], check=False)
    assert done.returncode == 0


def test_plugin_registers_and_failure_is_one_line(tmp_path: Path) -> None:
    plugin = tmp_path / "mine.py"
    plugin.write_text(
        "from cmc.registry import T2I\n"
        "from cmc.t2i.reference import ReferenceDecoder\n"
        "@T2I.register('plugged-in', modes={'text'})\n"
        "def build(checkpoint, device, dtype):\n"
        "    decoder = ReferenceDecoder()\n"
        "    decoder.checkpoint = checkpoint\n"
        "    return decoder\n"
    )
    load_plugin(plugin)
    assert T2I.get("plugged-in").create("here", "cpu", None).checkpoint == "here"
    # Once: what it registers stays.
    load_plugin(plugin)
    broken = tmp_path / "broken.py"
    broken.write_text("1 / 0")
    with pytest.raises(CMCError, match=r"broken\.py failed: ZeroDivisionError"):
        load_plugin(broken)
    with pytest.raises(CMCError, match="no such Python file"):
        load_plugin(tmp_path / "none.py")


@pytest.mark.parametrize(
    ("registry", "facts", "told"),
    [
        (T2I, {"modes": {"text"}}, "gave None without render and multiple; its factory must return a cmc.t2i.base"),
        (I2T, {}, r"gave None without caption and batch_size; .* a cmc\.i2t\.base\.Captioner"),
        (METRICS, {"full_reference": True, "higher_is_better": True}, r"gave None without score and full_reference"),
        (CODECS, {"suffix": ".x", "qp": (1, 2)}, r"gave None without encode and decode; .* a cmc\.codecs\.base\.Codec"),
    ],
)
def test_a_factory_that_returns_nothing_is_told_by_name(
    registry: Registry[Any], facts: dict[str, Any], told: str
) -> None:
    with pytest.raises(CMCError, match=f"^building lost {told}"):
        Entry("lost", lambda: None, registry._facts(**facts)).create()


def test_a_factory_that_raises_is_told_with_kind_message_and_line() -> None:
    with pytest.raises(CMCError, match=r"^building lost failed: KeyError: 'weights' \(test_registry\.py, line \d+\)$"):
        Entry("lost", lambda: {}["weights"], Facts()).create()
    with pytest.raises(CMCError, match=r"^building lost failed: AssertionError \("):
        Entry("lost", _assert_false, Facts()).create()


def _assert_false() -> None:
    raise AssertionError
