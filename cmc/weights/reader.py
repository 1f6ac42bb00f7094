"""Reading a file of weights: nothing but tensors and plain values, and none of the code that it may hold is run."""

import contextlib
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from cmc.core.errors import CMCError, reason

# The entry of a safetensors file's metadata that holds further fields as JSON. One entry, since several come in any
# order.
ABOUT = "about"
# What a network trained on several GPUs puts before each name.
PARALLEL = "module."
# Where a safetensors file's tensors stand in its document.
STATE = "params"


def check_is_there(path: Path) -> None:
    """Raise CMCError when there is no such file."""
    if not path.is_file():
        raise CMCError(f"{path} is missing; download it from the model's authors and put it there")


def load_fault(error: BaseException) -> str:
    """Why a library could not read weights. Where torch would advise to run what the file holds, our own words."""
    texts = []
    link: BaseException | None = error
    while link is not None:
        texts.append(str(link))
        link = link.__cause__ or link.__context__
    story = "\n".join(texts)
    if "weights_only" not in story:
        return reason(error)
    wanted = re.search(r"GLOBAL (\S+)", story)
    return f"it asks for {wanted[1]}, which is no weight" if wanted else "it is no plain table of weights"


@contextlib.contextmanager
def damage_told(path: Path) -> Iterator[None]:
    """Whatever a format raises on rubbish becomes a CMCError that names the file."""
    try:
        yield
    except Exception as error:  # pickle, zip, safetensors and torch raise kinds of their own
        raise CMCError(
            f"{path} cannot be read: what is there ({path.stat().st_size:,} bytes) is damaged or holds more than "
            f"weights, and nothing in it was run ({load_fault(error)}); download it again"
        ) from error


def read_document(path: Path, data: bytes | None = None) -> Mapping[str, Any]:
    """What a `.safetensors`, `.ckpt`, `.pth`, `.pt` or `.bin` file holds, as it is; `data`: its bytes, if read already.

    Of a safetensors file, `{"params": tensors}` and the fields of its metadata's `about`. Raises CMCError when it is
    missing, damaged, or holds anything but tensors and plain values by name (`weights_only=True`).
    """
    import torch

    check_is_there(path)
    with damage_told(path):
        if path.suffix == ".safetensors":
            return _read_safetensors(path, data)
        document = torch.load(path if data is None else io.BytesIO(data), map_location="cpu", weights_only=True)
    if not isinstance(document, Mapping):
        raise CMCError(f"{path} holds a {type(document).__name__}, expected a table of weights; download it again")
    return document


def _read_safetensors(path: Path, data: bytes | None) -> dict[str, Any]:
    from safetensors.torch import load, load_file

    tensors = load_file(path) if data is None else load(data)
    with path.open("rb") if data is None else io.BytesIO(data) as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
    fields = header.get("__metadata__", {}).get(ABOUT, "{}")
    return {STATE: tensors, **json.loads(fields)}


def unwrap(document: Mapping[str, Any], wrappers: Sequence[str]) -> dict[str, Any]:
    """The entries of a document by name, taken out of the tables `wrappers` that training frameworks put around them.

    Where there are several, the first one's; where they lie in each other, the innermost's.
    """
    table = document
    for wrapper in wrappers:
        if isinstance(table.get(wrapper), Mapping):
            table = table[wrapper]
    return {str(name).removeprefix(PARALLEL): value for name, value in table.items()}
