"""The text encoder's vocabulary: whole words, anything else in pieces, and the same one every time."""

import os
import subprocess
import sys

from transformers import CLIPTokenizer

from cmc.core.modes import IMAGE_PROMPT
from cmc.scenes.render import scenes
from training.miniature import TOKENS, merges, tokenizer

TEXTS = [*(scene.text for scene in scenes("train", 60)), IMAGE_PROMPT]


def test_every_word_is_one_token() -> None:
    tokens = tokenizer(TEXTS)
    assert isinstance(tokens, CLIPTokenizer)
    for text in TEXTS:
        split = [word for word, _ in tokens.backend_tokenizer.pre_tokenizer.pre_tokenize_str(text.lower())]
        assert tokens.tokenize(text) == [f"{word}</w>" for word in split]
    assert tokens.model_max_length == TOKENS


def test_other_text_comes_back() -> None:
    tokens = tokenizer(TEXTS)
    text = "zwölf boxkämpfer jagen viktor quer über den großen sylter deich ☂"
    assert tokens.decode(tokens(text).input_ids, skip_special_tokens=True) == text


def test_letters_in_a_row_join_from_the_left() -> None:
    assert merges(["aaaa"]) == [("a", "a"), ("a", "a</w>"), ("aa", "aa</w>")]
    assert tokenizer(["aaaa aaa"]).tokenize("aaaa aaa") == ["aaaa</w>", "aaa</w>"]


def test_ties_are_no_matter_of_chance() -> None:
    code = f"from training.miniature import tokenizer; print(sorted(tokenizer({TEXTS!r}).get_vocab().items()))"
    # This process has a seed of its own.
    environment = {"PYTHONHASHSEED": "2" if os.environ.get("PYTHONHASHSEED") == "1" else "1"}
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert printed.stdout == f"{sorted(tokenizer(TEXTS).get_vocab().items())}\n"
