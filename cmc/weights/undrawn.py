"""Networks that a file fills as soon as they are built: drawing weights first would take most of the time."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from torch import Tensor, no_grad
from torch.nn import init
from torch.overrides import TorchFunctionMode


def _normal(tensor: Tensor, mean: float = 0.0, *_: object, **__: object) -> Tensor:
    with no_grad():
        return tensor.fill_(mean)


def _uniform(tensor: Tensor, a: float = 0.0, b: float = 1.0, **_: object) -> Tensor:
    with no_grad():
        return tensor.fill_((a + b) / 2)


def _around_zero(tensor: Tensor, *_: object, **__: object) -> Tensor:
    with no_grad():
        return tensor.zero_()


# The mean of each, and not what lies in memory: torch's trunc_normal_ draws until all is within its bounds. Functions
# of `init` stand here where a mode sees them instead of what they call.
_MEANS: Mapping[Any, Callable[..., Tensor]] = {
    Tensor.normal_: _normal,
    Tensor.uniform_: _uniform,
    init.normal_: _normal,
    init.uniform_: _uniform,
    init.kaiming_uniform_: _around_zero,
}


class Undrawn(TorchFunctionMode):
    """Inside, this thread's networks hold the mean of a distribution where their constructors would draw from it.

    Only for what is then loaded strictly.
    """

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        return _MEANS.get(func, func)(*args, **(kwargs or {}))
