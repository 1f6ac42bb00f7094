import pytest

from cmc.core.errors import CMCError
from cmc.studies.expand import expand
from cmc.studies.presets import find_plan, headline, presets
from cmc.studies.setting import Setting
from cmc.studies.stages import stages_of


def settings(name: str) -> tuple[Setting, ...]:
    return expand(find_plan(name)).study.settings


def test_the_presets_are_those_of_the_paper() -> None:
    assert set(presets()) == {
        "leaderboard-i2t",
        "leaderboard-t2i",
        "length",
        "strength-full",
        "strength-image",
        "strength-pixel",
        "qp",
        "codecs",
    }
    for text in presets().values():
        assert headline(text)
        assert text.startswith("# ")


def test_length_asks_six_encoders_for_four_lengths_but_the_one_that_is_not_asked() -> None:
    """Appendix A.4: Q(5), Q(10), Q(20), Q(50); InstructBLIP cannot input a prompt."""
    found = settings("length")
    assert len({setting.encoder for setting in found}) == 6
    assert sorted({setting.words for setting in found if setting.words}) == [5, 10, 20, 50]
    assert [setting.words for setting in found if setting.encoder == "instructblip"] == [None]
    assert {(setting.decoder, setting.modes) for setting in found} == {("real", ("full",))}


@pytest.mark.parametrize(
    ("mode", "strengths"),
    [
        ("full", [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]),
        ("image", [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]),
        ("pixel", [0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.99]),
    ],
)
def test_strengths_are_those_of_appendix_a5(mode: str, strengths: list[float]) -> None:
    found = settings(f"strength-{mode}")
    assert {setting.modes for setting in found} == {(mode,)}
    # The eight generative decoders of section 3.2.
    assert len({setting.decoder for setting in found}) == 8
    assert sorted({setting.strength for setting in found if setting.strength}) == strengths
    assert len(found) == 8 * 7


def test_qp_has_the_references_of_table_a1_as_they_are_and_decoded() -> None:
    found = settings("qp")
    assert [setting.qp for setting in found if setting.decoder == "reference"] == [53, 51, 48, 45]
    assert [setting.qp for setting in found if setting.decoder == "real"] == [53, 51, 48, 45]


def test_leaderboards_have_the_rows_of_the_readme() -> None:
    t2i = {setting.decoder: setting.modes for setting in settings("leaderboard-t2i")}
    assert len(t2i) == 12
    assert sorted(name for name, modes in t2i.items() if modes == ("full", "image")) == [
        "diffbir",
        "instructpix",
        "pasd",
        "stablesr",
    ]
    i2t = settings("leaderboard-i2t")
    assert len(i2t) == 6
    assert {(setting.decoder, setting.modes) for setting in i2t} == {("real", ("full", "pixel", "text"))}


def test_codecs_have_vvc_at_the_qualities_of_figure_6() -> None:
    plan = find_plan("codecs")
    study = expand(plan).study
    assert [baseline.qp for baseline in study.baselines if baseline.codec == "vvc"] == [53, 51, 48, 45]
    assert {stage.command for stage in stages_of(plan, expand(plan))} == {"reference", "codec", "t2i"}


def test_an_unknown_plan_is_told_with_the_presets() -> None:
    with pytest.raises(CMCError, match="no plan file 'lenght', and no preset of that name; presets: codecs"):
        find_plan("lenght")
