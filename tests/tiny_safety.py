"""A tiny safety checker, in the published one's files and under its names."""

from pathlib import Path

import torch
from diffusers.pipelines.stable_diffusion.safety_checker import StableDiffusionSafetyChecker
from safetensors.torch import load_file, save_file
from transformers import CLIPConfig, CLIPImageProcessor

SIDE, WIDTH = 32, 16


def save_checker(folder: Path, thresholds: float = 2.0, **by_concept: float) -> Path:
    """Random weights; `thresholds`: of all concepts; by_concept: of some, as `concept_3=0.1, special_0=-2`.

    The checkpoint of 2022 holds a further `vision_model.` before its encoder's names, and a table of positions, which
    libraries of today leave out.
    """
    torch.manual_seed(0)
    sizes = {"hidden_size": 32, "intermediate_size": 37, "num_attention_heads": 4, "num_hidden_layers": 1}
    vision = sizes | {"image_size": SIDE, "patch_size": 8}
    checker = StableDiffusionSafetyChecker(CLIPConfig(vision_config=vision, text_config=sizes, projection_dim=WIDTH))
    tables = {"concept": checker.concept_embeds_weights, "special": checker.special_care_embeds_weights}
    with torch.no_grad():
        for embeddings in (checker.concept_embeds, checker.special_care_embeds):
            embeddings.copy_(torch.randn(embeddings.shape))
        for table in tables.values():
            table.fill_(thresholds)
        for name, threshold in by_concept.items():
            kind, _, place = name.partition("_")
            tables[kind][int(place)] = threshold
    checker.save_pretrained(folder)
    CLIPImageProcessor(size={"shortest_edge": SIDE}, crop_size={"height": SIDE, "width": SIDE}).save_pretrained(folder)
    weights = load_file(folder / "model.safetensors")
    older = {f"vision_model.{name}" if name.startswith("vision_model.") else name: w for name, w in weights.items()}
    older["vision_model.vision_model.embeddings.position_ids"] = torch.arange((SIDE // 8) ** 2 + 1)[None]
    save_file(older, folder / "model.safetensors", {"format": "pt"})
    return folder
