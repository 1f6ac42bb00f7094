"""Maps of the items that captions name: `Ref/map/<key>.map.json` from ground truth and captions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cmc.core.errors import CMCError
from cmc.core.names import existing
from cmc.core.origin import Origin, settings_digest
from cmc.core.run_file import Document, Sections, check, claim, read_run
from cmc.maps.item_map import SIDE, THRESHOLD
from cmc.maps.map_file import SUFFIX
from cmc.maps.names import names_digest, names_of
from cmc.stages.job_origins import Sources
from cmc.stages.stale_maps import map_fault
from cmc.weights.revision import is_unchanged

REMEDY = "or another --ref_dir"


@dataclass(frozen=True)
class MapJob:
    """The maps of one image: what they are made from, and `fault`: why those that lie there are not left, "" where they
    are or where there are none yet."""

    key: str
    image: Path
    names: Sequence[str]
    origin: Origin
    path: Path
    fault: str


@dataclass(frozen=True)
class MapPlan:
    """What a run has to do: jobs, keys that are done, and reasons by key of images that cannot have maps."""

    jobs: list[MapJob] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class MapFolder:
    """`Ref/map`, and the settings of what is to lie there."""

    folder: Path
    checkpoint: str
    dtype: str

    @property
    def settings(self) -> Document:
        """As the run file has them."""
        return {
            "method": "CLIP Surgery",
            "checkpoint": self.checkpoint,
            "dtype": self.dtype,
            "side": SIDE,
            "threshold": THRESHOLD,
        }

    def check(self, overwrite: bool) -> None:
        """Refuse maps of other settings (CMCError), before anything is loaded."""
        check(self._run_file, {"settings": self.settings}, self._outputs(), overwrite=overwrite, remedy=REMEDY)

    def claim(self, loaded: Mapping[str, object], overwrite: bool) -> None:
        """Refuse maps of other settings or weights (CMCError), or, to `overwrite`, take them away."""
        sections: Sections = {"settings": self.settings, "loaded": loaded}
        claim(self._run_file, sections, self._outputs(), overwrite=overwrite, remedy=REMEDY)

    @property
    def unchanged(self) -> bool:
        """Whether the weights are, as far as that can be told without loading them, those of the maps that are here."""
        run = read_run(self._run_file)
        return bool(run) and is_unchanged(run.get("loaded", {}), self.checkpoint)

    def plan(self, images: Mapping[str, Path], texts: Mapping[str, str], sources: Sources, overwrite: bool) -> MapPlan:
        """What is to be made of the images. Maps that were made from the same are left, unless `overwrite`."""
        plan, settings = MapPlan(), settings_digest(read_run(self._run_file))
        plan.failed.update(sources.stale_inputs(dict.fromkeys(images)))
        for key in (key for key in images if key not in plan.failed):
            try:
                names = names_of(texts[key])
            except CMCError as error:
                plan.failed[key] = f"its caption: {error}"
                continue
            origin = Origin(settings=settings, gt=sources.gt(key), caption=names_digest(names))
            path = existing(self.folder / f"{key}{SUFFIX}")
            fault = map_fault(path, origin)
            if path.is_file() and not fault and not overwrite:
                plan.done.append(key)
            else:
                plan.jobs.append(MapJob(key, images[key], names, origin, path, fault))
        return plan

    def _outputs(self) -> list[Path]:
        return sorted(self.folder.glob(f"*{SUFFIX}"))

    @property
    def _run_file(self) -> Path:
        return self.folder / "run.json"
