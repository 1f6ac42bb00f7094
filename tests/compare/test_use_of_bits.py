"""Whether a caption or a noisy latent is the better use of a bit, on curves whose answer is known."""

import numpy as np
import pytest

from cmc.compare.curves import Curve, Curves, Point
from cmc.compare.use_of_bits import (
    BESIDE,
    CAPTION,
    MODES_OF_CMC,
    Answer,
    Contest,
    Runs,
    answers,
    contests,
    sentence,
    without_weights,
)
from cmc.core.run_file import Document
from cmc.registry import CODECS

IMAGES = 20
OWN, OTHER = "files:0123", "files:4567"
LATENT_RATES = (0.02, 0.04, 0.08)


def point(target: str, mode: str, rate: float, score: float) -> Point:
    hard = np.random.default_rng(0).normal(0, 0.3, IMAGES)
    noise = np.random.default_rng(sum(map(ord, target + mode))).normal(0, 0.1, IMAGES)
    return Point(target, mode, np.full(IMAGES, rate), {"fr": score + hard - hard.mean() + noise - noise.mean()})


def curves(text_rate: float = 0.04) -> Curves:
    """At 0.04 bpp a latent reaches 3, a caption alone 2; captions beside it are worth half a point."""
    sent = [point(f"diffc-qp{index}", "image", rate, 2 + index) for index, rate in enumerate(LATENT_RATES)]
    both = [point(f"both-qp{index}", "full", rate, 2.5 + index) for index, rate in enumerate(LATENT_RATES)]
    decoded = [point("sd", "text", text_rate, 2), point("sd", "image", 2 * text_rate, 3)]
    codec = [point("vvc-qp53", "image", 0.04, 4)]
    lines = {"diffc": sent, "both": both, "sd": decoded, "vvc": codec}
    return Curves({name: Curve(name, points) for name, points in lines.items()}, IMAGES, {"fr": True})


def run(revision: str = OWN, **settings: str | None) -> Document:
    return {"settings": settings, "loaded": {"checkpoint": "somewhere", "revision": revision}}


def runs(decoder: str = OWN) -> dict[str, dict[str, Document]]:
    found = {f"diffc-qp{index}": {"image": run(codec="diffc", captions=None)} for index in range(3)}
    found |= {f"both-qp{index}": {"full": run(codec="diffc", captions="Text/a.csv")} for index in range(3)}
    sd = {mode: run(decoder, model="sd") for mode in ("text", "image")}
    return found | {"sd": sd, "vvc-qp53": {"image": {"settings": {"codec": "vvc"}}}}


def told(found: Curves, made: Runs) -> dict[str, tuple[str, str]]:
    """By what bits are spent on: verdict and evidence."""
    given = {contest.spent: answers(contest, found)[0] for contest in contests(found, made)}
    return {spent: (answer.verdict, answer.evidence) for spent, answer in given.items()}


def test_each_use_of_bits_is_held_against_a_latent_alone() -> None:
    given = told(curves(), runs())
    assert [(spent, verdict) for spent, (verdict, _) in given.items()] == [
        (CAPTION, "noisy latent alone is better"),
        (MODES_OF_CMC, "noisy latent alone is better"),
        (BESIDE, "caption beside a noisy latent is better"),
    ]
    # The modes and the latent meet from 0.04 to 0.08 bpp, a point apart all the way.
    starts = ("-1.0000 [-1.", "-1.0000 [-1.", "+0.5000 [+0.4")
    assert all(evidence.startswith(start) for (_, evidence), start in zip(given.values(), starts, strict=True))


def test_where_no_rate_is_covered_by_both_nothing_is_told_but_the_nearest_points() -> None:
    found = curves(text_rate=0.01)
    alone, *_ = contests(found, runs())
    given = answers(alone, found)
    assert given[0].gain is None
    assert sentence(alone, given) == (
        "caption alone (sd) or noisy latent alone (diffc), at equal rate: not told, for no rate is covered by both, by "
        "FR (nearest are sd text with 2.0000 at 0.01000 bpp and diffc-qp0 image with 2.0000 at 0.02000 bpp)"
    )


def test_equal_scores_are_not_told_apart() -> None:
    same = Curve("a", [point("a", "text", 0.04, 3)])
    found = curves()
    (answer,) = answers(Contest("m", CAPTION, same, found.curves["diffc"]), found)
    assert answer.verdict == "not told apart"
    assert answer.evidence.startswith(("+0.0000 [-0.", "-0.0000 [-0."))


def test_metrics_of_one_verdict_stand_together() -> None:
    contest = contests(curves(), runs())[0]
    given = [Answer(metric, None, verdict, metric) for metric, verdict in (("fr", "x"), ("nr", "y"), ("psnr", "x"))]
    assert sentence(contest, given).endswith("at equal rate: x by FR (fr), PSNR (psnr); y by NR (nr)")


def test_other_models_and_codecs_without_a_model_are_not_asked_about() -> None:
    assert list(told(curves(), runs(OTHER))) == [BESIDE]
    assert not told(curves(), {"vvc-qp53": runs()["vvc-qp53"], "sd": runs()["sd"]})


@pytest.mark.parametrize(("named", "same"), [("sd15", True), ("", True), ("sdxl", False)])
def test_a_name_of_diffc_s_is_its_model_on_the_hub(named: str, same: bool) -> None:
    made = runs()
    hub = {"checkpoint": "stable-diffusion-v1-5/stable-diffusion-v1-5", "revision": "a commit"}
    made["sd"] = {mode: {"settings": {"model": "sd15"}, "loaded": hub} for mode in ("text", "image")}
    for index in range(3):
        loaded = {"checkpoint": named, "revision": ""} if named else {}
        made[f"diffc-qp{index}"]["image"] |= {"loaded": loaded}
    assert (CAPTION in told(curves(), made)) is same


def test_captioned_and_other_qualities_of_one_name_are_told_apart() -> None:
    found = curves()
    mixed = Curve("diffc", [*found.curves["diffc"].points, *found.curves["both"].points])
    together = Curves({"diffc": mixed}, IMAGES, found.metrics)
    assert told(together, runs())[BESIDE] == told(found, runs())[BESIDE]


def test_codecs_that_lack_weights_are_those_that_say_so() -> None:
    facts = {entry.name for entry in CODECS.entries() if entry.facts.weights_from}
    assert {"cdc-x", "cdc-eps"} <= facts
    assert "vvc" not in facts | {"diffc"}
    assert without_weights(runs()).keys() == facts
    assert "rhyang/CDC_params" in without_weights({})["cdc-x"]
    assert "cdc-x" not in without_weights({"cdc-x-qp1": {"image": {"settings": {"codec": "cdc-x"}}}})
