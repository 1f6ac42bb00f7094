from cmc.studies.expand import expand
from cmc.studies.plan import parse_plan
from cmc.studies.stages import SHARE, Stage, needed_for, scoring_stages, stages_of


def stages(text: str) -> list[Stage]:
    plan = parse_plan(text, "x.toml", "x")
    return stages_of(plan, expand(plan))


def of(command: str, found: list[Stage]) -> list[Stage]:
    return [stage for stage in found if stage.command == command]


MATRIX = "encoders = ['llava', 'Qwen']\ndecoders = ['real', 'sdxl', 'reference']\nqp = [53, 51]\nstrength = [0.4, 0.5]"


def test_captions_and_references_are_made_once_for_all() -> None:
    found = stages(MATRIX)
    assert [stage.output for stage in of("i2t", found)] == ["Text/llava.csv", "Text/Qwen.csv"]
    outputs = [stage.output for stage in of("reference", found)]
    assert outputs == ["Ref/image", "Ref/pixel", "Ref/vvc-q51/image"]


def test_pictures_that_differ_in_nothing_that_a_mode_reads_are_made_once() -> None:
    found = stages(MATRIX)
    made = [stage.output.split("/")[-1] for stage in of("t2i", found)]
    # Two decoders times: 2 captions, 2 references, 2 strengths; no captions; no QP; captions alone. The reference
    # decoder has neither captions nor strength.
    assert made.count("full") == 2 * 8 + 2
    assert made.count("image") == 2 * 4 + 2
    assert made.count("pixel") == 2 * 4 + 1
    assert made.count("text") == 2 * 2
    outputs = [stage.output for stage in found]
    assert len(outputs) == len(set(outputs))
    for stage in of(SHARE, found):
        assert outputs.index(stage.source) < outputs.index(stage.output)
        assert stage.source.split("/")[-1] == stage.output.split("/")[-1]


def test_a_stage_needs_what_it_reads() -> None:
    needs = {stage.output: stage.needs for stage in stages(MATRIX)}
    assert needs["Result/real+llava-q51-s0.4/full"] == ("Text/llava.csv", "Ref/vvc-q51/image")
    assert needs["Result/real+llava-s0.4/text"] == ("Text/llava.csv",)
    assert needs["Result/real+llava-s0.4/image"] == ("Ref/image",)
    assert needs["Result/reference-q51/full"] == ("Ref/vvc-q51/image",)


def test_some_targets_need_what_they_read_and_share_alone() -> None:
    found = stages(MATRIX)
    needed = [stage.output for stage in needed_for(["real+llava-q51-s0.4"], found)]
    assert needed == [
        "Text/llava.csv",
        "Ref/pixel",
        "Ref/vvc-q51/image",
        # They are the same at every QP, and made where the whole study makes them.
        "Result/real+llava-s0.4/pixel",
        "Result/real+llava-s0.4/text",
        *[f"Result/real+llava-q51-s0.4/{mode}" for mode in ("full", "image", "pixel", "text")],
    ]
    assert needed_for([], found) == []
    every = list(dict.fromkeys(stage.output.split("/")[1] for stage in found if stage.output.startswith("Result/")))
    assert needed_for(every, found) == found


def test_a_stage_is_a_command_line() -> None:
    full = next(s for s in stages(MATRIX) if s.output == "Result/real+llava-q51-s0.4/full")
    assert " ".join(full.arguments) == (
        "--mode full --model_name real --input_path {root}/Text/llava.csv --ref_dir {root}/Ref/vvc-q51 "
        "--strength 0.4 --seed 42 --result_name real+llava-q51-s0.4"
    )
    text = next(s for s in stages(MATRIX) if s.output == "Result/real+llava-s0.4/text")
    assert "--strength" not in text.arguments


def test_a_noise_level_is_asked_of_modes_that_start_from_a_reference() -> None:
    plan = "encoders = 'llava'\ndecoders = 'real'\nmodes = ['full', 'text']\nnoise_level = [1, 2.5]"
    made = [stage.arguments for stage in stages(plan) if stage.command == "t2i"]
    levels = [made[place][made[place].index("--noise_level") + 1] for place in (0, 2)]
    assert levels == ["1", "2.5"]
    # Text mode starts from noise alone: it is the same at every level, so made once.
    assert len(made) == 3
    assert "--noise_level" not in made[1]


def test_captions_that_are_there_are_not_asked_for() -> None:
    found = stages("encoders = { captions = 'gpt4v' }\ndecoders = 'real'\nmodes = 'full'")
    assert [stage.command for stage in found] == ["reference", "t2i"]
    assert found[-1].needs == ("Text/gpt4v.csv", "Ref/image")


def test_results_are_scored_several_at_a_time() -> None:
    plan = parse_plan("decoders = 'reference'\nmetrics = ['paper', 'ssim']\nlimit = 3\nplugins = ['p.py']", "x", "x")
    first, second = scoring_stages(plan, [f"t{number}" for number in range(20)])
    assert first.arguments[:17] == ("--target", *(f"t{number}" for number in range(16)))
    rest = ("--metrics", "paper", "ssim", "--limit", "3", "--plugin", "p.py")
    assert second.arguments == ("--target", "t16", "t17", "t18", "t19", *rest)
