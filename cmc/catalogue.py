"""Every encoder and decoder, metric and codec, and what it takes to run it here: the facts as rows of a table."""

from dataclasses import dataclass
from pathlib import Path

from cmc.core.facts import CodecFacts, DecoderFacts, EncoderFacts, MetricFacts, ModelFacts, Range
from cmc.registry import CODECS, I2T, METRICS, T2I, Entry

# Beside its weights, a network in half precision needs about this much more for what it computes (at 1024x1024).
ACTIVATIONS_GB = {"encoder": 2.0, "decoder": 4.0}
BYTES_A_WEIGHT = 2
FactsRow = dict[str, str]


@dataclass(frozen=True)
class Model:
    """An encoder or decoder. `gigabytes` of weights and `vram` in GB are estimates from the number of weights, in
    half precision; None where nothing is computed here. packages, weights: whether they are here, with `root`'s
    Weight."""

    entry: Entry[EncoderFacts] | Entry[DecoderFacts]
    role: str
    root: Path

    @property
    def name(self) -> str:
        return self.entry.name

    @property
    def facts(self) -> EncoderFacts | DecoderFacts:
        return self.entry.facts

    @property
    def gigabytes(self) -> float | None:
        return None if self.facts.billions is None else self.facts.billions * BYTES_A_WEIGHT

    @property
    def vram(self) -> float | None:
        return None if self.gigabytes is None else self.gigabytes + ACTIVATIONS_GB[self.role]

    @property
    def packages(self) -> bool:
        return not self.entry.missing_packages()

    @property
    def weights(self) -> bool:
        remote = isinstance(self.facts, EncoderFacts) and self.facts.remote
        return not remote and is_here(self.checkpoint)

    @property
    def checkpoint(self) -> str:
        return self.facts.checkpoint_in(self.root)

    def row(self) -> FactsRow:
        """Its facts as printed."""
        decoder = self.facts if isinstance(self.facts, DecoderFacts) else None
        here = {"packages": self.packages, "weights": self.weights}
        return {
            "name": self.name,
            "modes": " ".join(sorted(decoder.modes)) if decoder else "",
            "steps": str(decoder.steps) if decoder and self.facts.checkpoint else "",
            "distilled": "yes" if decoder and decoder.distilled else "",
            "checkpoint": self.checkpoint,
            "from": source_of(self.facts),
            "licence": self.facts.licence,
            "GB": "" if self.gigabytes is None else f"{self.gigabytes:.1f}",
            "VRAM": "" if self.vram is None else f"{self.vram:.0f} GB",
            "GPUs": _gpus(self.facts),
            "options": " ".join(f"--{name}" for name in self.facts.options),
            "here": " ".join(part for part, present in here.items() if present),
        }


def models(root: Path) -> list[Model]:
    """Encoders, then decoders, each sorted by name; `root`: the folder that holds Weight."""
    encoders = [Model(entry, "encoder", root) for entry in I2T.entries()]
    return [*encoders, *(Model(entry, "decoder", root) for entry in T2I.entries())]


def source_of(facts: ModelFacts) -> str:
    """Where a model comes from: an address, "a server", or nothing for one without weights."""
    if facts.source:
        return facts.source
    if isinstance(facts, EncoderFacts) and facts.remote:
        return "a server"
    on_hub = facts.checkpoint.count("/") == 1 and not facts.checkpoint.startswith("Weight/")
    return f"https://huggingface.co/{facts.checkpoint}" if on_hub else ""


def is_here(checkpoint: str) -> bool:
    """Whether a model's weights lie in their folder or in the hub's cache; a model without any is always here."""
    if not checkpoint or Path(checkpoint).is_dir():
        return True
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        return any(
            isinstance(try_to_load_from_cache(checkpoint, name), str) for name in ("model_index.json", "config.json")
        )
    except HFValidationError:  # a folder that is not there
        return False


def metric_rows(weights: Path) -> list[FactsRow]:
    """The facts of every metric; `weights`: the folder that scoring would read from."""
    return [_metric_row(entry, weights) for entry in METRICS.entries()]


def _metric_row(entry: Entry[MetricFacts], weights: Path) -> FactsRow:
    from cmc.metrics.weight_files import absent_weights

    facts = entry.facts
    here = {"packages": not entry.missing_packages(), "weights": not absent_weights(weights, [entry])}
    return {
        "name": entry.name,
        "column": " ".join(facts.columns or (entry.name,)),
        "looks at": _looks_at(facts),
        "better": "higher" if facts.higher_is_better else "lower",
        "range": _ranges(facts),
        "leaves out": facts.leaves_out,
        "sees": facts.colour,
        "dtype": "any" if facts.inexact else facts.dtype,
        "GPUs": _gpus(facts),
        "fine-tuned": "yes" if facts.tuned_weights is not None or facts.inexact else "",
        "weights": " ".join(facts.weights),
        "licence": facts.licence,
        "paper": facts.paper,
        "here": " ".join(part for part, present in here.items() if present),
    }


def _looks_at(facts: MetricFacts) -> str:
    if facts.of_sets:
        return "both folders"
    read = {"picture": True, "GT": facts.full_reference, "caption": facts.reads_caption}
    return " and ".join(part for part, looked_at in read.items() if looked_at)


def _gpus(facts: ModelFacts | MetricFacts) -> str:
    """What a worker needs, where that is not one."""
    return "" if facts.gpus == 1 else f"{facts.gpus:g}"


def _ranges(facts: MetricFacts) -> str:
    if not facts.ranges:
        return _range(facts.range)
    return ", ".join(f"{column} {_range(ends)}" for column, ends in facts.ranges.items())


def _range(ends: Range) -> str:
    low, high = ("" if end is None else f"{end:g}" for end in ends)
    return f"{low or '-inf'} to {high or 'inf'}"


def codec_rows() -> list[FactsRow]:
    """The facts of every codec."""
    return [_codec_row(entry) for entry in CODECS.entries()]


def _codec_row(entry: Entry[CodecFacts]) -> FactsRow:
    coarse, fine = entry.facts.qp
    return {
        "name": entry.name,
        "standard": entry.facts.standard,
        "coarsest": str(coarse),
        "finest": str(fine),
        "suffix": entry.facts.suffix,
        "counted as bits": entry.facts.counted,
        "weights from": entry.facts.weights_from,
        "licence": entry.facts.licence,
        "here": "" if entry.missing_packages() else "packages",
    }
