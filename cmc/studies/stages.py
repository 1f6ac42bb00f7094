"""From settings to stages: the command lines that make a study, what is shared made once, each with what it needs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cmc.core.modes import MODES, Mode
from cmc.registry import T2I
from cmc.stages.decode_settings import UNNAMED_FAMILY
from cmc.studies.expand import Captions, Expanded
from cmc.studies.plan import Plan
from cmc.studies.setting import Baseline, Setting
from cmc.studies.values import flags_of

# Targets scored by one command: they share what is computed of each ground truth, and its decoded pictures lie in
# memory together.
TOGETHER = 16
SHARE = "share"


@dataclass(frozen=True)
class Stage:
    """One command of a study, as it could be typed: `cmc <command> <arguments>`.

    output: the file or folder that it fills, from the root; needs: outputs of stages before it; source: of the command
    SHARE, the folder whose pictures are the same.
    """

    command: str
    arguments: tuple[str, ...]
    output: str
    needs: tuple[str, ...] = ()
    source: str = ""


def stages_of(plan: Plan, expanded: Expanded) -> list[Stage]:
    """Captions, references, codecs, then pictures decoder by decoder. Scoring comes after them (`scoring_stages`)."""
    settings = expanded.study.settings
    used = {setting.captions for setting in settings}
    captions = [_caption(plan, table) for table in expanded.captions if table.flags is not None and table.name in used]
    baselines = [_baseline(plan, baseline) for baseline in expanded.study.baselines]
    return [*captions, *_references(plan, settings), *baselines, *_pictures(plan, settings)]


def needed_for(targets: Sequence[str], stages: Sequence[Stage]) -> list[Stage]:
    """Those of a study's stages that some of its targets need, in order."""
    folders = tuple(f"Result/{target}/" for target in targets)
    wanted: set[str] = set()
    for stage in reversed(stages):
        if stage.output in wanted or stage.output.startswith(folders):
            wanted |= {stage.output, *stage.needs}
    return [stage for stage in stages if stage.output in wanted]


def scoring_stages(plan: Plan, targets: Sequence[str]) -> list[Stage]:
    """The scoring of results, several at a time."""
    groups = [targets[start : start + TOGETHER] for start in range(0, len(targets), TOGETHER)]
    flags = (*flags_of(plan.evaluate), *_partial(plan), *_images(plan), *_plugins(plan))
    ground_truth = ("--gt_path", plan.ground_truth) if plan.ground_truth else ()
    return [
        Stage("evaluate", ("--target", *group, "--metrics", *plan.metrics, *flags, *ground_truth), f"Result/{group[0]}")
        for group in groups
    ]


def _caption(plan: Plan, table: Captions) -> Stage:
    output = f"Text/{table.name}.csv"
    words = ("--explen", str(table.words)) if table.words else ()
    flags = (*flags_of(table.flags or {}), *words, *_images(plan), *_ground_truth(plan), *_plugins(plan))
    return Stage("i2t", (*flags, "--output_path", f"{{root}}/{output}"), output)


def _references(plan: Plan, settings: Sequence[Setting]) -> Iterator[Stage]:
    """Each set of references once."""
    wanted: dict[str, tuple[str, ...]] = {}
    for setting in settings:
        kinds = {MODES[mode].reference for mode in setting.modes}
        if "image" in kinds:
            codec = ("--codec", setting.codec, "--qp", str(setting.qp), "--ref_dir", f"{{root}}/{setting.references}")
            wanted[f"{setting.references}/image"] = ("--kind", "image", *codec)
        if "pixel" in kinds:
            wanted["Ref/pixel"] = ("--kind", "pixel")
    for output, flags in wanted.items():
        yield Stage("reference", (*flags, *_images(plan), *_ground_truth(plan), *_plugins(plan)), output)


def _baseline(plan: Plan, baseline: Baseline) -> Stage:
    flags = ("--codec", baseline.codec, "--qp", str(baseline.qp))
    all_flags = (*flags, *_images(plan), *_ground_truth(plan), *_plugins(plan))
    return Stage("codec", all_flags, f"Result/{baseline.name}/image")


def _pictures(plan: Plan, settings: Sequence[Setting]) -> Iterator[Stage]:
    """Every mode of every setting; those that differ in nothing that a mode reads are made once and shared."""
    made: dict[tuple[object, ...], str] = {}
    for setting in settings:
        for name in setting.modes:
            mode, output = MODES[name], f"Result/{setting.name}/{name}"
            source = made.setdefault(_read_by(setting, mode), output)
            if source != output:
                yield Stage(SHARE, (source, output), output, (source,), source)
            else:
                yield _decode(plan, setting, mode, output)


def _decode(plan: Plan, setting: Setting, mode: Mode, output: str) -> Stage:
    flags = ["--mode", mode.name, *flags_of(setting.options)]
    needs = []
    if reads_captions(setting, mode):
        needs.append(f"Text/{setting.captions}.csv")
        flags += ["--input_path", f"{{root}}/{needs[-1]}"]
    if mode.reference:
        folder = setting.references if mode.reference == "image" else "Ref"
        needs.append(f"{folder}/{mode.reference}")
        flags += ["--ref_dir", f"{{root}}/{folder}"] if folder != "Ref" else []
        flags += ["--strength", f"{setting.strength:.10g}"] if setting.strength is not None else []
        flags += ["--noise_level", f"{setting.noise_level:.10g}"] if setting.noise_level is not None else []
    flags += ["--seed", str(setting.seed), "--result_name", setting.name]
    flags += [*_partial(plan), *_images(plan), *_ground_truth(plan), *_plugins(plan)]
    return Stage("t2i", tuple(flags), output, tuple(needs))


def reads_captions(setting: Setting, mode: Mode) -> bool:
    """Whether a setting's decoder is given captions in a mode."""
    facts = T2I.find(setting.model, str(setting.options.get("model_dir", "")), UNNAMED_FAMILY).facts
    return mode.captioned and facts.uses_text


def _read_by(setting: Setting, mode: Mode) -> tuple[object, ...]:
    """All that a mode's pictures depend on."""
    captions = setting.captions if reads_captions(setting, mode) else ""
    references = {"image": setting.references, "pixel": "Ref", None: ""}[mode.reference]
    start = (setting.strength, setting.noise_level) if mode.reference else None
    return mode.name, setting.decoder, tuple(setting.options.items()), captions, references, start, setting.seed


def _images(plan: Plan) -> tuple[str, ...]:
    limit = ("--limit", str(plan.limit)) if plan.limit else ()
    path = plan.images if isinstance(plan.images, str) else f"{{root}}/Study/{plan.name}/images.txt"
    return (*limit, "--images", path) if plan.images else limit


def _ground_truth(plan: Plan) -> tuple[str, ...]:
    return ("--ground_truth", plan.ground_truth) if plan.ground_truth else ()


def _plugins(plan: Plan) -> tuple[str, ...]:
    return tuple(word for path in plan.plugins for word in ("--plugin", path))


def _partial(plan: Plan) -> tuple[str, ...]:
    return ("--allow_partial",) if plan.allow_partial else ()
