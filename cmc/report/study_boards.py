"""A study's results among the published rows: the tables of the benchmark's README."""

from cmc.core.digests import FILE, FileDigests
from cmc.core.errors import CMCError
from cmc.core.tables import Table
from cmc.core.workspace import ALL
from cmc.leaderboard.boards import BOARDS
from cmc.leaderboard.load_targets import Collection, load_collection
from cmc.leaderboard.rows import YOURS
from cmc.leaderboard.standings import standings
from cmc.leaderboard.tables import board_cells, board_header
from cmc.stages.staleness import Staleness
from cmc.studies.results import StudyResults


def study_boards(results: StudyResults) -> tuple[dict[str, Table], list[str]]:
    """(each ranking on which a result of the study stands, by name; remarks). Raises CMCError where there is none."""
    collection = _collect(results)
    tables = {}
    for name, board in BOARDS.items():
        ranking = standings(board, collection.rows)
        if any(standing.row.source == YOURS for standing in ranking):
            tables[name] = Table(board_header(board, ranking), board_cells(board, ranking, ALL, gap=" "))
    if not tables:
        needed = "; ".join(f"{board.title}: {', '.join(board.modes)}" for board in BOARDS.values())
        raise CMCError(f"no result is scored with FR and NR in all modes of a ranking ({needed})")
    return tables, [*collection.remarks, *_why_unranked(collection)]


def _collect(results: StudyResults) -> Collection:
    digests = FileDigests(results.space.root / FILE)
    folders = [results.folder / target for target in results.files]
    return load_collection(folders, Staleness(results.space, results.folder, digests), None, partial=True)


def _why_unranked(collection: Collection) -> list[str]:
    return [
        f"{row.name} is not ranked among published rows: {'; '.join(row.barred)}"
        for row in collection.rows
        if row.barred and not row.encoder
    ]
