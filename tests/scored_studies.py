"""Studies whose results are scored already: score files by the real writers, with numbers that a test can foretell."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from PIL import Image, ImageFilter

from cmc.core.bits import Rate
from cmc.core.captions import write_captions
from cmc.core.digests import FILE, FileDigests
from cmc.core.images import save_png
from cmc.core.workspace import Workspace
from cmc.scenes.render import scenes
from cmc.scores.intervals import with_intervals
from cmc.scores.score_file import write_scores, write_summary
from cmc.scores.summary import Cell, summarise
from cmc.stages.evaluate import Score
from cmc.stages.staleness import Staleness
from cmc.studies.results import StudyResults, load_results
from cmc.studies.setting import Baseline, Setting, Study
from tests.scored import SETTINGS

ENCODERS = ("GPT4o", "LLAVA", "MPlugOwl", "Qwen", "ShareGPT", "InstructBLIP")
LENGTHS = (5, 10, 20, 50)
STRENGTHS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
QPS = (53, 51, 48, 45)
NAMES = [f"{kind}_{index:03}.png" for index, kind in enumerate(("NSI_pgc", "NSI_ugc", "SCI_game", "AIGI_MJ") * 3)]
LOWER = "lpips fid"
# Values and rate of one picture, none of one without a score; from its setting, mode and the place of its image.
Scored = tuple[Mapping[str, float], Rate | None]
Scorer = Callable[[Setting | Baseline, str, int], Scored]


def decoded(name: str, encoder: str, words: int | None = None, **values: object) -> Setting:
    """A setting of the decoder `real` in full mode, unless `values` say otherwise."""
    setting = Setting(
        name=name, encoder=encoder, words=words, captions=f"{encoder}-{words}", decoder="real", modes=("full",)
    )
    return replace(setting, **values)


def length() -> Study:
    """Figure A4: every encoder at every length; one takes no prompt."""
    settings = [decoded(f"real+{encoder}-w{words}", encoder, words) for encoder in ENCODERS[:-1] for words in LENGTHS]
    last = decoded(f"real+{ENCODERS[-1]}", ENCODERS[-1])
    return Study("length", (*settings, last), views=("panels",))


def strength(modes: tuple[str, ...] = ("full",)) -> Study:
    """Figure A5 of two decoders."""
    settings = [
        decoded(f"{decoder}+gpt4v-s{value}", "gpt4v", strength=value, decoder=decoder, modes=modes)
        for decoder in ("real", "dreamlike")
        for value in STRENGTHS
    ]
    return Study("strength-full", tuple(settings), views=("panels",))


def qp() -> Study:
    """Table A1."""
    settings = [
        setting
        for value in QPS
        for setting in (
            decoded(
                f"reference-q{value}", "", decoder="reference", captions="", qp=value, modes=("image",),
                references=f"Ref-q{value}",
            ),
            decoded(f"real+gpt4v-q{value}", "gpt4v", qp=value, references=f"Ref-q{value}"),
        )
    ]  # fmt: skip
    return Study("qp", tuple(settings), views=("references",))


def codecs() -> Study:
    """Figure 6."""
    modes = ("full", "image", "pixel", "text")
    settings = [decoded(f"{name}+gpt4v", "gpt4v", decoder=name, modes=modes) for name in ("real", "animate")]
    baselines = [Baseline(name=f"{codec}-qp{at}", codec=codec, qp=at) for codec in ("hevc", "vvc") for at in QPS]
    return Study("codecs", tuple(settings), tuple(baselines), views=("curves", "sheet"))


def rate(text: float, reference: float = 0.0, pixels: int = 100_000) -> Rate:
    """So many bits per pixel of text and of reference, without a header."""
    bits = round(text * pixels), round(reference * pixels)
    return Rate(*bits, sum(bits), sum(bits) / pixels)


def write_results(
    root: Path,
    study: Study,
    score: Scorer,
    names: Sequence[str] = NAMES,
    sets: Mapping[str, Callable[[Setting | Baseline, str], float]] | None = None,
    but: Collection[str] = (),
) -> None:
    """The score files of all targets, less those in `but`; `sets`: columns of metrics of whole folders."""
    for source in (*study.settings, *study.baselines):
        if source.name not in but:
            modes = source.modes if isinstance(source, Setting) else ("image",)
            scores = [
                Score(name, source.name, mode, *_scored(score(source, mode, place)))
                for mode in modes
                for place, name in enumerate(names)
            ]
            cells = [_with_sets(cell, source, sets or {}) for cell in with_intervals(summarise(scores), scores)]
            every = {"target": source.name, **SETTINGS, "lower_is_better": LOWER}
            write_scores(root / "Result" / source.name / "scores.csv", scores, every)
            write_summary(root / "Result" / source.name / "summary.csv", cells, every)


def _scored(values_and_rate: Scored) -> tuple[Mapping[str, float], str, Rate | None]:
    values, measured = values_and_rate
    return values, "ok" if values else "missing", measured


def _with_sets(
    cell: Cell, source: Setting | Baseline, sets: Mapping[str, Callable[[Setting | Baseline, str], float]]
) -> Cell:
    if cell.mode == "Overall" or not cell.n:
        return cell
    return replace(cell, sets={column: value(source, cell.mode) for column, value in sets.items()})


def write_pictures(root: Path, study: Study, count: int = 4, side: int = 64) -> list[str]:
    """Drawn scenes as GT with their captions, and pictures of every setting, each blurred by its place; the names."""
    drawn = list(scenes("demo", count, side))
    for scene in drawn:
        save_png(root / "GT" / f"{scene.name}.png", scene.image)
    for place, setting in enumerate(study.settings):
        for mode_place, mode in enumerate(setting.modes):
            for scene in drawn:
                blurred = scene.image.filter(ImageFilter.GaussianBlur(1 + place / 2 + mode_place))
                save_png(root / "Result" / setting.name / mode / f"{scene.name}.png", blurred)
        if setting.captions:
            texts = {f"{scene.name}.png": scene.text for scene in drawn}
            write_captions(root / "Text" / f"{setting.captions}.csv", texts)
    return sorted(f"{scene.name}.png" for scene in drawn)


def load(root: Path, study: Study, partial: bool = False) -> StudyResults:
    """What `write_results` wrote, read by the real reader."""
    space = Workspace(root)
    return load_results(study, Staleness(space, space.result, FileDigests(root / FILE)), partial)


def flat(colour: str, side: int = 16) -> Image.Image:
    """A picture of one colour."""
    return Image.new("RGB", (side, side), colour)
