import pytest

from cmc.core.errors import CMCError
from cmc.studies.expand import Expanded, expand
from cmc.studies.plan import parse_plan


def expanded(text: str) -> Expanded:
    return expand(parse_plan(text, "x.toml", "x"))


def names(text: str) -> list[str]:
    return [setting.name for setting in expanded(text).study.settings]


def test_a_name_says_what_is_not_the_benchmarks_own() -> None:
    assert names("encoders = 'llava'\ndecoders = 'real'") == ["real+llava"]
    everything = "encoders = 'llava'\ndecoders = 'real'\nexplen = 20\nqp = 10\nstrength = 0.4\nseed = 1"
    assert names(everything) == ["real+llava-w20-q10-s0.4-seed1"]
    codec = "encoders = 'llava'\ndecoders = 'real'\ncodec = 'hevc'\nqp = 51"
    assert names(codec) == ["real+llava-hevc-q51"]


def test_noise_levels_stand_beside_strengths_or_alone() -> None:
    plan = "encoders = 'llava'\ndecoders = ['real', 'diffbir']\nmodes = ['full', 'text']\n"
    level = expanded(plan + "noise_level = [0.5, 3]").study.settings
    assert [setting.name for setting in level] == ["real+llava-n0.5", "real+llava-n3", "diffbir+llava"]
    assert [(setting.strength, setting.noise_level) for setting in level] == [(None, 0.5), (None, 3), (None, None)]
    both = expanded(plan + "noise_level = 2\nstrength = 0.4").study.settings
    assert [(setting.strength, setting.noise_level) for setting in both[:2]] == [(0.4, None), (None, 2)]


def test_names_stay_when_a_plan_grows() -> None:
    before = names("encoders = 'llava'\ndecoders = 'real'")
    lists = "encoders = ['llava', 'Qwen']\ndecoders = ['real', 'sdxl']\nqp = [53, 51]\nseed = [42, 1]"
    after = names(lists)
    assert set(before) < set(after)
    assert len(after) == len(set(after)) == 2 * 2 * 2 * 2


def test_a_list_in_a_table_of_flags_varies_and_one_value_belongs_to_the_model() -> None:
    table = "[[decoders]]\nmodel_name = 'sdxl'\nsteps = [20, 40]\nguidance_scale = 5.0\ndtype = ['fp32', 'bf16']\n"
    study = expanded("encoders = 'llava'\n" + table).study
    assert [s.name for s in study.settings] == [
        f"sdxl-steps{steps}-{dtype}+llava" for steps in (20, 40) for dtype in ("fp32", "bf16")
    ]
    assert study.settings[3].options == {
        "model_name": "sdxl",
        "steps": 40,
        "guidance_scale": 5.0,
        "dtype": "bf16",
    }
    assert study.settings[3].model == "sdxl"


def test_an_encoder_that_is_not_asked_has_captions_of_one_length() -> None:
    tables = expanded("encoders = ['instructblip', 'llava']\nexplen = [5, 10]\ndecoders = 'real'").captions
    assert [(table.name, table.words) for table in tables] == [
        ("instructblip", None),
        ("llava-w5", 5),
        ("llava-w10", 10),
    ]


def test_prompts_in_a_list_stand_in_names_by_their_first_words() -> None:
    prompts = ["What colours are there, and where?", "What colours are there, and why?", "Describe"]
    listed = f"encoders = {{ model_name = 'instructblip', prompt = {prompts} }}\ndecoders = 'real'\nexplen = [5, 10]"
    tables = expanded(listed).captions
    assert [table.name for table in tables if table.words == 5] == [
        "instructblip-What-colours-are-there-and-376b88-w5",
        "instructblip-What-colours-are-there-and-693af8-w5",
        "instructblip-Describe-w5",
    ]
    assert [table.words for table in tables] == [5, 10] * 3
    assert [table.flags and table.flags["prompt"] for table in tables[::2]] == prompts


def test_what_a_decoder_does_not_read_does_not_vary() -> None:
    plan = "encoders = ['llava', 'Qwen']\nqp = [53, 51]\nstrength = [0.4, 0.5]\nseed = [42, 1]\n"
    assert names(plan + "decoders = 'reference'\nmodes = 'full'") == ["reference", "reference-q51"]
    # DiffBIR has no strength; the image mode reads no captions, the text mode no reference.
    assert len(names(plan + "decoders = 'diffbir'\nmodes = 'full'")) == 2 * 2 * 2
    assert len(names(plan + "decoders = 'real'\nmodes = 'image'")) == 2 * 2 * 2
    assert len(names(plan + "decoders = 'real'\nmodes = 'text'")) == 2 * 2


def test_modes_are_those_of_the_model() -> None:
    (setting,) = expanded("encoders = 'llava'\ndecoders = 'diffbir'").study.settings
    assert setting.modes == ("full", "image")
    with pytest.raises(CMCError, match="diffbir has none of the modes text"):
        expanded("encoders = 'llava'\ndecoders = 'diffbir'\nmodes = 'text'")


def test_baselines_are_codecs_with_qualities() -> None:
    study = expanded("codecs = [{ codec = 'vvc', qp = [53, 51] }, { codec = 'jpeg', qp = 5 }]").study
    assert [baseline.name for baseline in study.baselines] == ["vvc-qp53", "vvc-qp51", "jpeg-qp5"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("decoders = 'real'", "real reads captions, and the plan names no encoders"),
        ("encoders = 'llava'\ndecoders = 'reel'", "Did you mean 'real'"),
        ("encoders = 'lava'\ndecoders = 'real'", "Did you mean 'llava'"),
        ("encoders = ['llava', { model_name = 'llava', seed = 1 }]\ndecoders = 'real'", "two things of one name"),
        (
            "encoders = ['llava', { model_name = 'llava', prompt = 'Why?' }]\ndecoders = 'real'",
            "llava would be two things of one name; write what tells them apart as lists",
        ),
        ("encoders = { model_name = 'blip2', prompt = 'Why?' }\ndecoders = 'real'", "blip2 takes no prompt"),
        ("codecs = { codec = 'vvc' }", "each needs a codec and its qp"),
        ("codecs = { codec = 'vvcc', qp = 1 }", "Did you mean 'vvc'"),
        ("encoders = { captions = '../x' }\ndecoders = 'real'", "not a plain file name"),
    ],
)
def test_what_cannot_be_is_refused_before_any_work(text: str, told: str) -> None:
    with pytest.raises(CMCError) as stop:
        expanded(text)
    assert told in str(stop.value)
