"""Prompts to the embeddings that the UNet attends to."""

from functools import partial
from pathlib import Path

from torch import Tensor
from transformers import CLIPTextModel, CLIPTokenizer

from cmc.core.errors import CMCError, reason
from cmc.t2i.prompt_memory import PromptMemory
from cmc.weights.hub import download_snapshot, local_folder

# Every CLIP and OpenCLIP text encoder shares this vocabulary.
VOCABULARY = "openai/clip-vit-large-patch14"
# As CLIP was released; newer files hold both in one, tokenizer.json.
VOCABULARY_FILES = ("vocab.json", "merges.txt")


class TextEncoder:
    """A tokenizer and its network. `open_clip`: prompts are filled up with token 0 instead of end-of-text."""

    def __init__(self, tokenizer: CLIPTokenizer, network: CLIPTextModel, open_clip: bool) -> None:
        self.tokenizer, self.network = tokenizer, network
        self._prompts = PromptMemory()
        if open_clip:
            tokenizer.pad_token = tokenizer.convert_ids_to_tokens(0)

    def __call__(self, prompts: list[str]) -> Tensor:
        """(batch, 77, width) of the prompts, cut after 77 tokens."""
        return self._prompts.get(tuple(prompts), partial(self._encode, prompts))

    def _encode(self, prompts: list[str]) -> Tensor:
        length = self.network.config.max_position_embeddings
        tokens = self.tokenizer(
            prompts, padding="max_length", truncation=True, max_length=length, return_tensors="pt"
        ).input_ids
        return self.network(tokens.to(self.network.device)).last_hidden_state

    def tokens_over(self, prompt: str) -> int:
        """How many tokens of a prompt are cut off."""
        return max(0, len(self.tokenizer(prompt).input_ids) - self.network.config.max_position_embeddings)


def load_tokenizer(folder: Path) -> CLIPTokenizer:
    """CLIP's tokenizer from `folder`/tokenizer, or from the hub. Raises CMCError when it is in neither."""
    beside = folder / "tokenizer"
    advice = f"put vocab.json and merges.txt of {VOCABULARY} into {beside}"
    download = partial(download_snapshot, patterns=[*VOCABULARY_FILES, "*token*.json"])
    return read_tokenizer(
        local_folder(str(beside) if beside.is_dir() else VOCABULARY, advice, download=download), advice
    )


def read_tokenizer(files: Path, advice: str) -> CLIPTokenizer:
    """CLIP's tokenizer from a folder of its files. Raises CMCError, with what to do, when it is not there."""
    # Without a vocabulary transformers would make up one of three tokens.
    if not _has_vocabulary(files):
        raise CMCError(f"{files} holds no CLIP vocabulary; {advice}")
    try:
        return CLIPTokenizer.from_pretrained(files)
    except Exception as error:  # tokenizers raises nothing narrower
        raise CMCError(f"{files} holds no CLIP vocabulary that can be read ({reason(error)}); {advice}") from error


def _has_vocabulary(folder: Path) -> bool:
    whole = (folder / "tokenizer.json").is_file()
    return whole or all((folder / name).is_file() for name in VOCABULARY_FILES)
