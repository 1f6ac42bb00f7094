from pathlib import Path

import pytest

from cmc.core.errors import CMCError
from cmc.registry import T2I, Entry, Registry, load_plugin


def test_unknown_name_suggests_and_lists() -> None:
    with pytest.raises(CMCError, match=r"Did you mean 'sdxl'\? Known: .*real.*sd15"):
        T2I.get("sdlx")


def test_missing_package_names_the_install_command() -> None:
    entry = Entry("x", lambda: None, needs=("cmc_no_such_package", "torch"))
    with pytest.raises(CMCError, match=r"pip install cmc_no_such_package$"):
        entry.create()


def test_a_name_is_registered_once() -> None:
    registry = Registry("thing", ["cmc.codecs.pillow"])
    registry.register("a")(lambda: 1)
    with pytest.raises(CMCError, match="registered twice"):
        registry.register("a")(lambda: 2)


def test_plugin_registers_and_failure_is_one_line(tmp_path: Path) -> None:
    plugin = tmp_path / "mine.py"
    plugin.write_text(
        "from cmc.registry import T2I\n"
        "@T2I.register('plugged-in', modes={'text'})\n"
        "def make(checkpoint, device, dtype):\n    return 'made from ' + checkpoint\n"
    )
    load_plugin(plugin)
    assert T2I.get("plugged-in").create("here", "cpu", None) == "made from here"
    plugin.write_text("1 / 0")
    with pytest.raises(CMCError, match="ZeroDivisionError"):
        load_plugin(plugin)
    with pytest.raises(CMCError, match="no such Python file"):
        load_plugin(tmp_path / "none.py")
