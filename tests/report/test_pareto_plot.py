from pathlib import Path

from cmc.report.pareto_plot import pareto_plot
from cmc.report.style import save
from cmc.studies.pareto import pareto_points
from tests.studies.test_pareto import IMAGES, settings


def test_figure_shows_names_of_the_front_and_is_the_same_file_twice(tmp_path: Path) -> None:
    # Those of the second are over fewer images than all.
    points = [*pareto_points(settings(9), IMAGES), *pareto_points(settings(3, seed=1), IMAGES + 1)]
    save(pareto_plot(points, 0.024), tmp_path, "pareto")
    save(pareto_plot(points, 0.024), tmp_path, "again")
    assert (tmp_path / "pareto.png").read_bytes() == (tmp_path / "again.png").read_bytes()
    assert (tmp_path / "pareto.pdf").is_file()
    svg = (tmp_path / "pareto.svg").read_text(encoding="utf-8")
    assert "<svg" in svg
    axes = pareto_plot(points).axes
    front = [point.name for point in points if point.on_front]
    assert [[text.get_text() for text in panel.texts if text.get_text() in front] for panel in axes] == [front, front]


def test_no_point_at_all_is_an_empty_figure(tmp_path: Path) -> None:
    save(pareto_plot([], 0.024), tmp_path, "pareto")
    assert (tmp_path / "pareto.png").is_file()
