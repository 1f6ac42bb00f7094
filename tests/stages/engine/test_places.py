import pytest
import torch

from cmc.core.errors import CMCError
from cmc.registry import METRICS, T2I
from cmc.stages.decode_settings import UNNAMED_FAMILY, DecoderLoader
from cmc.stages.engine.local import ALL, _gpus_of_each, _places
from cmc.stages.engine.on_ray import _room_on

FOUR = ["0", "1", "2", "3"]


@pytest.mark.parametrize(
    ("needed", "workers", "gpus"),
    [
        (1.0, 4, ["0", "1", "2", "3"]),
        (1.0, 2, ["0", "1"]),
        (1.0, ALL, ["0", "1", "2", "3"]),
        (0.5, 6, ["0", "1", "2", "3", "0", "1"]),
        (0.25, ALL, FOUR * 4),
        (2.0, ALL, ["0,1", "2,3"]),
    ],
)
def test_workers_take_gpus_in_turn(needed: float, workers: int, gpus: list[str]) -> None:
    assert _gpus_of_each(FOUR, needed, workers) == gpus


@pytest.mark.parametrize(("needed", "workers"), [(1.0, 5), (0.5, 9), (2.0, 3), (8.0, ALL)])
def test_more_workers_than_the_gpus_have_room_for_are_refused(needed: float, workers: int) -> None:
    with pytest.raises(CMCError, match=rf"the model needs {needed:g} GPU a worker, and 4 are visible; ask for \d"):
        _gpus_of_each(FOUR, needed, workers)


@pytest.mark.parametrize(
    ("resources", "gpus", "room"),
    [
        ({"CPU": 16.0, "GPU": 4.0}, 1.0, 4),
        ({"CPU": 16.0, "GPU": 4.0}, 0.1, 16),
        ({"CPU": 64.0, "GPU": 1.0}, 0.1, 10),
        ({"CPU": 16.0, "GPU": 4.0}, 3.0, 1),
        ({"CPU": 16.0}, 1.0, 0),
        ({"CPU": 16.0}, 0.0, 16),
    ],
)
def test_room_on_a_computer_of_a_cluster(resources: dict[str, float], gpus: float, room: int) -> None:
    assert _room_on(resources, gpus) == room


@pytest.mark.parametrize("gpus", [-1, 1.5, "two"])
def test_a_share_that_no_gpu_can_be_cut_into_is_no_fact(gpus: object) -> None:
    for registry, more in ((T2I, {"modes": ["text"]}), (METRICS, {"full_reference": True, "higher_is_better": True})):
        with pytest.raises(CMCError, match="the fact 'gpus' must be a share of one GPU"):
            registry.register("too-large", gpus=gpus, **more)


def test_workers_on_a_cpu_have_as_many_threads_as_one_process() -> None:
    """Another number of threads would change pictures by a level here and there."""
    entry = T2I.find("tiny", "somewhere", UNNAMED_FAMILY)
    loader = DecoderLoader((), torch.device("cpu"), entry, "somewhere", {}, torch.float32)
    assert _places(loader, 3) == [{}, {}, {}]
