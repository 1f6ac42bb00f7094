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
from cmc.scenes.attributes import COLOURS, named_attributes
from training.captioner_batches import PATCH, Batch, draw_batch
from training.data import SCENES, SceneSet, scene_set, to_pixels
from training.labels import CLASSES_AND_POSITION, OBJECTS, classification_loss
from training.loop import train
from training.options import parse_options

WIDTH = 160
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def processor(folder: Path, texts: list[str]) -> BlipProcessor:
    """Whole words of `texts` as tokens, letters for the rest; pictures at 128x128."""
    words = sorted({word.strip(".,").lower() for text in texts for word in text.split()})
    letters = list(string.ascii_lowercase + string.digits + string.punctuation)
    pieces = [f"##{letter}" for letter in string.ascii_lowercase + string.digits]
    vocabulary = list(dict.fromkeys([*SPECIAL, *letters, *pieces, *words]))
    write_atomic(folder / "vocab.txt", "\n".join(vocabulary).encode())
    tokenizer = BertTokenizer(str(folder / "vocab.txt"), model_max_length=48)
    grey = [0.5, 0.5, 0.5]
    pictures = BlipImageProcessor(size={"height": 128, "width": 128}, image_mean=grey, image_std=grey)
    return BlipProcessor(pictures, tokenizer)


def captioner(tokenizer: BertTokenizer) -> BlipForConditionalGeneration:
    """Random weights."""
    sizes = {"hidden_size": WIDTH, "intermediate_size": 3 * WIDTH, "num_attention_heads": 4}
    vision = sizes | {"num_hidden_layers": 4, "image_size": 128, "patch_size": PATCH}
    text = sizes | {
        "bos_token_id": tokenizer.cls_token_id,
        "eos_token_id": tokenizer.sep_token_id,
        "sep_token_id": tokenizer.sep_token_id,
        "pad_token_id": tokenizer.pad_token_id,
        "vocab_size": len(tokenizer),
        "encoder_hidden_size": WIDTH,
        "num_hidden_layers": 2,
        "max_position_embeddings": 48,
    }
    config = BlipConfig(text_config=text, vision_config=vision, projection_dim=WIDTH)
    return BlipForConditionalGeneration(config)


class CaptionerWithHeads(torch.nn.Module):
    """The captioner with heads that are thrown away after training: what each patch and the whole picture show.

    A transformer that starts from nothing learns to see far sooner from labels per patch than from words alone.
    """

    def __init__(self, captioner: BlipForConditionalGeneration) -> None:
        super().__init__()
        self.captioner = captioner
        self.patch = torch.nn.Linear(WIDTH, len(OBJECTS) + len(COLOURS) + 2)
        self.whole = torch.nn.Linear(WIDTH, sum(CLASSES_AND_POSITION))

    def forward(self, batch: Batch) -> torch.Tensor:
        """The loss of captions and labels together."""
        features = self.captioner.vision_model(pixel_values=batch.pixels).last_hidden_state
        caption_loss = self.captioner.text_decoder(
            input_ids=batch.tokens,
            attention_mask=batch.mask,
            encoder_hidden_states=features,
            labels=batch.tokens.masked_fill(batch.mask == 0, -100),
            reduction="mean",
        ).loss
        patches = self.patch(features[:, 1:]).flatten(0, 1).split([len(OBJECTS) + 1, len(COLOURS) + 1], dim=1)
        scenes = self.whole(features[:, 0]).split(CLASSES_AND_POSITION, dim=1)
        label_loss = classification_loss((*patches, *scenes), (*batch.patches, *batch.scenes))
        return caption_loss + 0.3 * label_loss


@torch.no_grad()
def measure(model: BlipForConditionalGeneration, processor: BlipProcessor, data: SceneSet) -> dict[str, float]:
    """Share of captions that name the object, the colour, the setting, and all three."""
    hits = []
    for start in range(0, len(data.images), 30):
        pixels = to_pixels(data.images[start : start + 30])
        tokens = model.generate(pixel_values=pixels, max_new_tokens=40)
        captions = processor.batch_decode(tokens, skip_special_tokens=True)
        for caption, shown in zip(captions, data.shown[start : start + 30], strict=True):
            hits.append(list(named_attributes(caption, shown).values()))
    table = np.array(hits)
    return dict(zip(("object", "colour", "setting"), table.mean(0).tolist())) | {"all": float(table.all(1).mean())}


def main() -> None:
    """Train on scenes, write the model and print how good it is on others."""
    options = parse_options(__doc__, steps=5000)
    torch.manual_seed(options.seed)
    data = scene_set(options.work, "train", SCENES)
    blip_processor = processor(options.work / "captioner", data.texts)
    tokenizer = blip_processor.tokenizer
    network = CaptionerWithHeads(captioner(tokenizer)).to(options.device)

    def loss(step: int) -> torch.Tensor:
        torch.manual_seed(options.seed * 1_000_003 + step)
        batch = draw_batch(data, tokenizer, np.random.default_rng([options.seed, step]))
        with torch.autocast(options.device.type, torch.bfloat16):
            return network(Batch(*(values.to(options.device) for values in batch)))

    model = train(network, loss, options.steps, 1e-3, options.work / "captioner.pt").captioner.cpu()
    figures = measure(model, blip_processor, scene_set(options.work, "validation", 90))
    model.half().save_pretrained(options.out / "captioner")
    blip_processor.save_pretrained(options.out / "captioner")
    print("validation, 90 scenes:", ", ".join(f"{name} {value:.1%}" for name, value in figures.items()))


if __name__ == "__main__":
    main()
