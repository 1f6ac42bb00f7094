from pathlib import Path

from cmc.maps.templates import BLANK, sentences, templates
from tests.golden import golden
from tests.tiny_clip import openai_tokenizer


def test_there_are_eighty_five_of_one_blank() -> None:
    assert len(set(templates())) == 85
    assert all(template.count(BLANK) == 1 for template in templates())
    assert sentences("red {} lantern")[0] == "a bad photo of a red {} lantern."
    assert sentences("")[0] == "a bad photo of a ."


def test_openai_s_vocabulary_makes_upstream_s_tokens_of_them(tmp_path: Path) -> None:
    """The golden file holds, in order, the tokens of all prompts, cut to the vocabulary that they use."""
    data, tokenizer = golden("clip_surgery"), openai_tokenizer(tmp_path)
    originals = data.inputs["original_token_ids"]
    for name, rows in (
        *zip(data.config["texts"], data.inputs["ensemble_tokens"], strict=True),
        ("", data.inputs["empty_tokens"]),
    ):
        upstream = [[token for token in originals[row].tolist() if token] for row in rows]
        assert tokenizer(sentences(name)).input_ids == upstream
