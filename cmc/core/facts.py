"""What is stated of every encoder, decoder, metric and codec when it registers: typed, so that a wrong name fails."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import ClassVar, NamedTuple

from cmc.core.device import DTYPE_NAMES
from cmc.core.errors import CMCError
from cmc.core.modes import MODES
from cmc.core.workspace import IMAGE_SUFFIXES

# What a command takes for a flag: of a `bool`, a switch.
Value = int | float | str | bool
# (lowest, highest) score, None where there is no end.
Range = tuple[float | None, float | None]


class Option(NamedTuple):
    """A flag of a model's own, `--<name>`: what its text becomes (a switch for `bool`), and a line for --help.

    `type` raises ValueError for a text that it does not take. The factory gets the value as a keyword of that name,
    if the flag was given. changes_output: whether results made with another value are other results. inexact: whether
    the flag buys speed or memory with results that are a little off, which a run then measures.
    """

    type: Callable[[str], Value]
    help: str
    changes_output: bool = True
    inexact: bool = False


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What holds for all kinds.

    needs: packages that the factory imports; install: the command that installs them, where `pip install` of their
    names would not do; licence: of weights, or of code and weights; options: the factory's own flags by name.
    base: the class that the factory's product is to have, by its public name.
    """

    base: ClassVar[str] = ""

    needs: tuple[str, ...] = ()
    install: str = ""
    licence: str = "not stated"
    options: Mapping[str, Option] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "needs", tuple(self.needs))
        try:
            options = {name: Option(*option) for name, option in self.options.items()}
        except (TypeError, AttributeError) as error:
            raise CMCError(
                f"the fact 'options' must map names to Option(type, help), found {self.options!r}"
            ) from error
        object.__setattr__(self, "options", options)

    def members(self) -> tuple[str, ...]:
        """What the rest of the package uses of what the factory builds."""
        return ()


@dataclass(frozen=True, kw_only=True)
class ModelFacts(Facts):
    """What holds for encoders and decoders.

    checkpoint: hub id, folder or API model id to load unless the user names one; source: where it comes from, if that
    is not the hub; billions: of weights; "" and None where there are none. gpus: how many a worker needs that has it
    loaded, where it runs on GPUs; 0.25 lets four workers share one.
    """

    checkpoint: str = ""
    source: str = ""
    billions: float | None = None
    gpus: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_gpus(self.gpus)

    def checkpoint_in(self, root: Path) -> str:
        """What to load unless the user names something: of a folder `Weight/...`, the one under `root`."""
        return str(root / self.checkpoint) if self.checkpoint.startswith("Weight/") else self.checkpoint


@dataclass(frozen=True, kw_only=True)
class EncoderFacts(ModelFacts):
    """An I2T model.

    remote: it answers from a server, and takes no device; words: expected length of a caption (CMC-Bench, appendix
    A.4); prompt: what it is asked instead of the benchmark's question; takes_prompt: whether a user may ask something
    else; takes_token_limit, takes_seed, takes_vllm: whether its factory takes `max_new_tokens`, `seed`, and `vllm`, the
    settings of vLLM that it is to generate with.
    """

    base: ClassVar[str] = "cmc.i2t.base.Captioner"

    remote: bool = False
    words: int = 10
    prompt: str = ""
    takes_prompt: bool = True
    takes_token_limit: bool = False
    takes_seed: bool = False
    takes_vllm: bool = False

    def members(self) -> tuple[str, ...]:
        return ("caption", "batch_size", "in_flight", "describe")


@dataclass(frozen=True, kw_only=True)
class DecoderFacts(ModelFacts):
    """A T2I model.

    modes: those that it decodes in; steps: of its whole noise schedule, guidance: scale of its classifier-free guidance
    (None: its own), half: its number format on a GPU ("fp16" or "bf16"), unless the user says otherwise; distilled:
    whether it was trained for those few steps and that guidance, and no others; no_strength: why it has no denoising
    strength, "" where it has one; uses_text: whether it reads captions; generates: whether strength and seed change
    what it returns; items: how many items of a structured caption it reads at most, each with its map;
    checkpoint_option: the option, if any, that names what is loaded in place of the checkpoint.
    """

    base: ClassVar[str] = "cmc.t2i.base.Decoder"

    modes: frozenset[str]
    steps: int = 40
    guidance: float | None = None
    half: str = "fp16"
    distilled: bool = False
    no_strength: str = ""
    uses_text: bool = True
    generates: bool = True
    items: int = 0
    checkpoint_option: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "modes", frozenset(self.modes))
        unknown = sorted(self.modes - MODES.keys())
        if unknown or not self.modes:
            raise CMCError(f"the fact 'modes' must name some of {', '.join(MODES)}, found {unknown or 'none'}")
        if self.half not in DTYPE_NAMES:
            raise CMCError(f"the fact 'half' must be one of {', '.join(DTYPE_NAMES)}, found {self.half!r}")

    def members(self) -> tuple[str, ...]:
        return ("render", "multiple", "max_side", "check", "sigma", "full_precision", "tokens_over", "describe")


