"""What a pipeline's own parts cannot do: more steps than a schedule has, more tokens than a text encoder has places."""

import copy
from typing import Any

from cmc.core.errors import CMCError
from cmc.core.faults import faults_told

# Of the second and third text encoder that a pipeline may have.
ORDINALS = ("", "_2", "_3")


def check_steps(scheduler: Any, steps: int) -> None:
    """Raises CMCError for a number of steps that a scheduler of diffusers refuses, or cannot tell apart."""
    name = f"--steps {steps}: {type(scheduler).__name__}"
    trained = scheduler.config.get("num_train_timesteps")
    if trained and steps > trained:
        raise CMCError(f"{name} has {trained} steps in all; ask for as many at most")
    if scheduler.config.get("use_dynamic_shifting"):
        return  # where its steps lie depends on a picture's size
    trial = copy.deepcopy(scheduler)
    with faults_told(name):
        trial.set_timesteps(steps)
        distinct = len(set(trial.timesteps.tolist()))
    if distinct < steps:
        raise CMCError(f"{name} tells only {distinct} of them apart; ask for fewer")


def cut_at_positions(pipeline: Any) -> None:
    """Let each tokenizer cut where its text encoder ends, if it states no length or a greater one.

    Transformers takes a length that is not stated for 10^30.
    """
    for ordinal in ORDINALS:
        tokenizer, encoder = (getattr(pipeline, part + ordinal, None) for part in ("tokenizer", "text_encoder"))
        # Encoders of relative positions, such as T5, have no end; their pipelines state one.
        positions = getattr(getattr(encoder, "config", None), "max_position_embeddings", None)
        if tokenizer is not None and positions and not 0 < tokenizer.model_max_length <= positions:
            tokenizer.model_max_length = positions
