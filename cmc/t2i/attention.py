"""Another implementation of attention in a denoiser, by the names of diffusers."""

from typing import TYPE_CHECKING, Any

from cmc.core.errors import CMCError, reason

if TYPE_CHECKING:
    import torch

# Backends of these names run compiled code that they fetch from the hub.
FETCHED = "_hub"
# (batch, tokens, heads, width of a head), as most denoisers have them.
TRIAL = (1, 128, 2, 64)


def use_attention(denoiser: Any, name: str, device: "torch.device") -> None:
    """Have a denoiser attend by a backend of diffusers. Raises CMCError for one that is not to be had."""
    from diffusers.models.attention_dispatch import AttentionBackendName, attention_backend

    names = [backend.value for backend in AttentionBackendName if not backend.value.endswith(FETCHED)]
    if name not in names:
        raise CMCError(f"--attention {name}: expected one of {', '.join(names)}")
    if not any(hasattr(processor, "_attention_backend") for processor in _processors(denoiser)):
        raise CMCError(f"--attention: {type(denoiser).__name__} leaves its attention to PyTorch alone; leave it out")
    try:
        _try_out(name, device, denoiser.dtype)
        with attention_backend("native"):  # setting one makes it every other model's too, until this ends
            denoiser.set_attention_backend(name)
    except Exception as error:  # each backend fails in its own way
        raise CMCError(f"--attention {name} does not run here ({reason(error)}); take another") from error


def _processors(denoiser: Any) -> list[object]:
    return [module.processor for module in denoiser.modules() if hasattr(module, "processor")]


def _try_out(name: str, device: "torch.device", dtype: "torch.dtype") -> None:
    import torch
    from diffusers.models.attention_dispatch import attention_backend, dispatch_attention_fn

    tokens = torch.zeros(TRIAL, device=device, dtype=dtype)
    with attention_backend(name), torch.inference_mode():
        dispatch_attention_fn(tokens, tokens, tokens, backend=name)
