import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from timm.models.vision_transformer import VisionTransformer
from torchvision import transforms

from cmc.core.errors import CMCError
from cmc.metrics.base import Metric
from cmc.metrics.dreamsim import BACKBONE, CONFIG, LORA
from cmc.metrics.weight_files import check_weights
from cmc.registry import METRICS
from tests.conftest import photo
from tests.tiny_iqa import enliven

CPU = torch.device("cpu")
ALPHA, RANK = 3, 2
# As PEFT names what it adds to the first of DreamSim's networks.
PREFIX = "base_model.model.extractor_list.0.model."


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """A small transformer of DINO's kind, and an adapter as DreamSim releases it."""
    with torch.random.fork_rng():
        torch.manual_seed(1)
        network = _network()
        halves = {
            f"{PREFIX}blocks.{block}.attn.qkv.lora_{half}.weight": torch.randn(shape) * 0.2
            for block in range(2)
            for half, shape in {"A": (RANK, 64), "B": (192, RANK)}.items()
        }
    torch.save(network.state_dict(), tmp_path / BACKBONE)
    (tmp_path / LORA).mkdir()
    save_file(halves, tmp_path / LORA / "adapter_model.safetensors")
    (tmp_path / CONFIG).write_text(json.dumps({"r": RANK, "lora_alpha": ALPHA, "target_modules": ["qkv"]}))
    return tmp_path


def _network() -> VisionTransformer:
    network = VisionTransformer(224, 56, num_classes=0, embed_dim=64, depth=2, num_heads=1)
    enliven(network)
    return network


@contextmanager
def _adapted(network: VisionTransformer, adapter: dict[str, torch.Tensor]) -> Iterator[list[torch.Tensor]]:
    """Inside, the network runs with its adapter beside its weights, as PEFT has it, and leaves its last tokens here."""
    tokens: list[torch.Tensor] = []
    for index, block in enumerate(network.blocks):
        down, up = (adapter[f"{PREFIX}blocks.{index}.attn.qkv.lora_{half}.weight"] for half in "AB")
        block.attn.qkv.register_forward_hook(
            lambda _, inputs, output, down=down, up=up: output + inputs[0] @ down.T @ up.T * (ALPHA / RANK)
        )
    network.blocks[-1].register_forward_hook(lambda _, inputs, output: tokens.append(output))
    yield tokens


def _metric(weights: Path) -> Metric:
    return METRICS.get("dreamsim").create(weights, CPU, torch.float32)


def test_it_is_the_distance_of_the_package_dreamsim(weights: Path) -> None:
    check_weights(weights, [METRICS.get("dreamsim")])
    photograph = photo("coffee.png").resize((272, 240))
    gt, blurred = np.asarray(photograph), np.asarray(photograph.resize((30, 25)).resize(photograph.size))
    scores = _metric(weights).score([blurred, gt, 255 - gt], gt)
    network = _network()
    network.load_state_dict(torch.load(weights / BACKBONE, weights_only=True))
    prepare = transforms.Compose(
        [
            transforms.Resize((224, 224), interpolation=transforms.InterpolationMode.BICUBIC),
            transforms.ToTensor(),
            transforms.Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
        ]
    )
    adapter = load_file(weights / LORA / "adapter_model.safetensors")
    with torch.inference_mode(), _adapted(network, adapter) as tokens:
        for picture in (gt, blurred, 255 - gt):
            network(prepare(Image.fromarray(picture))[None])
    embeddings = [token[0, 0] - token[0, 0].mean() for token in tokens]
    expected = [1 - float(torch.cosine_similarity(embeddings[0], other, dim=0)) for other in embeddings]
    assert scores == pytest.approx([expected[1], 0, expected[2]], abs=2e-6)
    assert 5e-4 < scores[0] < scores[2]


def test_whatever_does_not_fit_is_named(weights: Path) -> None:
    path = weights / LORA / "adapter_model.safetensors"
    adapter = load_file(path)
    save_file({**adapter, "mlp.lora_A.weight": torch.zeros(2)}, path)
    with pytest.raises(CMCError, match=r"holds mlp\.lora_A\.weight, which is no LoRA of DINO's attention"):
        _metric(weights)
    save_file({name: value for name, value in adapter.items() if "blocks.0.attn.qkv.lora_B" not in name}, path)
    with pytest.raises(CMCError, match="does not fit dino_vitbase16_pretrain"):
        _metric(weights)
    save_file(adapter, path)
    state = torch.load(weights / BACKBONE, weights_only=True)
    torch.save({**state, "stray": torch.zeros(1)}, weights / BACKBONE)
    with pytest.raises(CMCError, match=r"is no transformer of DINO .*1 unknown: stray"):
        _metric(weights)
    torch.save(state, weights / BACKBONE)
    (weights / CONFIG).write_text('{"r": 0, "lora_alpha": 1}')
    with pytest.raises(CMCError, match="is no configuration of LoRA"):
        _metric(weights)
