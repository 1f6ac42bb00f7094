"""A decoder of one grey: cmc t2i --plugin examples/my_decoder.py --model_name grey --grey 0.25"""

import numpy as np

from cmc.registry import T2I, Option
from cmc.t2i.base import Decoder, Picture, Request, Sampling


class Grey(Decoder):
    def __init__(self, grey: float) -> None:
        self.grey = grey

    def render(self, requests: list[Request], sampling: Sampling) -> list[Picture]:
        # request: name, prompt, size (width, height), reference (a picture of that size, or None), seed
        return [Picture(np.full((*request.size[::-1], 3), self.grey)) for request in requests]


@T2I.register("grey", modes={"full", "image", "pixel", "text"}, options={"grey": Option(float, "0 black to 1 white")})
def grey(checkpoint: str | None, device: object, dtype: object, grey: float = 0.5) -> Decoder:
    return Grey(grey)  # imports of heavy packages belong in here
