import random

from cmc.core.workspace import content_type
from cmc.studies.image_order import image_order
from tests.scored import benchmark_names


def test_any_first_images_hold_every_type_in_its_share() -> None:
    order = image_order(benchmark_names())
    assert sorted(order) == sorted(benchmark_names())
    for first in (3, 16, 100, 500):
        types = [content_type(name)[0] for name in order[:first]]
        for kind, share in {"NSI": 0.4, "SCI": 0.3, "AIGI": 0.3}.items():
            assert abs(types.count(kind) - share * first) <= 1


def test_the_order_is_drawn_by_name_and_seed_alone() -> None:
    names = [*benchmark_names({"NSI": 20}), *(f"photo {index}.png" for index in range(7))]
    shuffled = random.Random(1).sample(names, len(names))
    assert image_order(shuffled) == image_order(names)
    assert image_order(names) != image_order(names, seed=1)
    natural = [name for name in image_order(names) if name.startswith("NSI")]
    assert natural != sorted(natural)
    # An image that is taken away leaves the others of its type in their order.
    assert [name for name in image_order(names[1:]) if name.startswith("NSI")] == [
        name for name in natural if name != names[0]
    ]
