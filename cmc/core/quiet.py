"""Libraries kept from drawing their own bars and advice over what a command prints."""

import logging
import os
import warnings


def quiet_libraries() -> None:
    """In this process, before they are imported; what stands in the environment holds for those that it starts."""
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    os.environ.setdefault("DIFFUSERS_VERBOSITY", "error")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    for name in ("bitsandbytes", "torch.utils._pytree"):  # the latter tells of torchao, wherever that is installed
        logging.getLogger(name).setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", category=FutureWarning)
    # Pixels are counted by `core.images`; a filter set there would not be safe in threads.
    warnings.filterwarnings("ignore", message="Image size .* exceeds limit", module="PIL")
