"""The captions that a codec reads, image by image."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cmc.core.digests import FileDigests
from cmc.core.errors import CMCError
from cmc.core.workspace import Workspace
from cmc.stages.decode_jobs import load_captions
from cmc.stages.job_origins import Sources
from cmc.stream.container import sent_size


@dataclass(frozen=True)
class CodecCaptions:
    """recorded: what a run file calls their table; texts: by key; faults: by key, why one cannot be used."""

    recorded: str
    texts: Mapping[str, str]
    faults: Mapping[str, str]

    @classmethod
    def read(cls, path: Path, images: Mapping[str, Path], space: Workspace, digests: FileDigests) -> "CodecCaptions":
        """A caption table for ground truths by key; of a structured caption the overall description is read. Raises
        CMCError as `read_captions`."""
        captions = load_captions(path)
        sent = {key: text.overall for key, text in captions.sent(0).items()}
        faults = Sources(images, captions, digests).stale_inputs(dict.fromkeys(images))
        lacking = {key: f"no caption in {path}; run script-i2t.py" for key in images if not sent.get(key)}
        return cls(space.recorded(path), {key: sent[key] for key in images if sent.get(key)}, faults | lacking)

    def of(self, key: str) -> str:
        """An image's caption. Raises CMCError where it has none that can be used."""
        if key in self.faults:
            raise CMCError(self.faults[key])
        return self.texts[key]

    def size(self, key: str) -> int:
        """Bytes of an image's caption and of its length in a `.cmc` file."""
        return sent_size(self.texts[key])
