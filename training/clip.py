"""The tiny CLIP: CLIP (Radford et al., 2021) with 2 M parameters, whose maps by CLIP Surgery are taught where a scene's
object and setting are."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from transformers import CLIPConfig, CLIPModel, CLIPTokenizer, CLIPVisionConfig

from cmc.maps.item_map import SIDE as BITS
from cmc.maps.map_maker import MapMaker
from cmc.maps.templates import sentences
from cmc.scenes.render import SIDE
from cmc.scenes.where import overlap, scene_maps
from training.clip_batches import Batch, draw_batch, item_names
from training.clip_losses import ClipWithLosses
from training.data import SCENES, SceneSet, scene_set
from training.loop import train
from training.miniature import WIDTH, text_config, tokenizer
from training.options import parse_options

# One more than CLIP Surgery gives a second path.
LAYERS = 7


def clip(tokens: CLIPTokenizer) -> CLIPModel:
    """Random weights; a patch for each bit of a map."""
    vision = CLIPVisionConfig(
        hidden_size=WIDTH,
        intermediate_size=3 * WIDTH,
        num_attention_heads=4,
        num_hidden_layers=LAYERS,
        image_size=SIDE,
        patch_size=SIDE // BITS,
    )
    return CLIPModel(CLIPConfig(text_config=text_config(tokens), vision_config=vision, projection_dim=WIDTH))


def measure(folder: Path, data: SceneSet) -> tuple[float, float]:
    """Mean intersection over union of maps, made as `cmc maps` makes them, with the true ones: of objects, settings."""
    maker = MapMaker(str(folder), torch.device("cpu"), torch.float32)
    overlaps = []
    for image, region, names in zip(data.images, data.regions, item_names(data), strict=True):
        overlaps.append(overlap(maker.maps_for(names, Image.fromarray(image)), scene_maps(region)))
    of_objects, of_settings = np.mean(overlaps, 0).tolist()
    return of_objects, of_settings


def main() -> None:
    """Train on scenes, write the model and print how good its maps of others are."""
    options = parse_options(__doc__, steps=700)
    torch.manual_seed(options.seed)
    data = scene_set(options.work, "train", SCENES)
    names = item_names(data)
    tokens = tokenizer([*sentences(""), *(name for pair in names for name in pair)])
    network = ClipWithLosses(clip(tokens)).to(options.device)

    # No half precision: on CPUs without bf16 of their own it takes ten times as long.
    def loss(step: int) -> torch.Tensor:
        batch = draw_batch(data, names, tokens, np.random.default_rng([options.seed, step]))
        return network(Batch(*(values.to(options.device) for values in batch)))

    checkpoint = options.work / "clip.pt"
    trained = train(network, loss, options.steps, 1e-3, checkpoint, decay=0.99, cooldown=options.steps // 6)
    folder = options.out / "clip"
    trained.clip.cpu().half().save_pretrained(folder)
    tokens.save_pretrained(folder)
    of_objects, of_settings = measure(folder, scene_set(options.work, "validation", 90))
    print(f"validation, 90 scenes: maps' IoU {of_objects:.3f} of objects, {of_settings:.3f} of settings")


if __name__ == "__main__":
    main()
