"""The tiny captioner: BLIP (Li et al., 2022) with 2 M parameters and a vocabulary of its own."""

import string
from pathlib import Path

import numpy as np
import torch
from transformers import (
    BertTokenizer,
    BlipConfig,
    BlipForConditionalGeneration,
    BlipImageProcessor,
    BlipProcessor,
)

from cmc.core.files import write_atomic
from cmc.scenes.attributes import COLOURS, KINDS, POSITIONS, named_attributes
from training.data import SCENES, SceneSet, scene_set
from training.loop import arguments, train

BATCH, SHIFT = 64, 6
PATCH, WIDTH = 16, 160
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
OBJECTS = [name for kind in KINDS.values() for name in kind.objects]
SETTINGS = [name for kind in KINDS.values() for name in kind.settings]
# What the whole picture is asked for: object, colour, setting, and where the object is.
WHOLE = [len(OBJECTS), len(COLOURS), len(SETTINGS), len(POSITIONS)]


def processor(folder: Path, texts: list[str]) -> BlipProcessor:
    """Whole words of `texts` as tokens, letters for the rest; pictures at 128x128."""
    words = sorted({word.strip(".,").lower() for text in texts for word in text.split()})
    letters = list(string.ascii_lowercase + string.digits + string.punctuation)
    pieces = [f"##{letter}" for letter in string.ascii_lowercase + string.digits]
    vocabulary = list(dict.fromkeys([*SPECIAL, *letters, *pieces, *words]))
    write_atomic(folder / "vocab.txt", "\n".join(vocabulary).encode())
    tokens = BertTokenizer(str(folder / "vocab.txt"), model_max_length=48)
    grey = [0.5, 0.5, 0.5]
    pictures = BlipImageProcessor(size={"height": 128, "width": 128}, image_mean=grey, image_std=grey)
    return BlipProcessor(pictures, tokens)


def captioner(tokens: BertTokenizer) -> BlipForConditionalGeneration:
    """Random weights."""
    sizes = {"hidden_size": WIDTH, "intermediate_size": 3 * WIDTH, "num_attention_heads": 4}
    vision = sizes | {"num_hidden_layers": 4, "image_size": 128, "patch_size": PATCH}
    special = {
        "bos_token_id": tokens.cls_token_id,
        "eos_token_id": tokens.sep_token_id,
        "sep_token_id": tokens.sep_token_id,
        "pad_token_id": tokens.pad_token_id,
    }
    text = (
        sizes
        | special
        | {
            "vocab_size": len(tokens),
            "encoder_hidden_size": WIDTH,
            "num_hidden_layers": 2,
            "max_position_embeddings": 48,
        }
    )
    config = BlipConfig(text_config=text, vision_config=vision, projection_dim=WIDTH)
    return BlipForConditionalGeneration(config)


class Taught(torch.nn.Module):
    """The captioner with heads that are thrown away after training: what each patch and the whole picture show.

    A transformer that starts from nothing learns to see far sooner from labels per patch than from words alone.
    """

    def __init__(self, captioner: BlipForConditionalGeneration) -> None:
        super().__init__()
        self.captioner = captioner
        self.patch = torch.nn.Linear(WIDTH, len(OBJECTS) + len(COLOURS) + 2)
        self.whole = torch.nn.Linear(WIDTH, sum(WHOLE))

    def forward(self, batch: dict[str, torch.Tensor]) -> torch.Tensor:
        seen = self.captioner.vision_model(pixel_values=batch["pixels"]).last_hidden_state
        labels = batch["tokens"].masked_fill(batch["mask"] == 0, -100)
        words = self.captioner.text_decoder(
            input_ids=batch["tokens"],
            attention_mask=batch["mask"],
            encoder_hidden_states=seen,
            labels=labels,
            reduction="mean",
        ).loss
        patches = self.patch(seen[:, 1:]).flatten(0, 1).split([len(OBJECTS) + 1, len(COLOURS) + 1], dim=1)
        whole = self.whole(seen[:, 0]).split(WHOLE, dim=1)
        guesses = zip((*patches, *whole), (*batch["patches"], *batch["whole"]), strict=True)
        return words + 0.3 * sum(torch.nn.functional.cross_entropy(guess, truth) for guess, truth in guesses)


