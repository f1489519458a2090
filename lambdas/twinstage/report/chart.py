"""The geometry of one panel: lines, filled steps and dots over two axes, linear or logarithmic, with bands and marks across them.

Everything is laid out here, in the drawing's units; the template `chart.html` only writes it down. What lies beyond an axis is drawn at its end.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

WIDTH: Final = 1000
LEFT: Final = 76
RIGHT: Final = 24
FOOT: Final = 40
_HEAD: Final = 24
_LEGEND: Final = 18
_MOST_TICKS: Final = 7
_LOG_STEPS: Final = ((1.0, 2.0, 5.0), (1.0, 3.0), (1.0,))
_LOG_ROOM: Final = 0.03
_MOST_SPAN: Final = 1e12
_LEAST_SPAN: Final = 1e-12
_CHARACTER: Final = 6.6
_SAMPLE: Final = 44.0

Point = tuple[float, float | None]


@dataclass(frozen=True)
class Axis:
    """One axis: its words, how its values read, and what it must hold besides what is drawn. A logarithmic one has no place for what is not above zero."""

    label: str
    shown: Callable[[float], str]
    log: bool = False
    holds: tuple[float, ...] = ()


@dataclass(frozen=True)
class Series:
    """Values of one kind in the order of x; a None in them parts the line. `style` numbers the classes of the style sheet; `form` is line, dots or steps."""

    name: str
    style: str
    points: Sequence[Point]
    form: str = "line"


@dataclass(frozen=True)
class Band:
    """From one x to another, all the way up: an interval."""

    low: float
    high: float


@dataclass(frozen=True)
class Mark:
    """A line across the panel: at an x, upwards, or (`across`) at a y."""

    at: float
    label: str
    style: str
    across: bool = False


@dataclass(frozen=True)
class Tick:
    """A place on an axis and what stands there."""

    at: float
    label: str


@dataclass(frozen=True)
class Drawn:
    """One series as the template writes it: paths of a line, or dots; `legend` is where its name stands."""

    name: str
    style: str
    form: str
    paths: tuple[str, ...]
    dots: tuple[tuple[float, float], ...]
    legend: tuple[float, float]


@dataclass(frozen=True)
class Chart:
    """One panel, laid out. `bands` are (x, width), `marks` (x or y, label, style, across, where its label ends rather than begins)."""

    id: str
    title: str
    description: str
    height: float
    x_label: str
    y_label: str
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    series: tuple[Drawn, ...]
    bands: tuple[tuple[float, float], ...] = ()
    marks: tuple[tuple[float, str, str, bool, bool], ...] = ()
    width: int = WIDTH
    left: int = LEFT
    right: int = WIDTH - RIGHT
    top: float = 0.0
    bottom: float = 0.0


@dataclass(frozen=True)
class _Scale:
    """From values to the drawing's units, `begin` where `low` lies."""

    low: float
    high: float
    begin: float
    end: float
    log: bool

    def at(self, value: float) -> float:
        """Where a value lies; one beyond an end lies at that end."""
        share = (self._place(value) - self._place(self.low)) / (self._place(self.high) - self._place(self.low))
        return self.begin + min(max(share, 0.0), 1.0) * (self.end - self.begin)

    def ticks(self, shown: Callable[[float], str]) -> tuple[Tick, ...]:
        """Round values within the axis, few enough to be read."""
        values = _log_values(self.low, self.high) if self.log else _linear_values(self.low, self.high)
        return tuple(Tick(round(self.at(value), 1), shown(value)) for value in values)

    def _place(self, value: float) -> float:
        return math.log10(max(value, self.low)) if self.log else value


def chart(
    name: str,
    title: str,
    description: str,
    series: Iterable[Series],
    x: Axis,
    y: Axis,
    *,
    bands: Iterable[Band] = (),
    marks: Iterable[Mark] = (),
    height: float = 210,
) -> Chart | None:
    """The panel; None where there is nothing to be drawn. `name` makes its ids unique in a page."""
    kept = [each for each in (_drawable(each, x, y) for each in series) if each.points]
    xs = [*x.holds, *(point[0] for each in kept for point in each.points)]
    ys = [*y.holds, *(point[1] for each in kept for point in each.points if point[1] is not None)]
    if not kept or not ys:
        return None
    across = _scale(xs, LEFT, WIDTH - RIGHT, x)
    legends = _legends(kept)
    top = legends[-1][1] + _LEGEND
    upward = _scale(ys, top + height, top, y)
    return Chart(
        id=name,
        title=title,
        description=description,
        height=top + height + FOOT,
        x_label=x.label,
        y_label=y.label,
        x_ticks=across.ticks(x.shown),
        y_ticks=upward.ticks(y.shown),
        series=tuple(_drawn(each, across, upward, at) for each, at in zip(kept, legends, strict=True)),
        bands=tuple(
            (round(across.at(each.low), 1), round(max(across.at(each.high) - across.at(each.low), 1.0), 1))
            for each in bands
        ),
        marks=tuple(_mark(each, across, upward) for each in marks),
        top=top,
        bottom=top + height,
    )


