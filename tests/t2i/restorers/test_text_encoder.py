from pathlib import Path

import pytest

from cmc.core.errors import CMCError
from cmc.t2i.restorers.text_encoder import VOCABULARY_FILES, load_tokenizer
from tests import tiny_t2i


def test_the_vocabulary_beside_the_checkpoint_is_taken_old_and_new(tmp_path: Path) -> None:
    tokenizer = tiny_t2i.tokenizer(tmp_path / "old" / "tokenizer")
    tokenizer.save_pretrained(tmp_path / "new" / "tokenizer")
    assert {path.name for path in (tmp_path / "new" / "tokenizer").iterdir()}.isdisjoint(VOCABULARY_FILES)
    tokens = tokenizer("a cup").input_ids
    assert load_tokenizer(tmp_path / "old")("a cup").input_ids == tokens
    assert load_tokenizer(tmp_path / "new")("a cup").input_ids == tokens


def test_without_one_it_is_said_what_to_put_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    with pytest.raises(CMCError, match=r"cannot fetch 'openai/clip.*put vocab\.json and merges\.txt of .*tokenizer$"):
        load_tokenizer(tmp_path)
    (tmp_path / "tokenizer").mkdir()
    (tmp_path / "tokenizer" / "vocab.json").write_text("rubbish")
    with pytest.raises(CMCError, match=r"tokenizer holds no CLIP vocabulary; put"):
        load_tokenizer(tmp_path)
    (tmp_path / "tokenizer" / "merges.txt").write_text("rubbish")
    with pytest.raises(CMCError, match=r"tokenizer holds no CLIP vocabulary that can be read \(.*put vocab\.json"):
        load_tokenizer(tmp_path)