def labels(data: SceneSet, chosen: np.ndarray) -> torch.Tensor:
    """Object, colour and setting of each scene as numbers, int64 (3, n)."""
    shown = [data.shown[i] for i in chosen]
    colours = list(COLOURS)
    rows = [(OBJECTS.index(s.object), colours.index(s.colour), SETTINGS.index(s.setting)) for s in shown]
    return torch.tensor(rows).T


def draw(data: SceneSet, tokens: BertTokenizer, rng: np.random.Generator) -> dict[str, torch.Tensor]:
    """A batch, each picture moved by a few pixels."""
    chosen = rng.integers(0, len(data.images), BATCH)
    moves = rng.integers(-SHIFT, SHIFT + 1, (BATCH, 2))
    side = data.images.shape[1]
    images, regions = [], []
    for index, (y, x) in zip(chosen, moves, strict=True):
        rows, columns = (np.clip(np.arange(side) + move, 0, side - 1) for move in (y, x))
        images.append(data.images[index][rows][:, columns])
        regions.append(data.regions[index][rows][:, columns])
    pixels = torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2).float() / 127.5 - 1
    grid = np.stack(regions).reshape(BATCH, side // PATCH, PATCH, side // PATCH, PATCH).mean(axis=(2, 4))
    covered = torch.from_numpy(grid > 0.3).flatten(1)
    places = torch.tensor([[POSITIONS.index(data.shown[i].position) for i in chosen]])
    whole = torch.cat([labels(data, chosen), places])
    # 0 is a patch without the object.
    patches = torch.stack([(kind[:, None] + 1) * covered for kind in whole[:2]])
    words = tokens([data.texts[i] for i in chosen], padding=True, return_tensors="pt")
    return {
        "pixels": pixels,
        "tokens": words.input_ids,
        "mask": words.attention_mask,
        "patches": patches.flatten(1),
        "whole": whole,
    }


@torch.no_grad()
def measure(model: torch.nn.Module, processor: BlipProcessor, data: SceneSet) -> dict[str, float]:
    """Share of captions that name the object, the colour, the setting, and all three."""
    hits = []
    for start in range(0, len(data.images), 30):
        pixels = torch.from_numpy(np.array(data.images[start : start + 30])).permute(0, 3, 1, 2).float() / 127.5 - 1
        made = processor.batch_decode(model.generate(pixel_values=pixels, max_new_tokens=40), skip_special_tokens=True)
        truths = data.shown[start : start + 30]
        hits += [list(named_attributes(text, shown).values()) for text, shown in zip(made, truths, strict=True)]
    table = np.array(hits)
    return dict(zip(("object", "colour", "setting"), table.mean(0).tolist())) | {"all": float(table.all(1).mean())}


def main() -> None:
    args = arguments(__doc__ or "", steps=5000).parse_args()
    torch.manual_seed(args.seed)
    data = scene_set(args.work, "train", SCENES)
    both = processor(args.work / "captioner", data.texts)
    taught = Taught(captioner(both.tokenizer)).to(args.device)

    def loss(step: int) -> torch.Tensor:
        torch.manual_seed(args.seed * 1_000_003 + step)
        batch = draw(data, both.tokenizer, np.random.default_rng([args.seed, step]))
        with torch.autocast(args.device, torch.bfloat16):
            return taught({key: value.to(args.device) for key, value in batch.items()})

    best = train(taught, loss, args.steps, 1e-3, args.work / "captioner.pt").captioner.cpu()
    figures = measure(best, both, scene_set(args.work, "validation", 90))
    best.half().save_pretrained(args.out / "captioner")
    both.save_pretrained(args.out / "captioner")
    print("validation, 90 scenes:", ", ".join(f"{name} {value:.1%}" for name, value in figures.items()))


if __name__ == "__main__":
    main()
