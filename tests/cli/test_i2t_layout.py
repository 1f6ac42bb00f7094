import json
from pathlib import Path

import pytest
from PIL import Image

from cmc.cli.i2t import main
from cmc.core.captions import read_captions
from cmc.core.items import Item, Items
from cmc.i2t.prompts import MISC_PROMPT
from tests import tiny_i2t
from tests.chat_server import ChatServer

WHOLE = "A cup of coffee stands on a table."
CUP = Items((Item("cup", "white, full of coffee"), Item("table", "old and wooden")), WHOLE)
# To the pictures in the order of their names.
REPLIES = [
    f"1. cup: white, full of coffee\n2. table: old and wooden\n3. spoon: silver\nOverall: {WHOLE}",
    f"**Cup** - white, full of coffee\n**Table** - old and wooden\n\n**Overall description:** {WHOLE}",
    json.dumps({"objects": [{"name": name, "detail": "red"} for name in "abcd"], "overall": WHOLE}),
    WHOLE,
    "I'm sorry, but I can't help with that.",
]


def _server(space: Path, replies: list[str]) -> ChatServer:
    pictures = [Image.open(path).convert("RGB").tobytes() for path in sorted((space / "GT").iterdir())]
    return ChatServer(lambda picture, _: (200, replies[pictures.index(picture.convert("RGB").tobytes())], {}))


def _arguments(space: Path, server: ChatServer, *more: str) -> list[str]:
    named = ["--model_name", "api", "--model_dir", "tiny", "--base_url", server.url]
    return ["--root", str(space), *named, "--layout", "misc", *more]


def test_answers_in_several_layouts_become_one_table_and_the_same_command_asks_again_for_the_rest(
    space: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = sorted(path.name for path in (space / "GT").iterdir())
    replies = list(REPLIES)
    with _server(space, replies) as server:
        assert main(_arguments(space, server)) == 1
        said = capsys.readouterr().out
        assert {request["messages"][0]["content"][1]["text"] for request in server.requests} == {MISC_PROMPT}
        table = read_captions(space / "Text/api-misc.csv", by_name=True)
        found = {name: Items.from_text(text) for name, text in table.items()}
        assert found[names[0]] == Items((*CUP.items, Item("spoon", "silver")), WHOLE)
        assert found[names[1]] == Items((Item("Cup", "white, full of coffee"), Item("Table", "old and wooden")), WHOLE)
        assert found[names[2]] == Items(tuple(Item(name, "red") for name in "abc"), WHOLE)
        assert list(found) == names[:3]
        assert f"1 with fewer than 3 items, kept as they are: {names[1]}" in said
        assert f"1 with more than 3 items, of which the first are kept: {names[2]}" in said
        reasons = (space / "Text/api-misc.failed.csv").read_text(encoding="utf-8")
        assert f"{names[3]},no item with a name and a detail in the answer: {WHOLE}" in reasons
        assert f"{names[4]},\"refused: I'm sorry" in reasons
        replies[3:] = REPLIES[:2]
        asked = len(server.requests)
        assert main(_arguments(space, server)) == 0
        assert len(server.requests) == asked + 2
    assert len(read_captions(space / "Text/api-misc.csv")) == 5
    assert not (space / "Text/api.csv").exists()
    assert json.loads((space / "Text/api-misc.run.json").read_text())["settings"]["layout"] == "misc"


def test_captions_of_two_layouts_never_mix(space: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with _server(space, [REPLIES[0]] * 5) as server:
        table = space / "Text/api-misc.csv"
        assert main(_arguments(space, server)) == 0
        before = table.read_bytes()
        assert main([*_arguments(space, server, "--output_path", str(table)), "--layout", "plain"]) == 2
        assert "layout: 'misc' there, None now" in capsys.readouterr().err
        assert table.read_bytes() == before
        assert main([*_arguments(space, server), "--layout", "plain", "--limit", "1"]) == 0
    assert table.read_bytes() == before
    assert list(read_captions(space / "Text/api.csv").values()) == [REPLIES[0]]


def test_flags_that_ask_for_something_else_are_one_line(space: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for flags in (["--explen", "20"], ["--prompt", "Why?"]):
        assert main(["--root", str(space), "--layout", "misc", *flags]) == 2
        assert f"{flags[0]} does not go with --layout misc" in capsys.readouterr().err
    assert main(["--root", str(space), "--layout", "misc", "--model_name", "blip2"]) == 2
    assert "blip2 has no misc layout" in capsys.readouterr().err


def test_a_checkpoint_that_cannot_be_asked_says_so_once_it_is_loaded(
    space: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    blip2 = tiny_i2t.blip2(tmp_path / "blip2")
    arguments = ["--root", str(space), "--model_name", "of-my-own", "--model_dir", str(blip2), "--limit", "1"]
    assert main([*arguments, "--layout", "misc"]) == 2
    assert "of-my-own has no misc layout, it captions in its own way" in capsys.readouterr().err
    assert not (space / "Text/of-my-own-misc.csv").exists()


def test_random_words_fail_each_picture_by_name(space: Path, tmp_path: Path) -> None:
    qwen = tiny_i2t.qwen2_vl(tmp_path / "qwen")
    arguments = ["--root", str(space), "--model_name", "of-my-own", "--model_dir", str(qwen), "--limit", "1"]
    assert main([*arguments, "--layout", "misc"]) == 1
    reasons = (space / "Text/of-my-own-misc.failed.csv").read_text(encoding="utf-8")
    assert "no item with a name and a detail in the answer" in reasons
    assert json.loads((space / "Text/of-my-own-misc.run.json").read_text())["settings"]["max_new_tokens"] == 388
