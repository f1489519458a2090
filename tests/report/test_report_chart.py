"""What a chart draws lies where its axes say: nothing outside, the larger value further, ticks at round values."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twinstage.report.chart import LEFT, RIGHT, WIDTH, Axis, Band, Mark, Series, chart

FIGURE = Axis("figure", lambda value: f"{value:g}")
LOG = Axis("figure", lambda value: f"{value:g}", log=True)
values = st.floats(-1e6, 1e9) | st.floats(1e-9, 1.0)
points = st.lists(st.tuples(values, values | st.none()), min_size=1, max_size=30)


@given(points, st.booleans(), st.booleans())
def test_nothing_lies_outside_of_the_axes(drawn: list[tuple[float, float | None]], log_x: bool, log_y: bool) -> None:
    x, y = LOG if log_x else FIGURE, LOG if log_y else FIGURE
    panel = chart("c", "t", "d", [Series("s", "s0", drawn, "dots")], x, y)
    if panel is None:
        assert not [p for p in drawn if p[1] is not None and (p[0] > 0 or not log_x) and (p[1] > 0 or not log_y)]
        return
    for at, value in panel.series[0].dots:
        assert LEFT <= at <= WIDTH - RIGHT
        assert panel.top <= value <= panel.bottom
    for tick in panel.x_ticks:
        assert LEFT <= tick.at <= WIDTH - RIGHT


@given(st.lists(st.floats(1e-6, 1e6), min_size=2, max_size=20, unique=True), st.booleans())
def test_what_is_larger_lies_no_lower(heights: list[float], log: bool) -> None:
    drawn = list(enumerate(sorted(heights), start=1))
    panel = chart("c", "t", "d", [Series("s", "s0", drawn, "dots")], FIGURE, LOG if log else FIGURE)
    assert panel is not None
    ys = [y for _, y in panel.series[0].dots]
    assert ys == sorted(ys, reverse=True)
    xs = [x for x, _ in panel.series[0].dots]
    assert xs == sorted(xs)


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0.0, 90.0, ["0", "20", "40", "60", "80"]),
        (0.0, 6.5, ["0", "1", "2", "3", "4", "5", "6"]),
        (-3.0, 3.0, ["-3", "-2", "-1", "0", "1", "2", "3"]),
    ],
)
def test_a_linear_axis_has_ticks_at_round_values(low: float, high: float, ticks: list[str]) -> None:
    panel = chart("c", "t", "d", [Series("s", "s0", [(0, low), (1, high)])], FIGURE, FIGURE)
    assert panel is not None
    assert [tick.label for tick in panel.y_ticks] == ticks


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0.02, 5.0, ["0.03", "0.1", "0.3", "1", "3"]),
        (20.0, 90.0, ["20", "50"]),
        (1e-6, 1.0, ["1e-06", "1e-05", "0.0001", "0.001", "0.01", "0.1", "1"]),
    ],
)
def test_a_logarithmic_axis_has_ticks_at_one_two_five_three_or_ten(low: float, high: float, ticks: list[str]) -> None:
    panel = chart("c", "t", "d", [Series("s", "s0", [(0, low), (1, high)])], FIGURE, LOG)
    assert panel is not None
    assert [tick.label for tick in panel.y_ticks] == ticks


def test_a_gap_parts_a_line_and_one_point_alone_can_be_seen() -> None:
    panel = chart("c", "t", "d", [Series("s", "s0", [(0, 1), (1, 2), (2, None), (3, 1)])], FIGURE, FIGURE)
    assert panel is not None
    line, alone = panel.series[0].paths
    assert line.count("L") == 1
    assert alone.endswith("h6")


def test_steps_hold_until_the_next_and_stand_on_the_floor() -> None:
    panel = chart("c", "t", "d", [Series("s", "s0", [(0, 1), (1, 3), (2, 3)], "steps")], FIGURE, FIGURE)
    assert panel is not None
    (path,) = panel.series[0].paths
    assert path.startswith(f"M{LEFT:.1f} {panel.bottom:.1f}")
    assert path.endswith(f"{panel.bottom:.1f} Z")


def test_a_band_and_a_mark_lie_where_the_axis_has_their_values() -> None:
    drawn = [Series("s", "s0", [(0, 0), (100, 1)])]
    panel = chart("c", "t", "d", drawn, FIGURE, FIGURE, bands=[Band(40, 60)], marks=[Mark(50, "half", "knee")])
    assert panel is not None
    (x, width), (at, label, _, _, _) = panel.bands[0], panel.marks[0]
    assert label == "half"
    assert math.isclose(at, x + width / 2, abs_tol=0.2)


def test_many_names_take_several_lines_and_push_the_panel_down() -> None:
    def named(number: int) -> list[Series]:
        return [Series("a rather long name of a series", "s0", [(0, 1), (1, 2)]) for _ in range(number)]

    few, many = (chart("c", "t", "d", named(number), FIGURE, FIGURE) for number in (2, 12))
    assert few is not None
    assert many is not None
    assert many.top > few.top
    assert all(x < WIDTH for x, _ in (each.legend for each in many.series))


def test_without_anything_to_draw_there_is_no_chart() -> None:
    assert chart("c", "t", "d", [Series("s", "s0", [(1, None)])], FIGURE, FIGURE) is None
    assert chart("c", "t", "d", [], FIGURE, FIGURE) is None
