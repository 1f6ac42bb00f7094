import subprocess
import sys
from pathlib import Path

import pytest
import torch

from cmc.stages.engine import energy
from cmc.stages.engine.energy import EnergySum, Meters, Reading, read_meters


def test_no_stretch_of_a_shared_counter_counts_twice() -> None:
    total = EnergySum()
    for before, after in ((100.0, 160.0), (120.0, 180.0), (170.0, 175.0), (300.0, 310.0)):
        total.add(Reading("nvml", "GPU-a", before, after))
    total.add(Reading("nvml", "GPU-b", 5.0, 6.0))
    assert total.joules == 80 + 10 + 1


def test_a_counter_that_began_anew_between_two_readings_counts_on() -> None:
    total = EnergySum()
    for before, after in ((900.0, 1050.0), (60.0, 80.0), (70.0, 90.0)):
        total.add(Reading("rapl", "host/0", before, after, end=1000.0))
    assert total.joules == 150 + 20 + 10


def test_a_counter_that_begins_anew_is_carried_on() -> None:
    before = Meters("rapl", {"host/0": 900.0, "host/1": 10.0}, {"host/0": 1000.0, "host/1": 1000.0})
    after = Meters("rapl", {"host/0": 50.0, "host/1": 30.0}, before.ends)
    assert [reading.after - reading.before for reading in before.until(after)] == [150.0, 20.0]


def test_processors_are_read_by_socket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for zone, joules in (("intel-rapl:0", 3_000_000), ("intel-rapl:0:0", 1_000_000), ("intel-rapl:1", 4_500_000)):
        (tmp_path / zone).mkdir()
        (tmp_path / zone / "energy_uj").write_text(f"{joules}\n")
        (tmp_path / zone / "max_energy_range_uj").write_text("262143328850\n")
    monkeypatch.setattr(energy, "POWERCAP", tmp_path)
    meters = read_meters(torch.device("cpu"))
    assert meters is not None
    assert list(meters.joules.values()) == [3.0, 4.5]
    (tmp_path / "intel-rapl:1" / "energy_uj").unlink()
    assert read_meters(torch.device("cpu")) is None
    assert read_meters(None) is None


def test_costs_load_no_torch() -> None:
    code = "import sys, cmc.stages.engine.local, cmc.stages.engine.on_ray; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
