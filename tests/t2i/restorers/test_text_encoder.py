from pathlib import Path

import pytest

from cmc.core.errors import CMCError
from cmc.t2i.restorers.text_encoder import NEEDED, load_tokenizer
from tests import tiny_t2i


def test_the_vocabulary_beside_the_checkpoint_is_taken(tmp_path: Path) -> None:
    tiny_t2i.tokenizer(tmp_path / "tokenizer")
    assert len(load_tokenizer(tmp_path)("cup").input_ids) == 5


def test_without_one_it_is_said_what_to_put_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    with pytest.raises(CMCError, match=r"cannot fetch 'openai/clip.*put vocab\.json and merges\.txt of .*tokenizer$"):
        load_tokenizer(tmp_path)
    (tmp_path / "tokenizer").mkdir()
    with pytest.raises(CMCError, match=r"tokenizer has no vocab\.json and no merges\.txt; put"):
        load_tokenizer(tmp_path)
    for name in NEEDED:
        (tmp_path / "tokenizer" / name).write_text("rubbish")
    with pytest.raises(CMCError, match=r"tokenizer holds no CLIP vocabulary \(.*put vocab\.json"):
        load_tokenizer(tmp_path)
