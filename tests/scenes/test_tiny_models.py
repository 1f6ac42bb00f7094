from cmc.scenes.tiny_models import TINY, study_plan
from cmc.studies.expand import expand
from cmc.studies.plan import parse_plan


def test_the_demos_study_is_a_plan() -> None:
    study = expand(parse_plan(study_plan(TINY), "study.toml", "study")).study
    names = [f"tiny+tiny-s{strength}{seed}" for strength in (0.3, 0.5, 0.7) for seed in ("", "-seed1")]
    assert study.targets == [*names, "reference", "vvc-qp53", "vvc-qp48"]
    assert study.settings[0].options["model_dir"] == str(TINY / "diffusion")
