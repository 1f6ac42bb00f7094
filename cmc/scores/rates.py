"""What each scored picture cost: bits measured on the streams that were kept, and on nothing else.

A picture's bits are those of its `.cmc` file: 64 of header, the text with its length, maps, the reference. The file is
the one in Stream/<mode> or, the result's own, in Stream/<target>/<mode>, where all these are the result's; or it is
packed here from what run.json names: the caption file, the maps, and the stream beside the reference (`kept_streams`).
A codec's result has its own streams, beside which a caption is counted if the codec read it. Of an imported result
nothing was measured: its bits are what its author states, and every rate of it says so. That captions, references and
streams are still those that the pictures were made from is checked before (`stages.staleness`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

from cmc.core.bits import Rate
from cmc.core.errors import CMCError
from cmc.core.images import probe
from cmc.core.modes import MODES
from cmc.core.names import existing
from cmc.core.run_file import Document, read_run
from cmc.core.workspace import Workspace, key_of
from cmc.scores.kept_streams import KeptStreams
from cmc.stages.evaluate import Score
from cmc.stages.run_codec import STREAMS
from cmc.stages.stated_bits import read_stated
from cmc.stream import header
from cmc.stream.codec_part import numbering
from cmc.stream.container import sent_size


def with_rates(scores: Iterable[Score], gts: Mapping[str, Path], space: Workspace, root: Path) -> list[Score]:
    """The scores with a `rate` wherever streams were kept; `gts`: ground truths by file name, `root`: results."""
    streams = KeptStreams(space)
    settings_of = cache(lambda target, mode: read_run(root / target / mode / "run.json").get("settings", {}))
    stated_in = cache(lambda folder: read_stated(folder) or {})
    rated = []
    for score in scores:
        settings = settings_of(score.target, score.mode)
        folder = root / score.target / score.mode
        if "stated_by" in settings:
            stated = stated_in(folder).get(key_of(score.name))
            rate = stated.rate if stated else None
        else:
            rate = _rate(score, settings, streams, folder, gts[score.name]) if settings else None
        rated.append(replace(score, rate=rate))
    return rated


def _rate(score: Score, settings: Document, streams: KeptStreams, folder: Path, gt: Path) -> Rate | None:
    """What a score's picture cost, by the `settings` that made it; None where that cannot be measured."""
    key = key_of(score.name)
    try:
        if "codec" in settings:
            sent = streams.sent(key, MODES[score.mode], settings)
            stream = existing(folder / STREAMS / f"{key}{settings['suffix']}")
            if sent is None or not stream.is_file():
                return None
            return _codec_rate(stream.stat().st_size, settings["codec"], sent.overall, probe(gt))
        parts = streams.parts(key, MODES[score.mode], settings, probe(gt), score.target)
    except CMCError:
        # Damaged, foreign or of another image: nothing was measured.
        return None
    if parts is None:
        return None
    ledger = parts.ledger()
    return Rate.of(ledger["text"], ledger["pixels"] + ledger["codec"], parts.size(), probe(gt), ledger["maps"])


def _codec_rate(size_in_bytes: int, codec: str, caption: str, size: tuple[int, int]) -> Rate:
    """A codec's picture: the decoder needs its size and which codec it is too, which the stream leaves to the header,
    or to the byte after it."""
    text, reference = sent_size(caption) if caption else 0, len(numbering(codec)) + size_in_bytes
    return Rate.of(text, reference, header.LENGTH + text + reference, size)
