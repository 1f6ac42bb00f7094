"""What the audit finds, and whom it wrongs: `python -m benchmarks.audit [--count 120]`.

Scenes that no tiny model saw (the "test" seeds) are drawn anew with one thing planted (`cmc/scenes/planted.py`). The
tiny captioner fills in the form of `cmc audit` over both, and an error is found where the form's field of that error
disagrees, or any field does. An accusation is any field that disagrees over the same scene coded by JPEG or VVC, in
which nothing is another. The first row says how often the answer over the scene itself is true.
"""

import argparse
from collections.abc import Iterator, Sequence

import torch
from PIL import Image
from tabulate import tabulate

from cmc.audit.agreement import agreement
from cmc.audit.form import QUESTION, Form, FormObject
from cmc.audit.reader import NoFormError, read_form
from cmc.i2t.base import Captioner
from cmc.registry import CODECS, I2T
from cmc.scenes.attributes import KINDS
from cmc.scenes.planted import ERRORS, spoilt
from cmc.scenes.render import SEEDS, Scene, scenes
from cmc.scenes.tiny_models import TINY

COUNT, BATCH = 120, 24
# A codec of `cmc codecs` and its QP, best first.
# Fields that the tiny captioner's sentences say something of.
ASKED = ("objects", "colours", "setting")
CODINGS = (("jpeg", 95), ("jpeg", 50), ("jpeg", 20), ("vvc", 27), ("vvc", 37))


def tiny_captioner() -> Captioner:
    """The shipped one, on the CPU."""
    folder = str(TINY / "captioner")
    return I2T.find("tiny", folder, "Qwen").create(folder, torch.device("cpu"), torch.float32)


def fill_in(captioner: Captioner, images: Sequence[Image.Image]) -> Iterator[Form | None]:
    """The form over each picture; None where the answer is none."""
    for start in range(0, len(images), BATCH):
        for answer in captioner.caption(list(images[start : start + BATCH]), QUESTION):
            try:
                yield read_form(answer.text)
            except NoFormError:
                yield None


def true_form(scene: Scene) -> Form:
    """What an auditor without a fault answers."""
    shown = scene.shown
    return Form((FormObject(shown.object, 1, shown.colour),), shown.setting, ())


def wrong_fields(form: Form | None, other: Form | None) -> set[str] | None:
    """The fields that disagree; None where one of two answers is no form."""
    if form is None or other is None:
        return None
    return {field for field, score in agreement(form, other).items() if score < 1}


def spoilt_scenes(drawn: Sequence[Scene], error: str) -> list[Scene]:
    """The first of the test scenes, as `scenes` draws them, each with an error of `ERRORS`."""
    seeds = SEEDS["test"]
    return [spoilt(scene.shown.kind, seeds[place // len(KINDS)], error) for place, scene in enumerate(drawn)]


def coded(images: Sequence[Image.Image], name: str, qp: int) -> list[Image.Image]:
    """Pictures through a codec."""
    codec = CODECS.get(name).create(qp=qp)
    return [codec.decode(codec.encode(image), image.size) for image in images]


def share(wrong: Sequence[set[str] | None], field: str = "") -> str:
    """`118 of 120 (98.3%)`: of how many pairs a field, or any, disagrees; one without an answer does not."""
    found = sum(fields is not None and (field in fields if field else bool(fields)) for fields in wrong)
    return f"{found} of {len(wrong)} ({found / len(wrong):.1%})"


def measure(captioner: Captioner, drawn: Sequence[Scene]) -> tuple[list[list[str]], list[list[str]]]:
    """Rows of (error, found in its field, in any, no answer), and of (coding, accused, by field, no answer)."""
    images = [scene.image for scene in drawn]
    forms = list(fill_in(captioner, images))

    def wrong(others: Sequence[Image.Image]) -> list[set[str] | None]:
        return [wrong_fields(*pair) for pair in zip(forms, fill_in(captioner, others), strict=True)]

    truths = [wrong_fields(true_form(scene), form) for scene, form in zip(drawn, forms, strict=True)]
    errors = [
        _row(error, wrong([scene.image for scene in spoilt_scenes(drawn, error)]), [planted.field])
        for error, planted in ERRORS.items()
    ]
    accused = [_row("nothing: its answer against the truth", truths, ASKED)]
    accused += [_row(f"{name} at {qp}", wrong(coded(images, name, qp)), ASKED) for name, qp in CODINGS]
    return errors, accused


def _row(title: str, wrong: Sequence[set[str] | None], fields: Sequence[str]) -> list[str]:
    return [title, share(wrong), *(share(wrong, field) for field in fields), str(wrong.count(None))]


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=COUNT, help="scenes, the three content types taking turns")
    args = parser.parse_args()
    errors, accused = measure(tiny_captioner(), list(scenes("test", args.count)))
    print(tabulate(errors, ["planted", "found", "in its field", "no answer"], "github"), end="\n\n")
    print(tabulate(accused, ["changed", "accused", *ASKED, "no answer"], "github"))


if __name__ == "__main__":
    main()
