"""Links that were not signed by the study open nothing."""

import hmac
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cmc.core.errors import CMCError
from cmc.raters.links import SIGNATURE_DIGITS, Signer, links, make_secret, read_secret

SIGNER = Signer(bytes(range(32)))


def test_a_token_is_the_name_and_its_hmac() -> None:
    token = SIGNER.token("v07")
    assert token == "v07-" + hmac.digest(bytes(range(32)), b"v07", "sha256").hex()[:32]
    assert SIGNER.viewer(token) == "v07"
    assert links(SIGNER, ["v07"], "http://lab:8000/") == {"v07": f"http://lab:8000/{token}/"}


def test_forged_tokens_are_nobodys() -> None:
    token, other = SIGNER.token("v07"), SIGNER.token("v08")
    signature = token.removeprefix("v07-")
    forged = [f"v08-{signature}", f"v07-{other[4:]}", signature, f"-{signature}", "v07", "v07-", "", "\udcff-é"]
    forged += [token[:cut] for cut in range(len(token))]
    forged += [token + "0", token.upper(), f" {token}", Signer(bytes(32)).token("v07")]
    assert [one for one in forged if SIGNER.viewer(one) is not None] == []


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60), st.text(alphabet="0123456789abcdef", min_size=SIGNATURE_DIGITS, max_size=SIGNATURE_DIGITS))
def test_made_up_tokens_are_nobodys(text: str, signature: str) -> None:
    assert SIGNER.viewer(text) is None
    assert SIGNER.viewer(f"{text}-{signature}") is None


def test_the_secret_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "study" / "secret"
    secret = make_secret(path)
    assert len(secret) == 32
    assert make_secret(path) == read_secret(path) == secret
    assert path.stat().st_mode & 0o777 == 0o600
    path.write_text("abc\n", encoding="ascii")
    with pytest.raises(CMCError, match="holds no secret of 64 hexadecimal digits"):
        read_secret(path)
