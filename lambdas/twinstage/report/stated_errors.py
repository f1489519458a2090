"""The geometry of stated errors: a row a figure, the interval that was stated as a bar, what was simulated as a tick in it, what was recorded as a dot on it or beside it.

Figures differ by orders of magnitude, so each is drawn as a share of what was simulated: the tick is at 100 % in every row.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from twinstage.report.text import clip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twinstage.report.pipeline import Figure

WIDTH: Final = 1000
MOST_ROWS: Final = 60
_LABELS: Final = 300
_RIGHT: Final = 20
_HEAD: Final = 28
_ROW: Final = 26
_FOOT: Final = 8
_STEPS: Final = (0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0)
"""From tick to tick, as a share: the first by which everything is within _MOST_STEPS of 100 %. What lies beyond the last is drawn at the edge, as an arrow."""
_MOST_STEPS: Final = 4


@dataclass(frozen=True)
class Row:
    """One figure: its interval from `low` to `high`, the dot at `dot`; `beyond` is -1 or 1 where the dot lies outside the drawing on that side."""

    y: float
    label: str
    title: str
    low: float
    high: float
    dot: float
    beyond: int
    agrees: bool


@dataclass(frozen=True)
class StatedErrors:
    """The drawing. `ticks` are (x, words) of the scale, the middle one at 100 %."""

    width: int
    height: float
    head: float
    centre: float
    ticks: tuple[tuple[float, str], ...]
    rows: tuple[Row, ...]


def stated_errors(figures: Sequence[Figure]) -> StatedErrors | None:
    """The drawing of figures of which something was simulated; None where there are none, or more than there is room for."""
    shown = [figure for figure in figures if figure.simulated_ms > 0]
    if not 0 < len(shown) <= MOST_ROWS:
        return None
    wanted = max(
        abs(_share(value, each) - 1) for each in shown for value in (each.low_ms, each.high_ms, each.recorded_ms)
    )
    step = next((step for step in _STEPS if wanted <= step * _MOST_STEPS), _STEPS[-1])
    reach = min(math.ceil(wanted / step), _MOST_STEPS) * step
    scale = _Scale(max(0.0, 1 - reach), 1 + reach)
    rows = tuple(_row(each, _HEAD + _ROW * (at + 0.5), scale) for at, each in enumerate(shown))
    shares = [1 + step * number for number in range(-_MOST_STEPS, _MOST_STEPS + 1)]
    return StatedErrors(
        width=WIDTH,
        height=_HEAD + _ROW * len(rows) + _FOOT,
        head=_HEAD,
        centre=scale.x(1.0),
        ticks=tuple((scale.x(share), f"{share:.0%}") for share in shares if scale.low <= share <= scale.high),
        rows=rows,
    )


@dataclass(frozen=True)
class _Scale:
    """The shares at the left and the right end."""

    low: float
    high: float

    def x(self, share: float) -> float:
        """Where a share lies; one beyond an end lies at that end."""
        within = (min(max(share, self.low), self.high) - self.low) / (self.high - self.low)
        return _LABELS + within * (WIDTH - _RIGHT - _LABELS)


def _row(figure: Figure, y: float, scale: _Scale) -> Row:
    recorded = _share(figure.recorded_ms, figure)
    return Row(
        y=y,
        label=clip(figure.name, 40),
        title=f"{figure.name}: {figure.recorded_ms:.1f} ms recorded, {figure.simulated_ms:.1f} ms simulated, {figure.low_ms:.1f} to {figure.high_ms:.1f} ms stated",
        low=scale.x(_share(figure.low_ms, figure)),
        high=scale.x(_share(figure.high_ms, figure)),
        dot=scale.x(recorded),
        beyond=(recorded > scale.high) - (recorded < scale.low),
        agrees=figure.agrees,
    )


def _share(value: float, figure: Figure) -> float:
    return value / figure.simulated_ms
