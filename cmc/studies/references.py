"""The numbers of table A1: references at several QPs beside what decoders make of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cmc.core.errors import CMCError, some
from cmc.studies.axes import REFERENCE
from cmc.studies.labels import labels
from cmc.studies.measurements import Measurement, measurements
from cmc.studies.points import Point, points_over_common
from cmc.studies.results import StudyResults
from cmc.studies.views import VIEWS

# The modes with a codec's reference; the first that a result has is compared.
MODES = ("full", "image")
Key = tuple[str, int]


@dataclass(frozen=True)
class Reference:
    """A codec's reference at one QP: scored itself, and what decoders make of it, by their label."""

    codec: str
    qp: int
    original: Point
    decoded: Mapping[str, Point]


@dataclass(frozen=True)
class References:
    """All over the same `images`, the coarsest of each codec first."""

    references: Sequence[Reference]
    images: int
    remarks: Sequence[str]


def compare_references(results: StudyResults) -> References:
    """Raises CMCError where a study has no original, nothing made of one, or nothing scored."""
    by_reference = _by_reference(measurements(results))
    whole = {key: found for key, found in by_reference.items() if len({_is_original(one) for one in found}) == 2}
    if not whole:
        raise CMCError(f"it needs {VIEWS['references'].needs}")
    over_common = points_over_common([one for found in whole.values() for one in found])
    ordered = sorted(whole, key=lambda key: (key[0], -key[1]))
    references = [_reference(key, over_common.points) for key in ordered]
    lacking = [f"{codec} QP {qp}" for codec, qp in by_reference if (codec, qp) not in whole]
    remarks = [f"left out, for its original or what is made of it is not scored: {some(lacking)}"] if lacking else []
    return References(references, over_common.images, [*over_common.remarks, *remarks])


def _by_reference(found: Sequence[Measurement]) -> dict[Key, list[Measurement]]:
    """Settings by codec and QP, each in one of MODES."""
    chosen: dict[str, Measurement] = {}
    for mode in MODES:
        for measurement in found:
            if measurement.mode == mode and not measurement.of_codec:
                chosen.setdefault(measurement.setting.name, measurement)
    groups: dict[Key, list[Measurement]] = {}
    for measurement in chosen.values():
        groups.setdefault(_key(measurement), []).append(measurement)
    return groups


def _key(measurement: Measurement) -> Key:
    return measurement.setting.codec, measurement.setting.qp


def _is_original(measurement: Measurement) -> bool:
    return measurement.setting.decoder == REFERENCE


def _reference(key: Key, points: Sequence[Point]) -> Reference:
    of_key = {point.measurement.setting.name: point for point in points if _key(point.measurement) == key}
    originals = [point for point in of_key.values() if _is_original(point.measurement)]
    decoders = [point.measurement.setting for point in of_key.values() if not _is_original(point.measurement)]
    return Reference(*key, originals[0], {name: of_key[target] for target, name in labels(decoders).items()})
