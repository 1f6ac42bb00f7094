"""How a study's result can be shown: names, titles, and what each way needs. They are drawn by `cmc.report`."""

from dataclasses import dataclass


@dataclass(frozen=True)
class View:
    """A way to show a result. `title`: over its figures and tables; `needs`: what a study must vary for it."""

    name: str
    title: str
    needs: str


VIEWS = {
    view.name: view
    for view in (
        View("board", "Among the published rows", "results with FR and NR in all modes of a ranking"),
        View(
            "panels",
            "Consistency and perception over caption length, strength or noise",
            "settings that differ in words, in strength or in noise level",
        ),
        View(
            "references",
            "The reference itself beside what decoders make of it",
            "the decoder `reference` and another one over the same references",
        ),
        View(
            "curves",
            "Scores over bits per pixel",
            "two results or modes whose rates were measured on kept streams",
        ),
        View("sheet", "Pictures side by side", "pictures that lie where they were scored"),
    )
}
