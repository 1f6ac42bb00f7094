"""The documentation is true: its links lead somewhere, its commands parse, and those that can be run do."""

import argparse
import importlib
import re
import shutil
from pathlib import Path

import pytest

from cmc.__main__ import STEPS, TOOLS, main
from cmc.report import style
from tests import rated, scored, tiny_topiq
from tests.doc_pages import PAGES, ROOT, Command, anchors, commands, flags, links, name_of
from tests.new_names import new_names
from tools.docs_examples import filled, markers

# As few as a metric can be fitted to, and small.
NAMES, SIDE = ["NSI_pgc_002.png", "SCI_game_010.png", "AIGI_MJ_004.png"], 48
TEXTS = {page: page.read_text(encoding="utf-8") for page in PAGES}
# Why commands are parsed and not run, by a pattern of what follows `cmc`.
NOT_RUN = {
    r"i2t\b(?!.*(models/tiny|--plugin))": "an encoder is fetched from the hub, or a server answers",
    r"t2i\b(?!.*(models/tiny|--plugin|--model_name reference))": "a decoder is fetched from the hub, or lies in Weight",
    r"scenes$": "a codec takes long over as many pictures; docs/install.md draws fewer",
    r"pack .*--items": "maps are made by CLIP; tests/cli/test_pack_items.py packs some",
    r"pack .*--tokenizer": "the tokenizer is the user's; tests/cli/test_pack_items.py trims by one",
    r"misc\b|.*--target misc": "its models are downloaded; tests/cli/test_misc.py takes folders there and back",
    r"maps\b": "CLIP is fetched from the hub; tests/cli/test_maps.py runs a tiny one",
    r"curate\b": "the candidates are the user's; tests/cli/test_curate.py chooses from some",
    r"screen\b": "the checker is fetched from the hub; tests/cli/test_safety_screen.py runs a tiny one",
    r"audit\b": "an encoder is fetched from the hub, or a server answers; tests/cli/test_audit.py asks a local one",
    r"fetch\b": "sets are downloaded; tests/cli/test_fetch.py fetches a tiny one from this machine",
    r"import\b|evaluate --target paper": "the pictures are the user's; tests/cli/test_import.py imports some",
    r"demo\b|.*models/tiny": "it takes minutes; tests/cli/test_demo.py and tests/test_package.py run it",
    r"evaluate .*--metrics (paper|field)": "the metrics' weights are downloaded by hand",
    r"evaluate .*--metrics ocr": "it reads for a second a picture; tests/metrics/test_ocr.py reads some",
    r"evaluate .*--compile": "it takes minutes without a GPU",
    r"evaluate .*(--workers|--engine)": "tests/cli/test_engines.py scores with workers",
    r"evaluate .*--model_weight tuned": "tests/cli/test_finetune.py scores with what was fitted",
    r"compare --curve": "the results are the user's; tests/cli/test_compare.py groups some",
    r"(codec|reference) .*--codec cheng2020": "the zoo is downloaded, a checkpoint is the user's",
    r"codec .*--codec cdc": "the checkpoints are the user's; tests/cli/test_cdc.py runs a tiny one",
    r"(codec|reference) .*--codec diffc": "the models are downloaded; tests/cli/test_diffc.py runs the tiny one",
    r"evaluate --target (sd15|diffc|vvc).*psnr": "a model from the hub makes them; tests/compare asks of scores",
    r"study plan.toml": "the plan is the user's; tests/cli/test_study_search.py runs one",
    r"rate (?!analyse)": "viewers are people; tests/raters makes, serves and exports small studies",
    r"rate analyse Rating": "the votes are the study's; docs/rating-analysis.md has some of its own",
    r"finetune (?!.*--epochs)": "50 epochs, or a backbone that is downloaded",
}
DOCUMENTED = {command.words for page in PAGES if page.parent == ROOT / "docs" for command in commands(TEXTS[page])}
# Flags of other programs.
FOREIGN = {"--no-deps", "--help"}
FOREIGN |= {"--head", "--address", "--min-nodes", "--num-gpus", "--num-cpus"}  # Ray
FOREIGN |= {"--nodes", "--ntasks-per-node", "--gpus-per-node", "--cpus-per-task", "--exclusive", "--requeue"}  # SLURM
PLUGIN = "--plugin"


def parser_of(tool: str) -> argparse.ArgumentParser:
    return importlib.import_module(f"cmc.cli.{tool}").build_parser()


def flags_of(parser: argparse.ArgumentParser) -> set[str]:
    """Of a parser, and of its ways, if it has several."""
    ways = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    below = [flags_of(way) for action in ways for way in action.choices.values()]
    return set(parser._option_string_actions).union(*below)


