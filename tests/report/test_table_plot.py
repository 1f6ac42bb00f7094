import itertools

from matplotlib.backends.backend_agg import FigureCanvasAgg

from cmc.core.tables import Table
from cmc.report.style import GRID
from cmc.report.table_plot import table_figure

TABLE = Table(
    ["Reference", "Image", "SSIM", "note"],
    [
        ["vvc QP 53", "a name as long as none of the headers are", "0.771", ""],
        ["vvc QP 53", "Improve", "-7.92%", ""],
        ["vvc QP 51", "Original", "", "$x_1$"],
    ],
)


def test_cells_stand_in_columns_that_do_not_touch_numbers_at_the_right() -> None:
    figure = table_figure(TABLE)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    texts = figure.axes[0].texts
    columns = list(zip(TABLE.header, *TABLE.rows, strict=True))
    assert [text.get_text() for text in texts] == [cell for column in columns for cell in column]
    assert {text.get_text(): text.get_ha() for text in texts}["-7.92%"] == "right"
    assert {text.get_text(): text.get_ha() for text in texts}["Improve"] == "left"
    boxes = [text.get_window_extent(canvas.get_renderer()) for text in texts]
    sides = [boxes[start : start + 4] for start in range(0, len(boxes), 4)]
    for left, right in itertools.pairwise(sides):
        assert max(box.x1 for box in left) < min(box.x0 for box in right if box.width)
    assert all(box.x0 >= 0 and box.x1 <= figure.bbox.width for box in boxes)


def _thin(table: Table) -> list[float]:
    return [line.get_ydata()[0] for line in table_figure(table).axes[0].lines if line.get_color() == GRID]


def test_groups_of_rows_are_ruled_and_rows_of_their_own_are_not() -> None:
    assert _thin(TABLE) == [3]
    assert _thin(Table(["a"], [["1"], ["2"], ["3"]])) == []


def test_a_table_without_rows_is_its_header() -> None:
    assert [text.get_text() for text in table_figure(Table(["a", "b"], [])).axes[0].texts] == ["a", "b"]
