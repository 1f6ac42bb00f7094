"""Networks that a file fills as soon as they are built: drawing weights first would take most of the time."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from torch import Tensor
from torch.nn import init
from torch.overrides import TorchFunctionMode

# The last is what a mode sees instead of what it calls.
_DRAWS = {Tensor.normal_, Tensor.uniform_, init.kaiming_uniform_}


class Undrawn(TorchFunctionMode):
    """Inside, this thread's networks hold whatever lies in memory where their constructors would draw weights.

    Only for what is then loaded strictly.
    """

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        kwargs = kwargs or {}
        if func in _DRAWS:
            return args[0] if args else kwargs["tensor"]
        return func(*args, **kwargs)
