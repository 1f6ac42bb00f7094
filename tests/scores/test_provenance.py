import json
from pathlib import Path

from cmc.core.files import sha256
from cmc.scores.provenance import caption_files, captioner, captions_read, ranks_encoders, read_runs
from tests.scored import run


def _target(root: Path, **hashes: str | None) -> Path:
    for mode, captions in hashes.items():
        made = run(mode, captions or "", model="real")
        if captions is None:
            made["settings"] = {"model": "reference", "mode": mode, "captions_sha256": None}
        (root / mode).mkdir(parents=True)
        (root / mode / "run.json").write_text(json.dumps(made), encoding="utf-8")
    return root


def test_captions_are_known_by_their_content(tmp_path: Path) -> None:
    (tmp_path / "Text").mkdir()
    (tmp_path / "Text" / "Qwen.csv").write_text("name,text\na.png,one\n", encoding="utf-8")
    (tmp_path / "Text" / "llava.csv").write_text("name,text\na.png,two\n", encoding="utf-8")
    files = caption_files(tmp_path / "Text")
    qwen, llava = (sha256(tmp_path / "Text" / f"{name}.csv") for name in ("Qwen", "llava"))
    same = read_runs(_target(tmp_path / "same", full=qwen, image="", pixel=qwen))
    assert captions_read(same) == {qwen}
    assert captioner(same, files) == "Qwen"
    mixed = read_runs(_target(tmp_path / "mixed", full=qwen, text=llava))
    assert captioner(mixed, files) == "Qwen+llava"
    assert captioner(read_runs(_target(tmp_path / "gone", full="f" * 64)), files) == "?"
    assert captioner(read_runs(_target(tmp_path / "floor", full=None)), files) == "none"
    assert captioner({}, files) == "?"


def test_only_the_benchmarks_decoder_ranks_encoders(tmp_path: Path) -> None:
    runs = read_runs(_target(tmp_path / "all", full="a", pixel="a", text="a"))
    assert ranks_encoders(runs, ("full", "pixel", "text"))
    runs["text"]["settings"]["model"] = "sdxl"
    assert not ranks_encoders(runs, ("full", "pixel", "text"))
    assert ranks_encoders(runs, ("full", "pixel"))
    assert not ranks_encoders({}, ("full",))
