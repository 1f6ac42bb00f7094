"""What finds the items of pictures on an engine: a CLIP, and the loop over jobs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from PIL import Image

from cmc.core.errors import CMCError
from cmc.core.images import load_rgb
from cmc.core.run_file import Document
from cmc.maps.map_file import ItemMaps, write_maps
from cmc.maps.map_maker import MapMaker
from cmc.stages.engine.base import Crew, Failure, Loader, Worker, Write
from cmc.stages.make_maps import MapJob

if TYPE_CHECKING:
    import torch

Mappers: TypeAlias = Crew[Document, MapJob, str]


class MappingWorker(Worker[Document, MapJob, Image.Image | str, str]):
    """Writes the maps of a job, and gives back why there are none, "" where there are."""

    def __init__(self, maker: MapMaker) -> None:
        self._maker = maker

    def about(self) -> Document:
        return self._maker.describe()

    def read(self, item: MapJob) -> Image.Image | str:
        try:
            return load_rgb(item.image)
        except CMCError as error:
            return str(error)

    def work(self, item: MapJob, loaded: Image.Image | str, write: Write) -> str:
        if isinstance(loaded, str):
            return loaded
        maps = self._maker.maps_for(item.names, loaded)
        write(partial(write_maps, item.path, ItemMaps(item.names, maps, item.origin)))
        return ""


@dataclass(frozen=True)
class MapLoader(Loader[Document, MapJob, str]):
    """A CLIP in a number format."""

    checkpoint: str
    dtype: "torch.dtype"

    @property
    def gpus(self) -> float:
        return 1.0

    def load(self) -> MappingWorker:
        assert self.device is not None  # a CLIP is computed somewhere
        return MappingWorker(MapMaker(self.checkpoint, self.device, self.dtype))


def make_maps(jobs: Sequence[MapJob], crew: Mappers) -> Iterator[tuple[str, str]]:
    """Write the maps of jobs, and yield (key, why it has none, "" where it has) as they come."""
    for place, result in crew.map(jobs):
        yield jobs[place].key, result.reason if isinstance(result, Failure) else result
