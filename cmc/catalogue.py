"""Every encoder and decoder, and what it takes to run it here."""

import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cmc.registry import I2T, T2I, Entry

# Beside its weights, a network in half precision needs about this much more for what it computes (at 1024x1024).
ACTIVATIONS_GB = {"encoder": 2.0, "decoder": 4.0}
BYTES_A_WEIGHT = 2


@dataclass(frozen=True)
class Model:
    """One registered model. `gigabytes` of weights and `vram` in GB are estimates from the number of weights, in
    half precision; None where nothing is computed here."""

    name: str
    role: str
    modes: tuple[str, ...]
    checkpoint: str
    source: str
    licence: str
    gigabytes: float | None
    vram: float | None
    packages: bool
    weights: bool


def catalogue() -> list[Model]:
    """Encoders, then decoders, each sorted by name."""
    return [
        *(_model(I2T.get(name), "encoder") for name in I2T.names()),
        *(_model(T2I.get(name), "decoder") for name in T2I.names()),
    ]


def _model(entry: Entry, role: str) -> Model:
    facts = entry.facts
    checkpoint = facts.get("checkpoint") or ""
    size = facts["billions"] * BYTES_A_WEIGHT if "billions" in facts else None
    return Model(
        name=entry.name,
        role=role,
        modes=tuple(sorted(facts.get("modes", ()))),
        checkpoint=checkpoint,
        source=_source(checkpoint, facts),
        licence=facts.get("licence", ""),
        gigabytes=size,
        vram=None if size is None else size + ACTIVATIONS_GB[role],
        packages=all(importlib.util.find_spec(package) is not None for package in entry.needs),
        weights=is_here(checkpoint, facts),
    )


def _source(checkpoint: str, facts: dict[str, Any]) -> str:
    if "source" in facts or facts.get("remote"):
        return facts.get("source", "a server")
    on_hub = checkpoint.count("/") == 1 and not checkpoint.startswith("Weight/")
    return f"https://huggingface.co/{checkpoint}" if on_hub else ""


def is_here(checkpoint: str, facts: dict[str, Any]) -> bool:
    """Whether a model's weights lie in their folder or in the hub's cache; a model without any is always here."""
    if facts.get("remote"):
        return False
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