@dataclass(frozen=True, kw_only=True)
class MetricFacts(Facts):
    """A metric.

    full_reference: whether it looks at the ground truth; higher_is_better: whether more is better; columns: where its
    scores stand, if not under its name; range: of the scores, None where they have no end, and refused further out than
    by rounding; ranges: by column, where they differ; colour: what it sees of a picture; paper; weights: {file in the
    folder of weights: where to get it}; tuned_weights: the same for weights of `cmc finetune`, what is needed beside
    them, None where it cannot be fine-tuned; inexact: whether it heeds dtype and compiled; dtype: in which it is
    computed if not; leaves_out: which pictures have no score (None) by it, in words, "" where all have one;
    reads_caption: whether `score` is given, third, the captions that the pictures were made from.

    of_sets: it measures whole folders (`SetMetric`), all its columns; below `least` images it is unreliable, and
    `instead` says what is better there. gpus: as of ModelFacts.
    """

    base: ClassVar[str] = "cmc.metrics.base.Metric, or SetMetric where it measures folders"

    full_reference: bool
    higher_is_better: bool
    columns: tuple[str, ...] = ()
    range: Range = (None, None)
    ranges: Mapping[str, Range] = field(default_factory=dict)
    colour: str = "RGB"
    paper: str = ""
    weights: Mapping[str, str] = field(default_factory=dict)
    tuned_weights: Mapping[str, str] | None = None
    inexact: bool = False
    dtype: str = "fp32"
    leaves_out: str = ""
    reads_caption: bool = False
    of_sets: bool = False
    least: int = 2
    instead: str = ""
    gpus: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_gpus(self.gpus)

    def members(self) -> tuple[str, ...]:
        return ("features", "distances") if self.of_sets else ("score", "full_reference", "identity", "note")


@dataclass(frozen=True, kw_only=True)
class CodecFacts(Facts):
    """A codec.

    suffix: of its streams' files; qp: (coarsest, finest) setting, whole numbers; standard: format, encoder and what
    the setting means; counted: which bytes are its bits; takes_caption: whether its factory takes `caption`, which
    both sides then read; weights_from: where to get those that a user must name (`--model_dir`), "" where it needs
    none or finds its own.
    """

    base: ClassVar[str] = "cmc.codecs.base.Codec"

    suffix: str
    qp: tuple[int, int]
    standard: str = "not stated"
    counted: str = "the whole stream"
    takes_caption: bool = False
    weights_from: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.suffix.startswith(".") or len(self.suffix) < 2:
            raise CMCError(f"the fact 'suffix' must be a dot and letters, as .266; found {self.suffix!r}")
        if self.suffix.lower() in IMAGE_SUFFIXES:
            raise CMCError(f"the fact 'suffix' must be no picture's, beside which streams lie; found {self.suffix!r}")
        object.__setattr__(self, "qp", tuple(self.qp))
        if len(self.qp) != 2 or not all(isinstance(qp, int) for qp in self.qp):
            raise CMCError(f"the fact 'qp' must be (coarsest, finest), two whole numbers; found {self.qp!r}")

    def members(self) -> tuple[str, ...]:
        return ("encode", "decode", "code", "encode_within", "weights")


def _check_gpus(gpus: float) -> None:
    """Raises CMCError for a share that no GPU can be cut into, and for parts of several."""
    if not isinstance(gpus, int | float) or gpus < 0 or (gpus > 1 and gpus != int(gpus)):
        raise CMCError(f"the fact 'gpus' must be a share of one GPU, as 0.25, or a whole number; found {gpus!r}")


def fact_names(kind: type[Facts]) -> tuple[str, ...]:
    """The facts of a kind, in the order of its definition."""
    return tuple(fact.name for fact in fields(kind))


def positive(text: str) -> int:
    """A whole number from 1. Raises ValueError otherwise, in words for who typed it."""
    if not text.isdecimal() or int(text) < 1:
        raise ValueError(f"expected a whole number from 1, found {text!r}")
    return int(text)


def one_of(*names: str) -> Callable[[str], str]:
    """What takes one of some names as it is. It raises ValueError otherwise, in words for who typed it."""

    def named(text: str) -> str:
        if text not in names:
            raise ValueError(f"expected {' or '.join(names)}, found {text!r}")
        return text

    return named
