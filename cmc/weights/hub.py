"""A folder, or the id of a repository on the hub: either way a folder of this machine."""

import contextlib
import queue
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from cmc.core.errors import CMCError, reason

# Seconds in which the hub must say that it has a repository; a download that has begun may take hours.
PATIENCE = 4.0
# Seconds without a byte after which a download that libraries make of their own has failed.
STALL = 8.0
# A repository to ask for when any will do, that of the backbone most in use.
PULSE = "timm/resnet50.a1_in1k"


def download_snapshot(repository: str, only_here: bool = False, patterns: Sequence[str] | None = None) -> str:
    """The folder of a repository's files, fetched where they are not in the hub's cache, unless `only_here`;
    `patterns`: of these alone."""
    from huggingface_hub import snapshot_download

    allowed = None if patterns is None else list(patterns)
    return snapshot_download(repository, allow_patterns=allowed, local_files_only=only_here)


def local_folder(
    name: str, advice: str, must_hold: str = "", download: Callable[[str, bool], str] = download_snapshot
) -> Path:
    """`name` itself where that is a folder, else what `download` makes of it as an id on the hub.

    must_hold: a file without which a folder is not what is asked for; advice: what a user can do instead; download:
    of an id, and whether from the hub's cache alone. Raises CMCError when the folder lacks that file, and when there is
    neither folder nor repository.
    """
    only_here = is_only_here(name, advice)
    folder = Path(name)
    if folder.is_dir():
        if must_hold and not (folder / must_hold).is_file():
            raise CMCError(f"{folder} has no {must_hold}; {advice}")
        return folder
    try:
        return Path(download(name, only_here))
    except Exception as error:  # the hub's client raises many kinds
        raise CMCError(f"cannot fetch {name!r} ({reason(error)}); {advice}") from error


def is_only_here(name: str, advice: str) -> bool:
    """Whether a checkpoint must be loaded from this machine alone: a folder, or a hub id while the hub cannot serve it.

    Raises CMCError when it is neither here nor on the hub, which is known in PATIENCE seconds.
    """
    if Path(name).is_dir():
        return True
    if Path(name).exists():
        raise CMCError(f"{name} is a file, expected a folder or the id of a repository on the hub; {advice}")
    if _is_path(name):
        raise CMCError(f"no folder {name}; {advice}")
    trouble = _ask_hub(name)
    if trouble and not _is_cached(name):
        raise CMCError(f"cannot fetch {name!r}, which is no folder here ({trouble}); {advice}")
    return bool(trouble)


@contextlib.contextmanager
def bounded_downloads() -> Iterator[None]:
    """What libraries fetch inside, of their own, fails when nothing arrives for STALL seconds, and comes from the hub's
    cache alone where the hub does not answer. Settings of the whole process: no other thread should be fetching.
    """
    from huggingface_hub import constants

    timeout, offline = socket.getdefaulttimeout(), constants.HF_HUB_OFFLINE
    socket.setdefaulttimeout(STALL)
    constants.HF_HUB_OFFLINE = offline or bool(_ask_hub(PULSE))
    try:
        yield
    finally:
        socket.setdefaulttimeout(timeout)
        constants.HF_HUB_OFFLINE = offline


def _is_path(name: str) -> bool:
    """Whether a name is not of the shape `model` or `organisation/model`, and so can only be meant as a folder."""
    parts = name.split("/")
    return name.startswith((".", "~")) or "\\" in name or len(parts) > 2 or "" in parts


def _is_cached(name: str) -> bool:
    """Whether the hub's cache has something of a repository."""
    try:
        return bool(download_snapshot(name, only_here=True))
    except Exception:  # the hub's client raises many kinds
        return False


def _ask_hub(name: str) -> str:
    """Why the hub cannot serve a repository, "" if it can; a hub that takes longer than PATIENCE cannot."""
    answers: queue.SimpleQueue[str] = queue.SimpleQueue()
    # Neither looking up the hub's address nor an answer in drips heeds a timeout, so the whole is left behind instead.
    threading.Thread(target=lambda: answers.put(_fault(name)), daemon=True).start()
    try:
        return answers.get(timeout=PATIENCE)
    except queue.Empty:
        return f"the hub gave no answer within {PATIENCE:g} s"


def _fault(name: str) -> str:
    from huggingface_hub import HfApi, errors

    try:
        HfApi().model_info(name, timeout=PATIENCE)
    except errors.RepositoryNotFoundError:
        return "the hub has no such repository, or shows it only after hf auth login"
    except errors.OfflineModeIsEnabled:
        return "HF_HUB_OFFLINE is set, and the hub's cache does not hold it"
    except errors.HfHubHTTPError as error:
        return f"the hub answers {error.response.status_code}"
    except Exception as error:  # of the network, of a proxy that answers with a page, of a name that no repository has
        return f"the hub cannot be reached: {reason(error)}"
    return ""
