"""A tiny Q-Align in the files of the published one, and what pyiqa itself makes of it.

Run in place of Python, with the arguments that start cmc's process: it writes the folder named there, and beside it
`found.json` on the pictures of `pictures.npy` there, then becomes that process. One for both, since pyiqa's imports
take longer than all else, and a process of its own, since they change transformers.
"""

import json
import os
import runpy
import shutil
import sys
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

TASKS = ("quality", "aesthetics")
QUESTION = "USER: How would you rate the {task} of this image? ASSISTANT: The {task} of the image is"
TEXT = [*(QUESTION.format(task=task) for task in TASKS), "excellent good fair poor bad"]
SIZES = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 2}
SIDE, PATCH = 56, 14
WEIGHTS = "model.safetensors"


def save_tokenizer(folder: Path) -> None:
    """Llama's in its form of 2023: sentencepiece's model, and settings."""
    import sentencepiece

    model = BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(TEXT * 20), model_writer=model, vocab_size=400, model_type="bpe",
        byte_fallback=True, hard_vocab_limit=False, minloglevel=2, unk_id=0, bos_id=1, eos_id=2, pad_id=-1,
    )  # fmt: skip
    (folder / "tokenizer.model").write_bytes(model.getvalue())
    settings = {"tokenizer_class": "LlamaTokenizer", "add_bos_token": True, "add_eos_token": False, "legacy": False}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")


def save_network(folder: Path) -> None:
    """Random weights, in halves, with a last layer so large that answers lean."""
    import torch
    from pyiqa.archs.q_align import modeling_mplug_owl2 as owl

    vision = owl.MplugOwlVisionConfig(**SIZES, image_size=SIDE, patch_size=PATCH)
    abstractor = owl.MplugOwlVisualAbstractorConfig(
        **SIZES, num_learnable_queries=4, encoder_hidden_size=32, grid_size=SIDE // PATCH
    )
    visual = {"visual_model": vision.to_dict(), "visual_abstractor": abstractor.to_dict()}
    vocabulary = len(owl.LlamaTokenizer.from_pretrained(folder))
    torch.manual_seed(0)
    network = owl.MPLUGOwl2LlamaForCausalLM(owl.MPLUGOwl2Config(vocab_size=vocabulary, visual_config=visual, **SIZES))
    with torch.no_grad():
        for weights in network.parameters():
            if weights.dim() > 1:
                weights.mul_(8)
        network.lm_head.weight.mul_(2)
    network.half().save_pretrained(folder)


def pyiqas(pictures: "np.ndarray") -> dict[str, list[float]]:
    """By pyiqa's own constructor, which takes a folder of that name below the current one for the hub's repository."""
    import torch
    from pyiqa.archs.q_align.visual_encoder import MplugOwlVisualAbstractorModel as Abstractor
    from pyiqa.archs.qalign_arch import QAlign

    network, tensors = QAlign(), torch.from_numpy(pictures).permute(0, 3, 1, 2) / 255
    assert not hasattr(Abstractor, "invert_attention_mask"), "then cmc need not give it one"
    # What is masked is nothing, ever.
    Abstractor.invert_attention_mask = lambda _, mask: torch.zeros_like(mask)[:, None, None].half()
    scores = {task: [float(network(one[None], task_=task)) for one in tensors] for task in TASKS}
    del Abstractor.invert_attention_mask
    return scores


def cmcs(folder: Path, pictures: "np.ndarray", task: str) -> list[float]:
    """By cmc's process, were it this one."""
    from cmc.metrics.qalign_child import load, score

    network = load(folder, "cpu")
    return [score(network, "cpu", task, picture) for picture in pictures]


def refusals(folder: Path) -> list[str]:
    """What cmc's process, were it this one, says of weights of which one is missing, unknown, of another shape."""
    from multiprocessing import Pipe

    import torch
    from safetensors.torch import load_file, save_file

    from cmc.metrics.qalign_child import answer

    damaged = shutil.copytree(folder, folder.parent / "damaged")
    state, (ours, theirs) = load_file(folder / WEIGHTS), Pipe(duplex=False)
    name = "model.layers.1.self_attn.k_proj.multiway.1.weight"
    less = {key: value for key, value in state.items() if key != name}
    told = []
    for weights in (less, {**state, "head.bias": torch.zeros(3)}, {**less, name: state[name][:-1].clone()}):
        save_file(weights, damaged / WEIGHTS, metadata={"format": "pt"})
        answer(theirs, damaged, "cpu", TASKS[0])
        told.append(str(ours.recv()))
    return told


def write(folder: Path) -> None:
    """All there is to write."""
    import numpy as np
    from transformers import CLIPImageProcessor
    from transformers.models.llama.modeling_llama import LlamaModel

    plain = LlamaModel.forward
    save_tokenizer(folder)
    CLIPImageProcessor(size={"shortest_edge": SIDE}, crop_size={"height": SIDE, "width": SIDE}).save_pretrained(folder)
    hub = folder.parent / "hub" / "q-future"
    hub.mkdir(parents=True)
    (hub / "one-align").symlink_to(folder, target_is_directory=True)
    os.chdir(hub.parent)
    save_network(folder)
    assert LlamaModel.forward is not plain, "then cmc need not keep away from it"
    pictures = np.load(folder.parent / "pictures.npy")
    found = {
        "pyiqa": pyiqas(pictures),
        "aesthetics": cmcs(folder, pictures, "aesthetics"),
        "refusals": refusals(folder),
    }
    (folder.parent / "found.json").write_text(json.dumps(found), encoding="utf-8")
    os.chdir(folder.parent)
    shutil.rmtree(hub.parent)


def main() -> None:
    """Arguments: -m, the module of cmc's process, and its own."""
    _, _, module, _, folder, *_ = sys.argv
    write(Path(folder))
    del sys.argv[:2]
    runpy.run_module(module, run_name="__main__")


if __name__ == "__main__":
    main()
