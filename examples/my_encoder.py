"""An encoder that names the mean colour: cmc i2t --plugin examples/my_encoder.py --model_name mean-colour"""

from PIL import Image

from cmc.i2t.base import Answer, Captioner
from cmc.registry import I2T, Option


class MeanColour(Captioner):
    def __init__(self, noun: str) -> None:
        self.noun = noun

    def caption(self, images: list[Image.Image], prompt: str) -> list[Answer]:
        return [Answer(f"A {self.noun} of mean colour {image.resize((1, 1)).getpixel((0, 0))}") for image in images]


@I2T.register("mean-colour", licence="MIT", options={"noun": Option(str, "what a picture is called")})
def mean_colour(checkpoint: str | None, device: object, dtype: object, noun: str = "picture") -> Captioner:
    return MeanColour(noun)