def parses(words: tuple[str, ...]) -> bool:
    if not words or words[0] in ("help", "--version"):
        return True
    if words[0] not in STEPS | TOOLS:
        return False
    if PLUGIN in words:
        return True  # its flags are known to a process that has read it: it is run, not parsed
    try:
        parser_of(words[0]).parse_args(words[1:])
    except SystemExit as stop:
        return not stop.code
    return True


def reasons(command: Command) -> list[str]:
    return [reason for pattern, reason in NOT_RUN.items() if re.match(pattern, command.line)]


def runnable(page: Path) -> list[Command]:
    """What is run of a page; the README's commands, where they stand in docs too, are run there."""
    elsewhere = set() if page.name != "README.md" or page.parent != ROOT else DOCUMENTED
    shown = [command for command in commands(TEXTS[page]) if command.words not in elsewhere]
    return [command for command in shown if command.words and parses(command.words) and not reasons(command)]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with all that the pages' commands begin from, scored by random weights."""
    root = tmp_path_factory.mktemp("template")
    scored.workspace(root, {"real": 1.0, "sdxl": 2.0}, NAMES, side=SIDE)
    shutil.rmtree(root / "Ref")
    for encoder in ("Qwen", "llava"):
        shutil.copy(root / "Text" / "gpt4v.csv", root / "Text" / f"{encoder}.csv")
    shutil.copytree(root / "GT", root / "photos")
    for folder in ("examples", "models"):
        (root / folder).symlink_to(ROOT / folder)
    tiny_topiq.save_weights(root / "Weight", inter_dim=16)
    save_opinions(root)
    rated.save_votes(root, ("real", "sdxl"), careful=6, careless=1, inverted=1, biased=1)
    (root / "plan.toml").write_text('decoders = "reference"\nmodes = "full"\nmetrics = "ssim"\n', encoding="utf-8")
    for words in ("reference", "t2i --model_name reference", "evaluate --target real sdxl reference"):
        assert main([*words.split(), "--root", str(root)]) == 0
    return root


def save_opinions(root: Path) -> None:
    """A table of opinions of the pictures in the workspace; no one holds them."""
    rows = ["image,reference,mos"]
    for place, mode in enumerate(("text", "pixel", "image", "full")):
        rows += [f"Result/real/{mode}/{name},GT/{name},{place + index / 10}" for index, name in enumerate(NAMES)]
    (root / "mos.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    for link in links(TEXTS[page]):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target.read_text(encoding="utf-8")), link


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_commands_and_flags_are_the_parsers(page: Path) -> None:
    for command in commands(TEXTS[page]):
        named = command.mention and command.words[:1] and command.words[0] in STEPS | TOOLS
        assert named or parses(command.words), command.text
    known = {flag for tool in STEPS | TOOLS for flag in flags_of(parser_of(tool))}
    assert flags(TEXTS[page]) <= known | FOREIGN


@pytest.mark.parametrize("page", [page for page in PAGES if runnable(page)], ids=name_of)
def test_commands_run(page: Path, template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "workspace"
    shutil.copytree(template, root, symlinks=True)
    monkeypatch.chdir(root)
    monkeypatch.setattr(style, "FORMATS", ("svg",))  # tests/cli/test_compare.py looks at all three
    for command in runnable(page):
        with new_names():
            assert main(command.words) == 0, command.text


def test_every_reason_not_to_run_a_command_is_needed() -> None:
    given = {reason for text in TEXTS.values() for command in commands(text) for reason in reasons(command)}
    assert given == set(NOT_RUN.values())


@pytest.mark.parametrize("tool", [*STEPS, *TOOLS])
def test_every_tool_has_help_and_stands_in_the_docs(tool: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main([tool, "--help"])
    assert not stop.value.code
    assert capsys.readouterr().out.startswith(f"usage: cmc {tool} ")
    assert any(command.words[:1] == (tool,) for text in TEXTS.values() for command in commands(text))


def test_the_messages_explained_are_those_of_the_package() -> None:
    table = TEXTS[ROOT / "docs" / "troubleshooting.md"].partition("| message |")[2].partition("\n## ")[0]
    cells = [row.split(" | ")[0] for row in table.splitlines()[2:] if row]
    parts = [part for cell in cells for message in re.findall("`(.+?)`", cell) for part in message.split("…")]
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "cmc").rglob("*.py"))
    assert len(cells) > 10
    assert [part for part in parts if part.strip() and part not in source] == []


def test_examples_are_shown_as_they_are() -> None:
    page = ROOT / "docs" / "extend.md"
    assert len(markers(TEXTS[page])) >= 4
    assert filled(TEXTS[page]) == TEXTS[page]


def test_the_architecture_names_every_part_of_the_package() -> None:
    parts = [path for path in (ROOT / "cmc").iterdir() if not path.name.startswith(("__", "py."))]
    assert len(parts) > 10
    text = TEXTS[ROOT / "docs" / "architecture.md"]
    assert [path.name for path in parts if f"`cmc/{path.name}{'/' if path.is_dir() else ''}`" not in text] == []
