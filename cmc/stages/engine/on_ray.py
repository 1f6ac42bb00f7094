"""Workers as actors of Ray, here or on a cluster: https://docs.ray.io, written for version 2.60."""

import logging
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cmc.core.device import pick_device
from cmc.core.errors import CMCError, reason
from cmc.stages.engine.away import AwayCrew, Remote, WorkerDiedError
from cmc.stages.engine.base import About, Crew, Engine, Item, Loader, Result
from cmc.stages.engine.host import Host, Order, Reply
from cmc.stages.engine.ledger import Ledger
from cmc.stages.engine.local import THREADS

if TYPE_CHECKING:
    import torch

INSTALL = 'pip install "cmc[cluster]"'
# Read by Ray when it is imported: no statistics sent home, nothing of its own among what a command prints (it keeps
# logs in files), and no GPU hidden from the driver.
_QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_DEDUP_LOGS_SKIP_REGEX": ".",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
}
# A worker's share of its computer's cores, as Ray counts them.
CPUS = 1


class OnRay(Engine):
    """`workers` actors (None or 0: as many as the cluster has room for now) on the cluster at `address`, or, for None,
    on one that starts here and ends with this engine. Where a program has called `ray.init` itself, on that.

    Raises CMCError where Ray is not installed.
    """

    def __init__(self, workers: int | None, address: str | None, dollars_per_hour: float | None = None) -> None:
        super().__init__(dollars_per_hour)
        self._workers, self._address = workers, address
        self._started = False
        load_ray()

    def device(self, name: str) -> "torch.device":
        """`auto` is a GPU where the cluster has any; the driver's computer need not have one."""
        import torch

        self._start()
        if name == "auto":
            name = "cuda" if load_ray().cluster_resources().get("GPU") else "cpu"
        try:
            device = torch.device(name)
        except RuntimeError as error:
            raise CMCError(f"--device {name} is none ({reason(error)}); leave it out to take what is there") from error
        if device.index is not None:
            raise CMCError(f"--device {name}: Ray shares out the GPUs; name none, as {device.type}")
        return device

    def device_here(self, name: str) -> "torch.device":
        return pick_device("auto")

    def _hire(self, loader: Loader[About, Item, Result]) -> Crew[About, Item, Result]:
        self._start()
        count = self._workers or _room(loader.gpus_here)
        order = Order.of(loader, {THREADS: _threads()})
        host = (
            load_ray()
            .remote(Host)
            .options(
                num_cpus=CPUS,
                num_gpus=loader.gpus_here,
                max_restarts=-1,
                max_task_retries=0,
                # One call is in flight, so order is no matter; kept, one started anew waits half a minute for a call
                # that its predecessor died with, and drops those that came after.
                allow_out_of_order_execution=True,
            )
        )
        actors = [_Actor(host.remote(order)) for _ in range(count)]
        return AwayCrew(actors, _wait, Ledger(count, self.dollars_per_hour))

    def _start(self) -> None:
        ray = load_ray()
        if ray.is_initialized():
            return
        try:
            ray.init(
                address=self._address or "local",
                include_dashboard=False if self._address is None else None,
                log_to_driver=False,
                logging_level=logging.ERROR,
            )
        except Exception as error:  # what it raises differs by what is wrong with the cluster
            where = f"--ray_address {self._address}" if self._address else "--engine ray"
            raise CMCError(f"{where}: Ray does not start ({reason(error)}); see docs/cluster.md") from error
        self._started = True

    def close(self) -> None:
        super().close()
        if self._started:
            load_ray().shutdown()
            self._started = False


def load_ray() -> Any:
    """The package. Raises CMCError where it is not installed."""
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    try:
        import ray
    except ImportError as error:
        raise CMCError(f"--engine ray needs ray: {INSTALL}") from error
    logging.getLogger("ray").setLevel(logging.ERROR)
    return ray


def _threads() -> str:
    """As many as this process has, where Ray would give one each: another number changes pictures by a level."""
    import torch

    return os.environ.get(THREADS, str(torch.get_num_threads()))


def _room(gpus: float) -> int:
    """How many workers the cluster has room for, each with a share of one computer's GPUs.

    Raises CMCError where there is none.
    """
    computers = [node["Resources"] for node in load_ray().nodes() if node["Alive"]]
    room = sum(_room_on(resources, gpus) for resources in computers)
    if not room:
        raise CMCError(f"the model needs {gpus:g} GPU a worker, and no computer of the cluster has as many")
    return room


def _room_on(resources: dict[str, float], gpus: float) -> int:
    cpus = int(resources.get("CPU", 0) / CPUS)
    # An epsilon, since a tenth of a GPU fits ten times.
    return min(cpus, int(resources.get("GPU", 0) / gpus + 1e-6)) if gpus else cpus


class _Actor(Remote):
    """An actor, which Ray starts again, wherever there is room, as often as it dies.

    Calls are not tried again by Ray, which would bind an item to an actor that may wait for a computer for ever: it is
    given to any worker that is there, and three times at most.
    """

    def __init__(self, actor: Any) -> None:
        self._actor = actor
        self.reference: Any = None

    def send(self, method: str, *argument: object) -> None:
        if method == "about":
            # The model is not loaded before the actor is there, however long that takes.
            there = self._actor.ping.options(max_task_retries=-1).remote()
            self.reference = self._actor.about.remote(there)
        else:
            self.reference = getattr(self._actor, method).remote(*argument)

    def receive(self) -> Reply:
        exceptions = load_ray().exceptions
        try:
            reply: Reply = load_ray().get(self.reference)
        except exceptions.RayTaskError as error:
            raise _no_worker(error) from error
        except exceptions.RayError as error:
            if getattr(error, "actor_init_failed", False):
                raise _no_worker(error) from error
            raise WorkerDiedError from error
        return reply

    def revive(self) -> None:
        """Ray does."""

    def kill(self) -> None:
        load_ray().kill(self._actor, no_restart=True)


def _no_worker(error: Exception) -> CMCError:
    """Of what Ray tells with a traceback; what is wrong stands at its end."""
    *_, last = str(error).strip().splitlines()
    return CMCError(f"a worker could not start ({reason(last)}); see docs/cluster.md")


def _wait(remotes: Sequence[Remote]) -> Sequence[Remote]:
    by_reference = {remote.reference: remote for remote in remotes if isinstance(remote, _Actor)}
    ready, _ = load_ray().wait(list(by_reference), num_returns=1)
    return [by_reference[reference] for reference in ready]
