"""`cmc curate`: from folders of candidates to a ground truth, with a look at it between."""

import argparse
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from cmc.cli import arguments, common, engines, freshness
from cmc.cli.curate_flags import add_wanted, plan_of
from cmc.core.errors import CMCError, some
from cmc.core.lock import one_writer
from cmc.core.run_file import note
from cmc.core.workspace import Workspace
from cmc.curation.candidates import Candidate, list_candidates
from cmc.curation.candidates_table import FILE, Looked, read_candidates, write_candidates
from cmc.curation.contact_sheet import drop_others, write_sheets
from cmc.curation.criteria import measured_fault
from cmc.curation.final_copy import check_looked_at, check_room, copy_chosen
from cmc.curation.measured import measured_candidates
from cmc.curation.plan import Plan
from cmc.curation.scored import nr_metric, score_candidates
from cmc.curation.selection import Verdict, select, shortfalls
from cmc.metrics.weight_files import check_weights
from cmc.scores.scoring import Scoring, scoring_dtype
from cmc.stages import score_cache
from cmc.stages.score_cache import ScoreCache

FOLDER = "Curation"
WORKERS = os.cpu_count() or 1


def build_parser() -> argparse.ArgumentParser:
    """Flags of the tool."""
    parser = arguments.parser("curate", "Choose a ground truth from folders of candidates, which stay as they are.")
    add_wanted(parser)
    arguments.add_path(parser, "--to", f"folder of table and contact sheets (default: {FOLDER})")
    parser.add_argument("--final", action="store_true", help="copy what was looked at into the ground truth")
    arguments.add_path(parser, "--ground_truth", "folder of images, which --final fills (default: GT)")
    arguments.add_path(parser, "--model_weight", "folder with the metric's weights (default: Weight)")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1, mps")
    parser.add_argument("--dtype", choices=arguments.DTYPES, default="fp32", help="of metrics that heed it")
    arguments.add_engine(parser)
    arguments.add_partial(parser, "go on with fewer pictures than are wanted")
    arguments.add_plugin(parser)
    return parser


def run(args: argparse.Namespace) -> int:
    """Measure, score and choose; then write what is to be looked at, or copy what was."""
    space, plan = common.workspace(args), plan_of(args)
    folder = args.to or space.root / FOLDER
    with one_writer(folder, "name another --to"):
        looked = read_candidates(folder)
        candidates, weights = _scored(args, space, plan, folder, _measured(space, plan, looked))
        higher = nr_metric(plan.metric).facts.higher_is_better if plan.metric else True
        verdicts = select(plan, candidates, higher)
        if args.final:
            check_looked_at(verdicts, looked)
        else:
            _write(folder, plan, verdicts, looked, weights)
        _report(plan, verdicts)
        _refuse_fewer(args, plan, verdicts)
        if args.final:
            _copy(args.ground_truth or space.gt, plan, verdicts)
    return _report_failed(candidates)


def _report_failed(candidates: Sequence[Candidate]) -> int:
    failed = {one.file: fault for one in candidates if (fault := one.measures.fault or one.unscored)}
    if failed:
        common.print_failures(failed, FILE)
    return common.INCOMPLETE if failed else common.OK


def _measured(space: Workspace, plan: Plan, looked: Mapping[str, Looked]) -> list[Candidate]:
    listed = list(list_candidates(plan.groups))
    digests = freshness.digests(space, [path for _, path in listed])
    measured = measured_candidates(listed, space, looked, digests, WORKERS)
    candidates = list(common.progress(measured, len(listed), "measuring"))
    _say_changes(looked, {one.file: one.digest for one in candidates})
    return candidates


def _say_changes(looked: Mapping[str, Looked], now: Mapping[str, str]) -> None:
    """Which candidates are others than those of the table of before."""
    changed = [file for file, row in looked.items() if now.get(file, row.digest) != row.digest]
    gone = sorted(looked.keys() - now.keys())
    for files, words in ((changed, "changed since"), (gone, "of before not among those of this run")):
        if files:
            print(f"{len(files)} candidate(s) {words}: {some(files)}")


def _scored(
    args: argparse.Namespace, space: Workspace, plan: Plan, folder: Path, candidates: Sequence[Candidate]
) -> tuple[list[Candidate], str]:
    """(the candidates, those with a score that need one and are fit but for it; what the metric says it is)."""
    criteria = {group.name: group.criteria for group in plan.groups}
    fit = [one for one in candidates if not measured_fault(one.measures, criteria[one.group])]
    unscored = [one for one in fit if plan.scored(one.group)]
    if not unscored:
        return list(candidates), ""
    entry, weights = nr_metric(plan.metric), args.model_weight or space.weight
    check_weights(weights, [entry])
    with engines.opened(args) as engine, ScoreCache(folder / score_cache.FILE) as cache:
        device = engine.device(args.device)
        scoring = Scoring([entry], weights, device, scoring_dtype(args.dtype, device), None)
        crew = engine.crew(scoring.loader(tuple(args.plugin)))
        shown = common.progress(score_candidates(unscored, crew, cache), len(unscored), plan.metric)
        scored = {one.file: one for one in shown}
        identity = next(iter(crew.about.values())).identity
    return [scored.get(one.file, one) for one in candidates], str(identity.get("weights") or "")


def _write(folder: Path, plan: Plan, verdicts: Sequence[Verdict], looked: Mapping[str, Looked], weights: str) -> None:
    sheets: list[Path] = []
    for group in plan.groups:
        chosen = sorted((v for v in verdicts if v.name and v.candidate.group == group.name), key=lambda v: v.name)
        sheets += write_sheets(folder, group.name, chosen, plan.metric, WORKERS)
    drop_others(folder, sheets)
    write_candidates(folder, verdicts, plan.metric, looked)
    note(folder / "run.json", settings=plan.record(), loaded={"weights": weights})
    print(f"{folder}: {FILE} and contact sheets; look at them, and write vetoes into the table's column")


def _report(plan: Plan, verdicts: Sequence[Verdict]) -> None:
    """How many there are by group, and what the others went for."""
    for group in plan.groups:
        of_group = [verdict for verdict in verdicts if verdict.candidate.group == group.name]
        chosen = sum(bool(verdict.name) for verdict in of_group)
        print(f"{group.name}: {chosen:,} of {group.count:,} wanted, from {len(of_group):,} candidates")
        for kind, count in Counter(verdict.kind for verdict in of_group if not verdict.name).most_common():
            print(f"    {count:,} {kind}")


def _refuse_fewer(args: argparse.Namespace, plan: Plan, verdicts: Sequence[Verdict]) -> None:
    fewer = [f"{count:,} of {name}" for name, count in shortfalls(plan, verdicts).items()]
    if fewer and not args.allow_partial:
        raise CMCError(
            f"pictures are missing: {', '.join(fewer)}; add candidates, or --allow_partial goes on with fewer"
        )


def _copy(folder: Path, plan: Plan, verdicts: Sequence[Verdict]) -> None:
    with one_writer(folder, "name another --ground_truth"):
        check_room(verdicts, folder, plan)
        total = sum(bool(verdict.name) for verdict in verdicts)
        copied = list(common.progress(copy_chosen(verdicts, folder), total, folder.name))
    print(f"{folder}: {len(copied):,} pictures of this choice; {FILE} says which file each of them was")


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point: exit code."""
    return common.launch(build_parser, run, argv)
