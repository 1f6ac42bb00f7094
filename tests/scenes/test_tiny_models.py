from pathlib import Path

import numpy as np

from cmc.cli.maps import main as make_maps
from cmc.core.captions import write_captions
from cmc.maps.map_file import read_maps
from cmc.scenes.files import save_scenes
from cmc.scenes.render import scenes
from cmc.scenes.sentences import items_of
from cmc.scenes.tiny_models import TINY, maps_flags, study_plan
from cmc.scenes.where import overlap, scene_maps
from cmc.studies.expand import expand
from cmc.studies.plan import parse_plan


def test_the_demos_study_is_a_plan() -> None:
    study = expand(parse_plan(study_plan(TINY), "study.toml", "study")).study
    names = [f"tiny+tiny-s{strength}{seed}" for strength in (0.3, 0.5, 0.7) for seed in ("", "-seed1")]
    assert study.targets == [*names, "reference", "vvc-qp53", "vvc-qp48"]
    assert study.settings[0].options["model_dir"] == str(TINY / "diffusion")


def test_the_shipped_clip_finds_what_scenes_that_it_never_saw_show(tmp_path: Path) -> None:
    drawn = {scene.name: scene for scene in scenes("test", 12)}
    items = {name: items_of(scene.text) for name, scene in drawn.items()}
    save_scenes(tmp_path, "test", len(drawn))
    write_captions(tmp_path / "true.csv", {name: named.to_text() for name, named in items.items() if named})
    assert make_maps(["--root", str(tmp_path), "--input_path", str(tmp_path / "true.csv"), *maps_flags(TINY)]) == 0
    overlaps = []
    for name, scene in drawn.items():
        found = read_maps(tmp_path / "Ref" / "map" / f"{name}.map.json")
        assert list(found.names) == [f"{scene.shown.colour} {scene.shown.object}", scene.shown.setting]
        overlaps.append(overlap(found.maps, scene_maps(scene.region)))
    of_objects, of_settings = np.mean(overlaps, 0)
    # A map of all blocks would reach 0.12 and 0.94.
    assert of_objects > 0.75
    assert of_settings > 0.96
