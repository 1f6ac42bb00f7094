import json
from pathlib import Path

from cmc.scores.provenance import captioner, captions_read, ranks_encoders, read_runs
from tests.scored import run


def _target(root: Path, **captions: str | None) -> Path:
    for mode, table in captions.items():
        document = run(mode, table or "", model="real")
        if table is None:
            document["settings"] = {"model": "reference", "mode": mode, "captions": None}
        (root / mode).mkdir(parents=True)
        (root / mode / "run.json").write_text(json.dumps(document), encoding="utf-8")
    return root


def test_captions_are_known_by_the_table_that_the_run_names(tmp_path: Path) -> None:
    qwen, llava = "Text/Qwen.csv", "/elsewhere/llava.csv"
    same = read_runs(_target(tmp_path / "same", full=qwen, image="", pixel=qwen))
    assert captions_read(same) == {qwen}
    assert captioner(same) == "Qwen"
    assert captioner(read_runs(_target(tmp_path / "mixed", full=qwen, text=llava))) == "Qwen+llava"
    assert captioner(read_runs(_target(tmp_path / "floor", full=None))) == "none"
    assert captioner({}) == "?"


def test_run_files_of_before_do_not_name_their_captions() -> None:
    assert captioner({"full": {"settings": {"model": "real", "captions_sha256": "f" * 64}}}) == "?"


def test_only_the_benchmarks_decoder_ranks_encoders(tmp_path: Path) -> None:
    runs = read_runs(_target(tmp_path / "all", full="a", pixel="a", text="a"))
    assert ranks_encoders(runs, ("full", "pixel", "text"))
    runs["text"]["settings"]["model"] = "sdxl"
    assert not ranks_encoders(runs, ("full", "pixel", "text"))
    assert ranks_encoders(runs, ("full", "pixel"))
    assert not ranks_encoders({}, ("full",))
