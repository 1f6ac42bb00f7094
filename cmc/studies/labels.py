"""What settings are called in legends and tables: by that alone in which they differ."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from cmc.studies.setting import Setting

# How each value of a setting is said; "" where there is nothing to say.
PHRASES: Mapping[str, Callable[[Setting], str]] = {
    "decoder": lambda setting: setting.decoder,
    "encoder": lambda setting: setting.encoder,
    "words": lambda setting: "" if setting.words is None else f"{setting.words} words",
    "codec": lambda setting: setting.codec,
    "qp": lambda setting: f"QP {setting.qp}",
    "strength": lambda setting: "" if setting.strength is None else f"strength {setting.strength:g}",
    "noise_level": lambda setting: "" if setting.noise_level is None else f"sigma {setting.noise_level:g}",
}


def varied(settings: Iterable[Setting]) -> list[str]:
    """The fields of PHRASES in which settings differ, in that order. A decoder that reads no text does not make
    encoders and words differ."""
    settings = list(settings)
    readers = [setting for setting in settings if setting.encoder]
    of_texts = {"encoder", "words"}
    return [
        field
        for field, phrase in PHRASES.items()
        if len({phrase(setting) for setting in (readers if field in of_texts else settings)}) > 1
    ]


def label(setting: Setting, fields: Collection[str]) -> str:
    """The values of `fields` in words; the decoder where they have nothing to say."""
    phrases = [phrase(setting) for field, phrase in PHRASES.items() if field in fields]
    return ", ".join(phrase for phrase in phrases if phrase) or setting.decoder


def labels(settings: Sequence[Setting], but: Collection[str] = ()) -> dict[str, str]:
    """A label for each setting by its name, of the fields that vary, less those in `but`; with its name behind it where
    two would be called alike."""
    fields = [field for field in varied(settings) if field not in but]
    short = {setting.name: label(setting, fields) for setting in settings}
    times = Counter(short.values())
    return {name: text if times[text] == 1 else f"{text} ({name})" for name, text in short.items()}
