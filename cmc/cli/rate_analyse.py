"""`cmc rate analyse`: votes to opinion scores, and how far metrics agree with them."""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

from cmc.cli import arguments, common, freshness, rate_report
from cmc.core.errors import CMCError
from cmc.core.files import sha256
from cmc.core.lock import one_writer
from cmc.core.run_file import claim, note
from cmc.core.workspace import Workspace
from cmc.raters.analysis import Analysis, AnalysisSettings, analyse
from cmc.raters.analysis_files import RUN, Findings, claimed, outputs, write_findings
from cmc.raters.flags import read_flags
from cmc.raters.methods import MAPPING, MAPPINGS, METHOD, METHODS
from cmc.raters.metric_agreement import MetricAgreement, metric_agreement
from cmc.raters.metric_scores import FILE, MetricScores, metric_scores, scored_targets
from cmc.raters.picture_names import PictureName, locate, picture_names
from cmc.raters.screen_correlation import PaperRule
from cmc.raters.screening import NONE, PAPER, RULES, Screening
from cmc.raters.viewer_codes import is_simulated
from cmc.raters.votes import Dimension, read_votes

FLAGS = "flags.csv"


def add_way(ways: "argparse._SubParsersAction") -> None:
    """Its parser."""
    parser = arguments.subcommand(ways, "rate analyse", "Votes to opinion scores, and how far metrics agree with them.")
    parser.add_argument("votes", type=Path, metavar="votes.csv", help="a row a vote, as cmc rate writes it")
    arguments.add_path(parser, "--flags", f"who flagged which picture (default: {FLAGS} beside the votes, if any)")
    arguments.add_path(parser, "--output_path", "folder for tables and figure (default: analysis, beside the votes)")
    arguments.add_path(parser, "--target_path", "folder of results (default: Result)")
    _add_screening(parser)
    parser.add_argument(
        "--method", choices=METHODS, default=METHOD, help=_words({k: m.source for k, m in METHODS.items()})
    )
    parser.add_argument(
        "--mapping",
        choices=MAPPINGS,
        default=MAPPING,
        help="of z scores: " + _words({k: m.words for k, m in MAPPINGS.items()}),
    )
    arguments.add_partial(parser, "go on without pictures that are not here, or have no score")
    parser.add_argument("--overwrite", action="store_true", help="replace an analysis of other votes or settings")
    parser.set_defaults(run=run)


def _add_screening(parser: argparse.ArgumentParser) -> None:
    rule = PaperRule()
    rules = {name: rule.source for name, rule in RULES.items()} | {NONE: "nobody goes"}
    parser.add_argument("--screen", choices=rules, default=PAPER, help="whose votes count: " + _words(rules))
    parser.add_argument(
        "--threshold", type=arguments.finite, default=rule.threshold, help="of the paper's rule: the lowest SROCC"
    )
    parser.add_argument(
        "--against",
        choices=("others", "all"),
        default="others",
        help="of the paper's rule: whose mean a viewer is held to",
    )
    parser.add_argument(
        "--once", action="store_true", help="of the paper's rule: all at once, not the worst first and the mean anew"
    )
    parser.add_argument("--whole", action="store_true", help="who goes from one dimension goes from both")


def _words(sources: Mapping[str, str]) -> str:
    return "; ".join(f"{name}: {source}" for name, source in sources.items())


def run(args: argparse.Namespace) -> int:
    """Analyse, write, and say what was found."""
    if not args.votes.is_file():
        raise CMCError(f"no {args.votes}; expected a table of votes, as cmc rate writes it")
    space, settings = common.workspace(args), _settings(args)
    results, flags = args.target_path or space.result, args.flags or _beside(args.votes)
    votes = read_votes(args.votes)
    names = picture_names(sorted({vote.picture for vote in votes}))
    analyses = analyse(votes, settings)
    located = locate(results, space.gt, names, args.allow_partial)
    targets = scored_targets(results, names)
    scores = _scores(args, space, results, targets, names) if targets else None
    agreements = _agreements(analyses, settings.method, scores, names) if scores else {}
    flagged = read_flags(flags, votes) if flags else {}
    findings = Findings(settings, analyses, agreements, located, scores.unscored if scores else {}, flagged)
    folder = args.output_path or args.votes.parent / "analysis"
    with one_writer(folder, "use another --output_path"):
        sections = claimed(settings, args.votes, flags)
        claim(folder / RUN, sections, outputs(folder), overwrite=args.overwrite, remedy="or another --output_path")
        write_findings(folder, findings)
        digests = {target.name: sha256(target / FILE) for target in targets}
        simulated = sorted({vote.viewer for vote in votes if is_simulated(vote.viewer)})
        counts = {"votes": len(votes), "pictures": len(names), "simulated_viewers": simulated}
        note(folder / RUN, outcome={**counts, "scores_sha256": digests})
    rate_report.show(findings, len(votes), len(names), flags, folder)
    return common.OK


def _settings(args: argparse.Namespace) -> AnalysisSettings:
    if not -1 <= args.threshold <= 1:
        raise CMCError(f"--threshold {args.threshold:g}: expected a correlation, -1 to 1")
    paper = PaperRule(args.threshold, args.against == "others", not args.once)
    return AnalysisSettings(Screening(args.screen, paper, args.whole), args.method, args.mapping)


def _beside(votes: Path) -> Path | None:
    path = votes.with_name(FLAGS)
    return path if path.is_file() else None


def _scores(
    args: argparse.Namespace,
    space: Workspace,
    results: Path,
    targets: Sequence[Path],
    names: Mapping[str, PictureName],
) -> MetricScores:
    return metric_scores(targets, names, freshness.staleness(space, results, targets), args.allow_partial)


def _agreements(
    analyses: Mapping[Dimension, Analysis], method: str, scores: MetricScores, names: Mapping[str, PictureName]
) -> dict[Dimension, MetricAgreement]:
    return {name: metric_agreement(analysis, method, scores, names) for name, analysis in analyses.items()}
