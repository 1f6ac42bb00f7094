"""From a plan to its settings: every combination that makes a difference, named once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product

from cmc.core.errors import CMCError, some
from cmc.core.modes import MODES
from cmc.core.workspace import checked_name
from cmc.registry import CODECS, I2T, T2I
from cmc.stages.caption_settings import DEFAULT_ENCODER, takes_no_prompt
from cmc.stages.decode_settings import UNNAMED_FAMILY
from cmc.stages.make_references import QP
from cmc.studies.plan import CAPTIONS, Plan, Table
from cmc.studies.setting import Baseline, Setting, Study
from cmc.studies.values import Value, combinations, listed, nearest_unknown, text_of
from cmc.t2i.families import with_family

# The benchmark's own, which no name says: a plan may begin with them and vary them later.
CODEC, SEED = "vvc", 42
# A strength, or a noise level, or neither: each mode's own.
Start = tuple[float | None, float | None]


@dataclass(frozen=True)
class Captions:
    """A caption table: its name in Text, the encoder, the words asked for, and the flags that make it; None: it is
    there already."""

    name: str
    encoder: str
    words: int | None
    flags: Mapping[str, Value] | None = None


@dataclass(frozen=True)
class Expanded:
    """A study with what makes its captions."""

    study: Study
    captions: tuple[Captions, ...] = ()


@dataclass(frozen=True)
class _Decoder:
    """One combination of a decoder's flags; `label`: its name in results."""

    label: str
    flags: Mapping[str, Value] = field(default_factory=dict)

    @property
    def model(self) -> str:
        return str(self.flags["model_name"])


def expand(plan: Plan) -> Expanded:
    """Settings in the order of the plan. Raises CMCError for models and flags that cannot be, and for two settings of
    one name."""
    captions = tuple(_captions(plan))
    settings = [setting for decoder in _decoders(plan) for setting in _settings(plan, decoder, captions)]
    baselines = [baseline for table in plan.codecs for baseline in _baselines(table)]
    study = Study(plan.name, tuple(settings), tuple(baselines), plan.metrics, plan.views)
    _check_names([table.name for table in captions], "encoders")
    _check_names([*(setting.name for setting in settings), *(baseline.name for baseline in baselines)], "decoders")
    return Expanded(study, captions)


def _captions(plan: Plan) -> Iterator[Captions]:
    for table in plan.encoders:
        if CAPTIONS in table:
            nearest_unknown(list(table), [CAPTIONS], "encoders")
            for name in listed(table[CAPTIONS], CAPTIONS, (str,)):
                yield Captions(checked_name(str(name)), str(name), None)
            continue
        for flags, suffix in combinations(table, "encoders"):
            model = checked_name(str(flags["model_name"]))
            facts = I2T.find(model, str(flags.get("model_dir", "")), DEFAULT_ENCODER).facts
            if flags.get("prompt") and not facts.takes_prompt:
                raise takes_no_prompt(model)
            # A model that is not asked has captions of its own length, once (appendix A.4).
            for words in (None,) if facts.prompt and not flags.get("prompt") else plan.explen:
                encoder = checked_name(f"{model}{suffix}")
                yield Captions(encoder + ("" if words is None else f"-w{words}"), encoder, words, flags)


def _decoders(plan: Plan) -> Iterator[_Decoder]:
    for table in plan.decoders:
        for flags, suffix in combinations(table, "decoders"):
            yield _Decoder(checked_name(f"{flags['model_name']}{suffix}"), flags)


def _settings(plan: Plan, decoder: _Decoder, captions: tuple[Captions, ...]) -> Iterator[Setting]:
    checkpoint = str(decoder.flags.get("model_dir", ""))
    facts = with_family(T2I.find(decoder.model, checkpoint, UNNAMED_FAMILY), checkpoint).facts
    modes = tuple(mode for mode in plan.modes if mode in facts.modes)
    if not modes:
        raise CMCError(f"decoders: {decoder.model} has none of the modes {', '.join(plan.modes)}; leave it out")
    reads = facts.uses_text and any(MODES[mode].captioned for mode in modes)
    if reads and not captions:
        raise CMCError(f"decoders: {decoder.model} reads captions, and the plan names no encoders")
    starts = {MODES[mode].reference for mode in modes}
    has_strength = facts.generates and not facts.no_strength and starts != {None}
    varied = product(
        captions if reads else (None,),
        product(plan.codec, plan.qp) if "image" in starts else ((CODEC, QP),),
        _starts(plan) if has_strength else ((None, None),),
        plan.seed if facts.generates else (SEED,),
    )
    for table, (codec, qp), (strength, noise_level), seed in varied:
        yield Setting(
            name=_name(decoder.label, table, (codec, qp), (strength, noise_level), seed),
            encoder=table.encoder if table else "",
            words=table.words if table else None,
            captions=table.name if table else "",
            decoder=decoder.label,
            modes=modes,
            codec=codec,
            qp=qp,
            references=references_of(codec, qp),
            strength=strength,
            noise_level=noise_level,
            seed=seed,
            options=decoder.flags,
        )


def _starts(plan: Plan) -> list[Start]:
    """Strengths, then noise levels, one at a time."""
    if plan.noise_level == (None,):
        return [(strength, None) for strength in plan.strength]
    strengths = [strength for strength in plan.strength if strength is not None]
    return [*((strength, None) for strength in strengths), *((None, level) for level in plan.noise_level)]


def _name(decoder: str, table: Captions | None, reference: tuple[str, int], start: Start, seed: int) -> str:
    """`real+llava-w20-q10-s0.4-seed1`: what is not the benchmark's own, so that a name stays when a plan grows."""
    (codec, qp), (strength, noise_level) = reference, start
    parts = [decoder, f"+{table.name}" if table else ""]
    parts += [f"-{codec}" if codec != CODEC else "", f"-q{qp}" if qp != QP or codec != CODEC else ""]
    parts += ["" if strength is None else f"-s{text_of(strength)}"]
    parts += ["" if noise_level is None else f"-n{text_of(noise_level)}", f"-seed{seed}" if seed != SEED else ""]
    return checked_name("".join(parts))


def references_of(codec: str, qp: int) -> str:
    """The folder of a codec's references, from the root: `Ref` of the benchmark's own, else one of its own in it."""
    return "Ref" if (codec, qp) == (CODEC, QP) else f"Ref/{codec}-q{qp}"


def _baselines(table: Table) -> Iterator[Baseline]:
    nearest_unknown(list(table), ["codec", "qp"], "codecs")
    if not {"codec", "qp"} <= table.keys():
        raise CMCError("codecs: each needs a codec and its qp, as {codec = 'vvc', qp = [53, 51]}")
    for codec, qp in product(listed(table["codec"], "codec", (str,)), listed(table["qp"], "qp", (int,))):
        CODECS.get(str(codec))
        yield Baseline(name=f"{codec}-qp{qp}", codec=str(codec), qp=int(qp))


def _check_names(names: list[str], key: str) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise CMCError(
            f"{key}: {some(twice)} would be two things of one name; write what tells them apart as lists, "
            "as steps = [20], or give one another model_name"
        )
