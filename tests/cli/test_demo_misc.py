"""The demo of MISC, on scenes that the shipped models never saw."""

from pathlib import Path

import pytest

from cmc.__main__ import main
from cmc.cli.demo_misc import agreement, commands
from cmc.core.workspace import list_images
from cmc.scenes.tiny_models import TINY
from tests.tables import read

COUNT = 3


def test_scenes_go_through_misc_and_its_maps_are_judged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in commands(COUNT, TINY, tmp_path):
        if command[0] not in ("evaluate", "report"):  # which take no notice of what made the pictures
            assert main([*command, "--root", str(tmp_path)]) == 0, command
    said = capsys.readouterr().out
    assert f"{COUNT} of {COUNT} streams" in said
    assert f"{COUNT} of {COUNT} pictures" in said
    rows = read(tmp_path / "Stream/misc/manifest.csv")
    assert all(0 < int(row["bits_maps"]) <= 8 * 17 for row in rows)  # two maps, and a byte that says so
    with_items, without = (list_images(tmp_path / "Result" / name / "pixel") for name in ("misc", "misc-no-items"))
    assert len(with_items) == len(without) == COUNT
    assert all(with_items[key].read_bytes() != without[key].read_bytes() for key in with_items)
    judged, objects, settings = agreement(tmp_path, COUNT)
    assert judged == COUNT
    assert objects > 0.5
    assert settings > 0.9