def _legends(series: Sequence[Series]) -> list[tuple[float, float]]:
    """Where each name stands: one after another, on as many lines as they need."""
    places, x, y = list[tuple[float, float]](), float(LEFT), float(_HEAD + _LEGEND - 4)
    for each in series:
        width = _SAMPLE + _CHARACTER * len(each.name)
        if x > LEFT and x + width > WIDTH - RIGHT:
            x, y = float(LEFT), y + _LEGEND
        places.append((x, y))
        x += width
    return places


def _drawable(series: Series, x: Axis, y: Axis) -> Series:
    """The series without what an axis has no place for."""
    points = [
        (at, None if value is None or not math.isfinite(value) or (y.log and value <= 0) else value)
        for at, value in series.points
        if math.isfinite(at) and (at > 0 or not x.log)
    ]
    return Series(
        series.name, series.style, points if any(value is not None for _, value in points) else (), series.form
    )


def _scale(values: Sequence[float], begin: float, end: float, axis: Axis) -> _Scale:
    low, high = min(values), max(values)
    if axis.log:
        positive = [value for value in values if value > 0]
        low, high = max(min(positive), max(positive) / _MOST_SPAN), max(positive)
        low, high = (low / 2, high * 2) if high < low * 2 else (low, high)
        room = (high / low) ** _LOG_ROOM
        low, high = low / room, high * room
    else:
        low = min(low, 0.0)
        high = high if high - low > _LEAST_SPAN else low + 1.0
        high = low + (high - low) * 1.05
    return _Scale(low, high, begin, end, axis.log)


def _drawn(series: Series, across: _Scale, upward: _Scale, legend: tuple[float, float]) -> Drawn:
    placed = [
        (round(across.at(at), 1), None if value is None else round(upward.at(value), 1)) for at, value in series.points
    ]
    if series.form == "dots":
        dots = tuple((at, value) for at, value in placed if value is not None)
        return Drawn(series.name, series.style, "dots", (), dots, legend)
    runs: list[list[tuple[float, float]]] = [[]]
    for at, value in placed:
        if value is None:
            runs.append([])
        else:
            runs[-1].append((at, value))
    write = _steps if series.form == "steps" else _line
    floor = round(max(upward.begin, upward.end), 1)
    return Drawn(series.name, series.style, series.form, tuple(write(run, floor) for run in runs if run), (), legend)


def _line(run: Sequence[tuple[float, float]], _floor: float) -> str:
    """A path through the points; one alone is a short stroke that can be seen."""
    if len(run) == 1:
        return f"M{run[0][0] - 3:.1f} {run[0][1]} h6"
    return "M" + " L".join(f"{at} {value}" for at, value in run)


def _steps(run: Sequence[tuple[float, float]], floor: float) -> str:
    """A closed path: each value holds until the next x, the last one's own is where the steps end."""
    parts = [f"M{run[0][0]} {floor}"]
    for (at, value), (until, _) in zip(run, [*run[1:], run[-1]], strict=True):
        parts.append(f"L{at} {value} L{until} {value}")
    return " ".join(parts) + f" L{run[-1][0]} {floor} Z"


def _mark(mark: Mark, across: _Scale, upward: _Scale) -> tuple[float, str, str, bool, bool]:
    at = upward.at(mark.at) if mark.across else across.at(mark.at)
    late = not mark.across and at > (across.begin + across.end) / 2
    return round(at, 1), mark.label, mark.style, mark.across, late


def _linear_values(low: float, high: float) -> list[float]:
    raw = (high - low) / _MOST_TICKS
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= raw)
    first = math.ceil(low / step)
    return [number * step for number in range(first, math.floor(high / step) + 1)]


def _log_values(low: float, high: float) -> list[float]:
    """As many of 1, 2 and 5 times a power of ten as can be read."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    values = list[float]()
    for factors in _LOG_STEPS:
        values = [value for power in powers for factor in factors if low <= (value := factor * 10.0**power) <= high]
        if len(values) <= _MOST_TICKS:
            return values
    return values[:: math.ceil(len(values) / _MOST_TICKS)]
