"""In which order a search looks at images: any first few of them are a fair sample of all."""

from collections.abc import Iterable

from cmc.core.seeds import seed_for
from cmc.core.workspace import content_type

SEED = 0


def image_order(names: Iterable[str], seed: int = SEED) -> list[str]:
    """The images, so that every content type has its share in any first N of them.

    Within a type the order is drawn by `seed` and name. Names sort by content type: the first N of them by name would
    be of one type. Where an image stands does not depend on the order that `names` come in.
    """
    by_type: dict[str, list[str]] = {}
    for name in sorted(names, key=lambda name: (seed_for(seed, name), name)):
        by_type.setdefault(content_type(name)[0], []).append(name)
    places = {
        name: ((index + 0.5) / len(members), kind)
        for kind, members in by_type.items()
        for index, name in enumerate(members)
    }
    return sorted(places, key=places.__getitem__)
