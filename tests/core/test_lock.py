import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cmc.core.errors import CMCError
from cmc.core.lock import one_writer

HOLD = """
import sys, time
from pathlib import Path
from cmc.core.lock import one_writer
with one_writer(Path(sys.argv[1]), "wait", sys.argv[2]):
    print("held", flush=True)
    time.sleep(600)
"""


def _hold(folder: Path, name: str = "") -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(folder), name], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_writer_is_told_who_holds_the_folder(tmp_path: Path) -> None:
    process = _hold(tmp_path / "new")
    try:
        with pytest.raises(CMCError) as refusal, one_writer(tmp_path / "new", "use another --result_name"):
            pass
    finally:
        process.kill()
        process.wait()
    message = str(refusal.value)
    assert f"process {process.pid} on {os.uname().nodename} since 20" in message
    assert "python" in message
    assert message.endswith("or use another --result_name")


def test_a_lock_dies_with_its_process_however_that_ends(tmp_path: Path) -> None:
    process = _hold(tmp_path)
    process.send_signal(signal.SIGKILL)
    process.wait()
    with one_writer(tmp_path, "wait"), pytest.raises(CMCError), one_writer(tmp_path, "wait"):
        pass
    with one_writer(tmp_path, "wait"):
        pass


def test_files_of_one_folder_are_held_apart(tmp_path: Path) -> None:
    process = _hold(tmp_path, "a.csv")
    try:
        with one_writer(tmp_path, "wait", "b.csv"):
            pass
        with pytest.raises(CMCError, match=r"a\.csv is being written"), one_writer(tmp_path, "wait", "a.csv"):
            pass
    finally:
        process.kill()
        process.wait()
