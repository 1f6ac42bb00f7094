"""What an encoder is: pictures and a prompt in, answers out."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

from PIL import Image

from cmc.core.run_file import Document


@dataclass(frozen=True)
class Answer:
    """A caption, or in `error` why there is none; `model` is what a server says that it answered with; `tokens`: how
    many the model wrote, 0 where that is not known; `remark`: what was left out of a caption or lacks."""

    text: str = ""
    error: str = ""
    model: str = ""
    tokens: int = 0
    remark: str = ""


class Captioner(ABC):
    """Base of every encoder; a plugin overrides `caption`.

    in_flight: how many calls of `caption` may run at once; batch_size: pictures a call unless the user says
    otherwise; takes_prompt: False of one that captions in its own way, whatever it is asked; layouts: names of those of
    `cmc.i2t.layouts` that it has of its own, though it takes no prompt, when it is asked their question.
    """

    in_flight: int = 1
    batch_size: int = 1
    takes_prompt: bool = True
    layouts: frozenset[str] = frozenset()

    @abstractmethod
    def caption(self, images: list[Image.Image], prompt: str) -> list[Answer]:
        """One answer a picture (8-bit RGB), in order. Raises CMCError for what would hit every picture alike."""

    def describe(self) -> Document:
        """What was loaded, for the screen and the run file."""
        return {}
