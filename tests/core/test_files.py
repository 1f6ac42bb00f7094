import hashlib
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cmc.core.files import END, clean_temporary, fingerprint, sha256, write_atomic


def test_failed_write_keeps_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    write_atomic(tmp_path / "a", b"old")
    with pytest.raises(TypeError):
        write_atomic(tmp_path / "a", "no bytes")  # type: ignore[arg-type]
    assert (tmp_path / "a").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_clean_temporary_takes_only_what_a_kill_left(tmp_path: Path) -> None:
    script = (
        "import os, sys; from pathlib import Path; from cmc.core import files; os.replace = lambda *_: os._exit(9);"
        "files.write_atomic(Path(sys.argv[1]) / 'a.png', b'x')"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False)
    left = list(tmp_path.glob(".*.tmp"))
    assert len(left) == 1
    host = left[0].name.split(".")[1]
    alive = f".{host}.{os.getppid()}.1.tmp"
    kept = [alive, ".elsewhere.999999.1.tmp", ".keep", "b.png"]
    for name in kept:
        (tmp_path / name).touch()
    clean_temporary(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(kept)


def test_threads_that_write_one_file_do_not_share_a_temporary_name(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 250)  # as long as file systems allow, or nearly
    gate = threading.Barrier(4)

    def write(value: int) -> None:
        gate.wait()
        for _ in range(100):
            write_atomic(path, bytes([value]) * 20_000)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    assert len(path.read_bytes()) == 20_000
    assert len(set(path.read_bytes())) == 1
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_sha256_is_that_of_the_content(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 3_000_000)
    assert sha256(tmp_path / "a") == hashlib.sha256(b"x" * 3_000_000).hexdigest()


def test_a_fingerprint_tells_folders_apart_by_names_sizes_and_ends(tmp_path: Path) -> None:
    content = bytearray(3 * END)
    found = []
    for name, place in (("unet/a", None), ("unet/a", 0), ("unet/a", -1), ("unet/b", None), ("a", None)):
        folder = tmp_path / str(len(found))
        (folder / "unet").mkdir(parents=True)
        changed = content.copy()
        if place is not None:
            changed[place] = 1
        (folder / name).write_bytes(changed)
        (folder / ".cache").touch()
        found.append(fingerprint(folder))
    assert len(set(found)) == len(found)
    (tmp_path / "0" / ".cache").write_bytes(b"other")
    assert fingerprint(tmp_path / "0") == found[0]


@pytest.mark.parametrize("name", ["table.csv", "folder"])
def test_what_cannot_be_written_is_named_and_leaves_nothing(name: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    code = (
        "import resource, signal, sys; from pathlib import Path; from cmc.core.files import write_atomic\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try: write_atomic(Path(sys.argv[1]), bytes(100_000))\n"
        "except OSError as error: print(error.filename, error.filename2)"
    )
    command = [sys.executable, "-c", code, str(tmp_path / name)]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert out == f"{tmp_path / name} None\n"
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
