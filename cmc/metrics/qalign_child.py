"""The process that computes Q-Align by pyiqa's code: run by `QAlignProcess`, it answers until its metric is gone."""

import signal
import sys
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cmc.core.errors import CMCError
from cmc.core.faults import faults_told
from cmc.metrics.embedding import load_network, load_part
from cmc.metrics.pyiqa_untrained import replaced_names

if TYPE_CHECKING:
    import torch

KIND = "Q-Align"


class FromFolder:
    """In place of a class of transformers that pyiqa's code has load a repository of the hub, whose code it trusts: the
    same class loads the user's folder, and no code of it."""

    def __init__(self, part: Any, folder: Path) -> None:
        self._part, self._folder = part, folder

    def from_pretrained(self, hub_id: str, **_: object) -> Any:
        return load_part(self._folder, self._part, KIND)


class NetworkFromFolder(FromFolder):
    """As FromFolder, of a class with weights: in half precision, every key in its place."""

    def from_pretrained(self, hub_id: str, **_: object) -> Any:
        return load_network(self._folder, self._part, KIND, dtype="float16", use_safetensors=None)


def load(folder: Path, device: str) -> "torch.nn.Module":
    """pyiqa's network, weights from a folder as the hub has it. Raises CMCError for a folder of anything else.

    For a process of its own: transformers' Llama is another one afterwards.
    """
    from pyiqa.archs import qalign_arch
    from pyiqa.archs.q_align import modeling_mplug_owl2 as owl
    from pyiqa.archs.q_align.visual_encoder import MplugOwlVisualAbstractorModel as Abstractor

    if not hasattr(Abstractor, "invert_attention_mask"):  # of older transformers, which pyiqa counts on
        Abstractor.invert_attention_mask = _hidden
    parts = {part.__name__: FromFolder(part, folder) for part in (owl.LlamaTokenizer, owl.CLIPImageProcessor)}
    network = {"MPLUGOwl2LlamaForCausalLM": NetworkFromFolder(owl.MPLUGOwl2LlamaForCausalLM, folder)}
    with replaced_names(owl, parts), replaced_names(qalign_arch, {**parts, **network}):
        return qalign_arch.QAlign().eval().to(device)


def _hidden(network: Any, mask: "torch.Tensor") -> "torch.Tensor":
    """What to add to attention's logits so that nothing looks where a mask, (n, length), is 0: (n, 1, 1, length)."""
    import torch

    return (1 - mask[:, None, None].to(network.dtype)) * torch.finfo(network.dtype).min


def score(network: "torch.nn.Module", device: str, task: str, picture: np.ndarray) -> float:
    """Of (height, width, 3) uint8 RGB, from 1 to 5."""
    import torch

    tensor = torch.from_numpy(picture).to(device).permute(2, 0, 1)[None].float().div(255)
    return float(network(tensor, task_=task))


def answer(pipe: Connection, folder: Path, device: str, task: str) -> None:
    """Load, then score each picture that comes through the pipe, or say why not; EOFError where it is closed."""
    try:
        with faults_told(f"loading {folder}"):
            network = load(folder, device)
    except CMCError as error:
        return pipe.send(error)
    pipe.send(None)
    while True:
        picture = pipe.recv()
        try:
            with faults_told(KIND):
                pipe.send(score(network, device, task, picture))
        except CMCError as error:
            pipe.send(error)


def main() -> None:
    """Handle of the pipe, folder, device and task are the arguments."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the metric sees to the rest
    handle, folder, device, task = sys.argv[1:]
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        answer(Connection(int(handle)), Path(folder), device, task)


if __name__ == "__main__":
    main()
