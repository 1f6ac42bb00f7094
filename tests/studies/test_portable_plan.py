from cmc.studies.expand import expand
from cmc.studies.plan import parse_plan
from cmc.studies.portable_plan import with_variants


def test_every_decoder_runs_in_every_precision_and_batch_size() -> None:
    plan = with_variants(parse_plan("encoders = 'llava'\ndecoders = 'real'\nmodes = 'text'", "x", "x"))
    assert [setting.name for setting in expand(plan).study.settings] == [
        f"real-{dtype}-batch{size}+llava" for dtype in ("fp32", "fp16", "bf16") for size in (1, 8)
    ]


def test_a_plan_may_say_itself_which() -> None:
    decoders = "decoders = [{ model_name = 'real', dtype = ['fp32', 'bf16'] }]"
    plan = parse_plan(f"encoders = 'llava'\n{decoders}", "x", "x")
    assert with_variants(plan) == plan
