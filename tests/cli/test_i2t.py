import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cmc.cli.i2t import main
from cmc.core.captions import read_captions
from cmc.i2t.prompts import PROMPTS
from tests import tiny_i2t
from tests.chat_server import ChatServer
from tests.conftest import PHOTOS, photo

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def llava(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_i2t.llava(tmp_path_factory.mktemp("llava"))


def _arguments(space: Path, llava: Path, *more: str) -> list[str]:
    return ["--root", str(space), "--model_name", "tiny", "--model_dir", str(llava), "--explen", "5", *more]


def test_a_csv_with_index_name_and_text_sorted_by_name(
    space: Path, llava: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(_arguments(space, llava)) == 0
    lines = (space / "Text/tiny.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == ",name,text"
    assert list(read_captions(space / "Text/tiny.csv", by_name=True)) == [f"{name}.png" for name in sorted(PHOTOS)]
    run = json.loads((space / "Text/tiny.run.json").read_text())
    assert run["settings"] == {
        "model": "tiny", "checkpoint": str(llava), "prompt": PROMPTS[5], "seed": 42, "max_new_tokens": 52,
        "options": {}, "dtype": "torch.float32",
    }  # fmt: skip
    assert run["loaded"]["architecture"] == "LlavaForConditionalGeneration"
    assert run["outcome"] == {"captions": 5, "failed": 0}
    out = capsys.readouterr().out
    assert "5 of 5 captions" in out
    assert f"next: cmc t2i --root {space} --input_path {space / 'Text/tiny.csv'}" in out


def test_killed_and_started_again_gives_the_same_csv(space: Path, llava: Path) -> None:
    for index in range(7):
        photo("coffee.png").resize((96, 64)).rotate(3 * index).save(space / "GT" / f"NSI_x_{index:03d}.png")
    arguments = _arguments(space, llava, "--batch_size", "2", "--explen", "20")
    command = [sys.executable, "script-i2t.py", *arguments]
    running = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    output = space / "Text/tiny.csv"
    deadline = time.monotonic() + 120
    while not (output.is_file() and len(read_captions(output)) >= 4):
        assert time.monotonic() < deadline
        assert running.poll() is None
        time.sleep(0.05)
    running.send_signal(signal.SIGKILL)
    running.wait()
    assert 4 <= len(read_captions(output)) < 12
    assert main(arguments) == 0
    whole = space / "Text/whole.csv"
    assert main([*arguments, "--output_path", str(whole)]) == 0
    assert len(read_captions(output)) == 12
    assert output.read_bytes() == whole.read_bytes()


def test_other_settings_and_foreign_files_are_refused(
    space: Path, llava: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(_arguments(space, llava, "--limit", "1")) == 0
    before = (space / "Text/tiny.csv").read_bytes()
    assert main(_arguments(space, llava, "--explen", "20")) == 2
    said = capsys.readouterr()
    assert "max_new_tokens: 52 there, 112 now" in said.err
    assert "loaded" not in said.out.splitlines()[-1]  # refused before minutes of loading
    assert main(_arguments(space, llava, "--output_path", str(space / "Text/test.csv"))) == 2
    assert "was not made here" in capsys.readouterr().err
    assert (space / "Text/tiny.csv").read_bytes() == before
    assert main(_arguments(space, llava, "--model_dir", "no/where", "--overwrite")) == 2
    assert (space / "Text/tiny.csv").read_bytes() == before
    assert main(_arguments(space, llava, "--explen", "20", "--overwrite", "--limit", "1")) == 0
    assert (space / "Text/tiny.csv").read_bytes() != before


def test_a_prompt_of_ones_own_is_asked_and_recorded(
    space: Path, llava: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(_arguments(space, llava, "--limit", "1")) == 0
    before = (space / "Text/tiny.csv").read_bytes()
    own = _arguments(space, llava, "--limit", "1", "--prompt", "Name the colours.")
    assert main(own) == 2
    assert "prompt" in capsys.readouterr().err
    assert (space / "Text/tiny.csv").read_bytes() == before
    assert main([*own, "--overwrite"]) == 0
    assert (space / "Text/tiny.csv").read_bytes() != before
    run = json.loads((space / "Text/tiny.run.json").read_text())
    assert run["settings"]["prompt"] == "Name the colours. Answer in 5 words."


def test_a_checkpoint_that_takes_no_prompt_says_so_once_it_is_loaded(
    space: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    blip2 = tiny_i2t.blip2(tmp_path / "blip2")
    assert main(_arguments(space, blip2, "--limit", "1")) == 0
    assert main(_arguments(space, blip2, "--limit", "1", "--prompt", "Why?", "--overwrite")) == 2
    assert "tiny takes no prompt, it captions in its own way; leave out --prompt" in capsys.readouterr().err
    assert len(read_captions(space / "Text/tiny.csv")) == 1


def test_empty_words_and_a_folder_as_output(space: Path, llava: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--model_name", "--model_dir", str(llava), "--explen", "5", "--limit", "1"]
    assert main(["--root", str(space), *words, "--output_path", str(space / "mine")]) == 0
    assert len(read_captions(space / "mine/Qwen.csv")) == 1
    assert f"Qwen: {llava}" in capsys.readouterr().out


def test_a_plugin_encoder_is_given_the_seed(space: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plugin = space / "mine.py"
    plugin.write_text(
        "from cmc.i2t.base import Answer, Captioner\n"
        "from cmc.registry import I2T\n"
        "class Mine(Captioner):\n"
        "    def __init__(self, seed): self.seed = seed\n"
        "    def caption(self, images, prompt): return [Answer(f'{i.width} {self.seed}') for i in images]\n"
        "I2T.register('mine', takes_seed=True)(lambda checkpoint, device, dtype, seed: Mine(seed))\n"
    )
    assert main(["--root", str(space), "--plugin", str(plugin), "--model_name", "mine", "--seed", "7"]) == 0
    assert read_captions(space / "Text/mine.csv")["other"] == "75 7"


def test_every_kind_of_picture_is_captioned_and_a_broken_one_recorded(
    space: Path, llava: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    coffee = photo("coffee.png").resize((48, 32))
    for path in (space / "GT").iterdir():
        path.unlink()
    coffee.save(space / "GT/a.jpg")
    for mode in ("L", "P", "RGBA"):
        coffee.convert(mode).save(space / "GT" / f"{mode}.png")
    Image.fromarray(np.asarray(coffee.convert("L")).astype(np.uint16) * 257).save(space / "GT/sixteen.png")
    data = (space / "GT/RGBA.png").read_bytes()
    (space / "GT/broken.png").write_bytes(data[: len(data) // 2])
    assert main(_arguments(space, llava)) == 1
    assert "5 of 6 captions" in capsys.readouterr().out
    assert set(read_captions(space / "Text/tiny.csv", by_name=True)) == {
        "a.jpg", "L.png", "P.png", "RGBA.png", "sixteen.png",
    }  # fmt: skip
    assert "broken.png" in (space / "Text/tiny.failed.csv").read_text()
    (space / "GT/broken.png").write_bytes(data)
    assert main(_arguments(space, llava)) == 0
    assert not (space / "Text/tiny.failed.csv").exists()


@pytest.mark.parametrize("flag", ["--batch_size", "--in_flight", "--limit"])
def test_numbers_under_1_are_refused_by_the_parser(flag: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([flag, "0"])
    assert f"argument {flag}: expected a whole number from 1, found '0'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--model_name", "Qwne"], "Did you mean 'Qwen'?"),
        (["--model_name", "Qwen", "--model_dir", "no/where"], "cannot fetch 'no/where', which is no folder here"),
        (["--model_name", "Qwen", "--base_url", "http://x"], "--base_url is no option of Qwen"),
        (["--model_name", "blip2", "--prompt", "Why?"], "blip2 takes no prompt"),
        (["--model_name", "a/b", "--model_dir", "x"], "not a plain file name"),
        (["--model_name", "gpt-4o", "--batch_size", "4"], "see --in_flight"),
        (["--device", "toaster"], "--device toaster cannot be used here"),
        (["--ground_truth", "/dev"], "no image in /dev"),
    ],
)
def test_wrong_settings_are_one_line(
    space: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert main(["--root", str(space), *arguments]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_an_api_with_several_requests_in_flight(
    space: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    wide = Image.open(space / "GT/SCI_screen_002.png").size

    def behaviour(picture: Image.Image, asked: int) -> tuple[int, str, dict[str, str]]:
        if picture.size == wide and not healed:
            return 200, "", {"refusal": "no"}
        return 200, f"{picture.width} wide", {}

    healed: list[bool] = []
    with ChatServer(behaviour, delay=0.1) as server:
        arguments = ["--root", str(space), "--model_name", "api", "--model_dir", "tiny", "--base_url", server.url]
        assert main([*arguments, "--in_flight", "4"]) == 1
        assert 2 <= server.most_at_once <= 4
        asked = len(server.requests)
        healed.append(True)
        assert main(arguments) == 0
        assert len(server.requests) == asked + 1
    captions = read_captions(space / "Text/api.csv")
    assert captions["NSI_pgc_000"] == "96 wide"
    assert len(captions) == 5
    run = json.loads((space / "Text/api.run.json").read_text())
    assert run["outcome"]["answered_by"] == ["tiny-2024-01-01"]
    assert "the same command tries them again" in capsys.readouterr().out


def test_what_a_server_does_wrong_fails_one_picture_with_its_reason(
    space: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("cmc.i2t.bounded_requests.FIRST_DELAY_SECONDS", 0.01)
    replies: list[tuple[int, object, dict[str, object]]] = [
        (200, "<think>A cat?</think>A cat.", {}),
        (200, "A cat on a", {"finish_reason": "length"}),
        (200, "\u200b", {}),
        (200, "I apologize, but I am unable to see it.", {}),
        (400, "\x1b[2J\x1b]0;owned\x07odd picture", {}),
    ]
    pictures = [Image.open(path).convert("RGB").tobytes() for path in sorted((space / "GT").iterdir())]

    def behaviour(picture: Image.Image, asked: int) -> tuple[int, object, dict[str, object]]:
        return (503, "busy", {}) if asked == 1 else replies[pictures.index(picture.convert("RGB").tobytes())]

    with ChatServer(behaviour) as server:
        arguments = ["--root", str(space), "--model_name", "api", "--model_dir", "tiny", "--base_url", server.url]
        assert main(arguments) == 1
    said = capsys.readouterr()
    assert "waiting for the server, try 2 of 7" in said.err
    reasons = (space / "Text/api.failed.csv").read_text(encoding="utf-8")
    assert list(read_captions(space / "Text/api.csv").values()) == ["A cat."]
    for reason in ("finish_reason length", "answered nothing", "refused: I apologize", "odd picture"):
        assert reason in reasons
    assert "owned" not in reasons
    assert "\x1b" not in reasons + said.out
