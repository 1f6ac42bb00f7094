"""A viewer's link: the viewer's name, signed, so that nobody can make up or change one."""

import hmac
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from cmc.core.errors import CMCError

# 128 bits of the signature, in hexadecimal.
SIGNATURE_DIGITS = 32
SECRET_BYTES = 32


@dataclass(frozen=True)
class Signer:
    """The study's secret, and what it signs."""

    secret: bytes

    def token(self, viewer: str) -> str:
        """What stands in a viewer's link: name and signature (HMAC-SHA256, RFC 2104)."""
        return f"{viewer}-{self._signature(viewer)}"

    def viewer(self, token: str) -> str | None:
        """Whose token it is; None of any other text."""
        viewer, _, signature = token.rpartition("-")
        genuine = hmac.compare_digest(_bytes(signature), _bytes(self._signature(viewer)))
        return viewer if genuine else None

    def _signature(self, viewer: str) -> str:
        return hmac.new(self.secret, _bytes(viewer), sha256).hexdigest()[:SIGNATURE_DIGITS]


def _bytes(text: str) -> bytes:
    """Of any text, halves of characters too."""
    return text.encode("utf-8", "surrogatepass")


def read_secret(path: Path) -> bytes:
    """The secret of a study. Raises CMCError for a file that holds none."""
    try:
        secret = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except ValueError:
        secret = b""
    if len(secret) != SECRET_BYTES:
        raise CMCError(f"{path} holds no secret of {2 * SECRET_BYTES} hexadecimal digits; every link depends on it")
    return secret


def make_secret(path: Path) -> bytes:
    """A new secret in a file that its owner alone can read; the one that is there, if any."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(SECRET_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
    return read_secret(path)


def links(signer: Signer, viewers: Iterable[str], url: str) -> dict[str, str]:
    """The link of each viewer; `url`: how browsers reach the server, `http://lab.example:8000`."""
    return {viewer: f"{url.rstrip('/')}/{signer.token(viewer)}/" for viewer in viewers}
