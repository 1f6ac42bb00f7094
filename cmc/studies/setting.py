"""What a study varies: one combination of captions, references and decoding a `Setting`, one codec's quality a
`Baseline`, and the names of the folders that they fill."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One combination of a study's values, whose pictures lie in Result/<name>/<mode>.

    encoder: "" of a decoder that reads no text; words: expected length of captions, None for the paper's choice;
    captions: the name of their table in Text, without `.csv`; decoder: its name in results, which says what of its own
    options varies; references: their folder, from the root; codec and qp: of its `image`; strength: None for each
    mode's own; noise_level: sigma, in its place; options: the decoder's flags of `cmc t2i` by name, without dashes.
    """

    name: str
    encoder: str
    words: int | None
    captions: str
    decoder: str
    modes: tuple[str, ...]
    codec: str = "vvc"
    qp: int = 53
    references: str = "Ref"
    strength: float | None = None
    noise_level: float | None = None
    seed: int = 42
    options: Mapping[str, str | int | float | bool] = field(default_factory=dict)

    @property
    def model(self) -> str:
        """The decoder's `--model_name`."""
        return str(self.options.get("model_name", self.decoder))


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """A codec at one quality, whose pictures lie in Result/<name>/image."""

    name: str
    codec: str
    qp: int


@dataclass(frozen=True)
class Study:
    """A plan, expanded. `views`: how its result is shown, names of `cmc.studies.views.VIEWS`; `metrics`: as `cmc
    evaluate --metrics` takes them."""

    name: str
    settings: tuple[Setting, ...]
    baselines: tuple[Baseline, ...] = ()
    metrics: tuple[str, ...] = ("benchmark",)
    views: tuple[str, ...] = ()

    @property
    def targets(self) -> list[str]:
        """The names of its result folders, each once, in order."""
        return list(dict.fromkeys([*(s.name for s in self.settings), *(b.name for b in self.baselines)]))
