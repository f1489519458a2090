"""What each resource came to under load, arm beside arm: rows of a table, and the bars that are drawn of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from twinstage.report.stress import Stress, StressArm
    from twinstage.stress.metrics.resource_use import ResourceUse

WIDTH: Final = 1000
_BARS: Final = 14
_LEFT: Final = 330
_RIGHT: Final = 140
_HEAD: Final = 26
_ROW: Final = 15
_GAP: Final = 9
_LABEL: Final = 46
_LONGEST: Final = 1.5


@dataclass(frozen=True)
class Use:
    """What one arm used of a resource. `share`: of its capacity, in the level that used most of it (None: its capacity is not known); `at_per_s`: that level's rate, None: the whole run."""

    share: float | None
    at_per_s: float | None
    waited_s: float
    calls: int
    refused: Mapping[str, int]


@dataclass(frozen=True)
class Row:
    """One resource: its name, kind and the quota that limits it, and each arm's use by the arm's name."""

    name: str
    kind: str
    limit: str
    uses: Mapping[str, Use]

    @property
    def share(self) -> float:
        """The most that any arm used of its capacity."""
        return max((use.share or 0.0 for use in self.uses.values()), default=0.0)


@dataclass(frozen=True)
class Bar:
    """One arm's share of one resource, drawn; one that is far above the whole ends at the edge, and its words say how far it is."""

    y: float
    width: float
    arm: str
    style: str
    words: str
    title: str


@dataclass(frozen=True)
class Bars:
    """The drawing: labels at (y, words), bars, and the line that is the whole capacity."""

    width: int
    height: float
    left: int
    whole: float
    labels: tuple[tuple[float, str], ...]
    bars: tuple[Bar, ...]


def resource_rows(stress: Stress) -> tuple[Row, ...]:
    """Every resource of every arm, the most used first."""
    names = dict.fromkeys(name for arm in stress.arms for name in arm.load.resources)
    rows = [_row(name, stress.arms) for name in names]
    return tuple(sorted(rows, key=lambda row: (-row.share, row.name)))


def resource_bars(rows: Sequence[Row]) -> Bars | None:
    """The bars of the resources whose capacity is known, the most used of them; None where there are none."""
    shown = [row for row in rows if any(use.share is not None for use in row.uses.values())][:_BARS]
    if not shown:
        return None
    longest = min(max(1.0, *(row.share for row in shown)), _LONGEST)
    room = WIDTH - _LEFT - _RIGHT
    labels, bars, y = [], list[Bar](), float(_HEAD)
    for row in shown:
        uses = [(arm, use) for arm, use in row.uses.items() if use.share is not None]
        labels.append((y + len(uses) * _ROW / 2 + 4, _label(row.name)))
        for arm, use in uses:
            last = arm == list(row.uses)[-1]
            bars.append(_bar(y, arm, use, row, room / longest, longest, last=last))
            y += _ROW
        y += _GAP
    return Bars(WIDTH, y, _LEFT, round(_LEFT + room / longest, 1), tuple(labels), tuple(bars))


def _label(name: str) -> str:
    """As much of a name as there is room for; the table has it whole."""
    return name if len(name) <= _LABEL else f"{name[: _LABEL - 1]}…"


def _bar(y: float, arm: str, use: Use, row: Row, unit: float, longest: float, *, last: bool) -> Bar:
    share = use.share or 0.0
    return Bar(
        y=y,
        width=round(max(min(share, longest) * unit, 1.0), 1),
        arm=arm,
        style="s0" if last else "s4",
        words=f"{share:.0%}",
        title=f"{row.name}: {share:.1%} of its capacity used by the {arm}",
    )


def _row(name: str, arms: Sequence[StressArm]) -> Row:
    found = [arm.load.resources[name] for arm in arms if name in arm.load.resources]
    uses = {arm.arm: _use(arm, name, arm.load.resources[name]) for arm in arms if name in arm.load.resources}
    return Row(name, found[0].kind, found[0].limit or "", uses)


def _use(arm: StressArm, name: str, whole: ResourceUse) -> Use:
    shares = [(level.utilisation[name], level.offered_per_s) for level in arm.load.levels if name in level.utilisation]
    share, at_per_s = max(shares, default=(whole.utilisation(arm.load.duration_s), None))
    return Use(share, at_per_s, whole.waited_s, whole.calls, whole.refused)
