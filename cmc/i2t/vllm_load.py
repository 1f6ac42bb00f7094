"""Loading a checkpoint into vLLM."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

from cmc.core.errors import CMCError, reason
from cmc.i2t.transformers_captioner import ADVICE, load_processor, loading
from cmc.i2t.vllm_captioner import VllmCaptioner
from cmc.i2t.vllm_settings import VllmSettings
from cmc.weights.hub import download_snapshot, is_only_here

if TYPE_CHECKING:
    import torch
    from vllm import LLM

WITHOUT = "leave out --engine vllm"
# What stands before the reason where a setting is found wrong.
_PREAMBLE = re.compile(r"\d+ validation errors? for \w+\s+(Value error, )?")


def load_vllm(
    checkpoint: str,
    device: "torch.device",
    dtype: "torch.dtype",
    max_new_tokens: int,
    trust_remote_code: bool,
    settings: VllmSettings,
) -> VllmCaptioner:
    """A folder or hub id. Raises CMCError when it cannot be had, has no chat template, or is none that vLLM loads."""
    from transformers import AutoConfig

    settings.prepare()
    only_here = is_only_here(checkpoint, ADVICE)
    processor = load_processor(checkpoint, trust_remote_code, only_here)
    if not processor.chat_template:
        raise CMCError(f"{checkpoint} has no chat template, by which vLLM would be asked; {WITHOUT}")
    with loading(checkpoint):
        config = AutoConfig.from_pretrained(checkpoint, trust_remote_code=trust_remote_code, local_files_only=only_here)
    cached = only_here and not Path(checkpoint).is_dir()
    folder = download_snapshot(checkpoint, only_here=True) if cached else checkpoint
    llm = _load(folder, device, dtype, trust_remote_code)
    return VllmCaptioner(checkpoint, (processor, config), llm, dtype, max_new_tokens)


def _load(folder: str, device: "torch.device", dtype: "torch.dtype", trust_remote_code: bool) -> "LLM":
    from vllm import LLM
    from vllm.platforms import current_platform

    if current_platform.device_type != device.type:
        raise CMCError(
            f"vLLM as it is installed computes on {current_platform.device_type}, not on {device}; {WITHOUT}"
        )
    try:
        return LLM(
            folder,
            dtype=str(dtype).removeprefix("torch."),
            trust_remote_code=trust_remote_code,
            # As long as memory allows: those of today's models ask for more than a card has.
            max_model_len=-1,
            limit_mm_per_prompt={"image": 1, "video": 0, "audio": 0},
            # No picture is asked about twice, and no two prompts begin alike.
            enable_prefix_caching=False,
            mm_processor_cache_gb=0,
            # Compiling takes a minute, which a CPU does not make up for.
            enforce_eager=device.type == "cpu",
            use_tqdm_on_load=False,
        )
    except Exception as error:  # vLLM raises many kinds
        why = reason(_PREAMBLE.sub("", str(error), count=1) or error)
        raise CMCError(f"vLLM cannot load {folder!r} ({why}); {WITHOUT}") from error
