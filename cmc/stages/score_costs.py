"""What scoring cost, in `scores.run.json` beside each target's scores: every run together that computed some."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from cmc.core.cost import add_cost
from cmc.core.files import write_json
from cmc.core.run_file import read_run
from cmc.stages.engine.ledger import Ledger, at_the_end

RUN_FILE = "scores.run.json"


@contextmanager
def scoring_billed(ledger: Ledger, results: Path, settings: Mapping[str, str]) -> Iterator[Counter[str]]:
    """Inside, pictures that were scored are counted by target; at the end, an early one too, each target's share of the
    cost stands in its folder in `results`. Scores of other settings are another account."""
    scored: Counter[str] = Counter()
    with at_the_end(partial(_bill, ledger, results, settings, scored)):
        yield scored


def _bill(ledger: Ledger, results: Path, settings: Mapping[str, str], scored: Counter[str]) -> None:
    cost = ledger.settle(scored.total(), None)
    for target, pictures in scored.items():
        path = results / target / RUN_FILE
        same = read_run(path).get("settings") == settings
        if not same:
            write_json(path, {"settings": dict(settings)})
        add_cost(path, cost.share(pictures))
