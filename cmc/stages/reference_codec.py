"""The codec of Ref/image: which weights made the pictures, if it is a learned one, and the codec again."""

from cmc.codecs.base import Codec
from cmc.core.errors import CMCError
from cmc.core.facts import CodecFacts, Value
from cmc.core.run_file import Document
from cmc.registry import Entry

_REVISION = "weights:"


def create_codec(entry: Entry[CodecFacts], qp: int, checkpoint: str, **options: Value) -> Codec:
    """A codec at a setting, with options of its own. Raises CMCError for a checkpoint that cannot be loaded."""
    return entry.create(qp=qp, checkpoint=checkpoint, **options) if checkpoint else entry.create(qp=qp, **options)


def loaded_weights(codec: Codec, checkpoint: str) -> dict[str, object]:
    """What a run file notes of a learned codec's weights; nothing of another codec."""
    return {"checkpoint": checkpoint, "revision": _REVISION + codec.weights.hex()} if codec.weights else {}


def recorded_weights(run: Document) -> bytes:
    """The weights that `loaded_weights` noted; b"" where it noted none."""
    revision = str(run.get("loaded", {}).get("revision", ""))
    return bytes.fromhex(revision.removeprefix(_REVISION)) if revision.startswith(_REVISION) else b""


def reference_codec(entry: Entry[CodecFacts], run: Document, checkpoint: str) -> Codec:
    """The codec that made the references of a run file, with its setting, and its checkpoint unless one is named.

    Raises CMCError for weights that are not those.
    """
    settings, loaded = run.get("settings", {}), run.get("loaded", {})
    same = settings.get("codec") == entry.name
    qp = settings["qp"] if same else entry.facts.qp[0]
    codec = create_codec(entry, qp, checkpoint or (loaded.get("checkpoint", "") if same else ""))
    weights = recorded_weights(run)
    if same and weights and codec.weights != weights:
        raise CMCError(
            f"the references were made with weights {weights.hex()} of {entry.name}, found {codec.weights.hex()}; "
            "name their checkpoint by --model_dir"
        )
    return codec
