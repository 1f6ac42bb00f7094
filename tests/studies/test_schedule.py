import pytest

from cmc.studies.schedule import FIRST, plan_schedule


@pytest.mark.parametrize(
    ("settings", "images", "rungs"),
    [(48, 24, (3, 6, 12, 24)), (48, 1000, (125, 250, 500, 1000)), (48, 18, (3, 5, 9, 18)), (300, 16, (2, 4, 8, 16))],
)
def test_images_double_up_to_all_over_few_rungs(settings: int, images: int, rungs: tuple[int, ...]) -> None:
    assert plan_schedule(settings, images, 0.4).images == rungs


@pytest.mark.parametrize("settings", [4, 7, 48, 500])
@pytest.mark.parametrize("images", [5, 8, 16, 24, 100, 1000])
def test_cost_is_what_the_rungs_add_up_to(settings: int, images: int) -> None:
    schedule = plan_schedule(settings, images, 0.4)
    total, seen, going = 0, 0, settings
    for until in schedule.images:
        total += going * (until - seen)
        seen, going = until, -(-going // schedule.factor)
    assert schedule.cost(settings) == total
    assert schedule.images[-1] == images
    assert schedule.images[0] >= FIRST


def test_a_tight_budget_cuts_settings_by_more() -> None:
    assert plan_schedule(48, 8, 0.9).factor == 2
    assert plan_schedule(48, 8, 0.4).factor > 2
    assert plan_schedule(48, 8, 0.4).cost(48) <= 0.4 * 48 * 8


def test_few_settings_or_images_are_compared_at_what_it_takes() -> None:
    assert plan_schedule(1, 24, 0.4).images == (24,)
    assert plan_schedule(48, 1, 0.4).images == (1,)
    assert plan_schedule(2, 24, 0.4).images == (12, 24)
