import pytest

from cmc.core.errors import CMCError
from cmc.studies.plan import parse_plan
from cmc.studies.views import VIEWS

WHOLE = """
name = "mine"
encoders = ["llava", { captions = "gpt4v" }]
explen = [5, 20]
decoders = ["real", { model_name = "sdxl", steps = [20, 40] }]
modes = ["text", "full"]
codecs = { codec = "vvc", qp = 53 }
strength = [0.4, 1]
qp = 51
seed = [42, 1]
metrics = ["paper"]
evaluate = { model_weight = "Weight" }
images = ["a.png", "b.png"]
device = "cpu"
"""


def test_every_value_may_be_a_list_or_one() -> None:
    plan = parse_plan(WHOLE, "x.toml", "x")
    assert plan.name == "mine"
    assert plan.encoders == ({"device": "cpu", "model_name": "llava"}, {"captions": "gpt4v"})
    assert plan.decoders[1] == {"device": "cpu", "model_name": "sdxl", "steps": [20, 40]}
    assert plan.modes == ("full", "text")
    assert plan.strength == (0.4, 1.0)
    assert (plan.qp, plan.seed, plan.explen) == ((51,), (42, 1), (5, 20))
    assert plan.images == ("a.png", "b.png")
    assert plan.evaluate == {"device": "cpu", "model_weight": "Weight"}
    assert plan.views == tuple(VIEWS)


def test_what_is_left_out_is_the_commands_own() -> None:
    plan = parse_plan('decoders = "reference"', "x.toml", "x")
    assert plan.name == "x"
    assert (plan.qp, plan.codec, plan.seed, plan.strength, plan.explen) == ((53,), ("vvc",), (42,), (None,), (None,))
    assert plan.modes == ("full", "image", "pixel", "text")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("decoders = [", "is no TOML"),
        ("encoders = 'Qwen'", "names no decoders and no codecs"),
        ("decoders = 'real'\nstrenght = 0.4", "unknown key 'strenght'. Did you mean 'strength'?"),
        ("decoders = 'real'\nstrength = '0.4'", "strength: expected int or float"),
        ("decoders = 'real'\nseed = true", "seed: expected int"),
        ("decoders = 'real'\nseed = []", "seed: the list is empty"),
        ("decoders = 'real'\nmodes = ['ful']", "modes: 'ful' is none of full, image"),
        ("decoders = 'real'\nexplen = 7", "explen: 7 is none of 5, 10, 20, 50"),
        ("decoders = 'real'\nviews = 'pie'", "views: 'pie' is none of"),
        ("decoders = 'real'\nlimit = [1, 2]", "limit: expected one value, found 2"),
        ("decoders = 'real'\nlimit = 0", "limit: expected a whole number from 1"),
        ("decoders = 'real'\nname = '../x'", "name: expected the name of a folder"),
        ("decoders = [3]", "decoders: expected a table"),
        ("decoders = [{ steps = 3 }]", "decoders: each needs a name"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(text: str, told: str) -> None:
    with pytest.raises(CMCError) as stop:
        parse_plan(text, "x.toml", "x")
    assert told in str(stop.value)
    assert str(stop.value).startswith("x.toml")
