"""The geometry of a schedule's swim lanes: one lane a container, one row a call, downwards in the order of the schedule.

Each call is a dot in its container's lane with its words beside it on the right. The path from dot to dot moves sideways where the next call is
another container's: a context switch. What is no plain call has a mark of its own, and a row across all lanes where time passes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from twinstage.report.exploration import LANES_KEPT, TIME
from twinstage.report.text import clip

if TYPE_CHECKING:
    from twinstage.report.exploration import Counterexample, Step

WIDTH = 1000
GUTTER = 34
HEAD = 46
ROW = 24
FOOT = 8
LANE = 84
LANES_WIDEST = 420
TEXT_GAP = 18
_CHARACTER = 7.4
"""The width of a character at the text's size, in the drawing's units: wide enough for the fonts that systems have; bold ones take a tenth more."""
WORDS = {
    "step": "",
    "crash": "crashes, and its message comes again",
    "lost": "its answer is lost, and the call is sent again",
    "throttle": "is throttled",
    "stale": "reads what was there before",
    TIME: "time passes: locks and leases run out",
}


UNREMARKABLE = frozenset({"", "success", "crashed", "passed"})


@dataclass(frozen=True)
class LaneHead:
    """A lane's line and what stands above it."""

    x: float
    name: str
    functions: str


@dataclass(frozen=True)
class Row:
    """One step: its dot at (`x`, `y`), its words, whether something broke by it. `across`: time, which is in no lane."""

    y: float
    x: float
    n: int
    kind: str
    words: str
    title: str
    breaks: str
    switched: bool
    across: bool


@dataclass(frozen=True)
class SwimLanes:
    """The drawing. `path` joins the dots in the order of the schedule; `text_x` is where the words begin."""

    width: int
    height: float
    heads: tuple[LaneHead, ...]
    left: float
    right: float
    text_x: float
    rows: tuple[Row, ...]
    path: str


def swim_lanes(found: Counterexample) -> SwimLanes | None:
    """The drawing of a schedule; None where there are no steps, or more containers than there is room for."""
    if not found.steps or not 0 < len(found.lanes) <= LANES_KEPT:
        return None
    width = min(LANE, LANES_WIDEST / len(found.lanes))
    places = {lane.name: GUTTER + width * (index + 0.5) for index, lane in enumerate(found.lanes)}
    right = GUTTER + width * len(found.lanes)
    room = int((WIDTH - right - TEXT_GAP) / _CHARACTER)
    rows: list[Row] = []
    last = ""
    for index, step in enumerate(found.steps):
        rows.append(_row(step, HEAD + ROW * (index + 0.5), places, room, switched=_switched(step, last)))
        last = step.lane or last
    characters = max(3, int(width / 7))
    heads = tuple(
        LaneHead(places[lane.name], _fit(lane.name, characters), _fit(", ".join(lane.functions), characters))
        for lane in found.lanes
    )
    return SwimLanes(
        width=WIDTH,
        height=HEAD + ROW * len(rows) + FOOT,
        heads=heads,
        left=GUTTER,
        right=right,
        text_x=right + TEXT_GAP,
        rows=tuple(rows),
        path=" ".join(f"{row.x:.1f},{row.y:.1f}" for row in rows if not row.across),
    )


def step_words(step: Step) -> str:
    """What happens in a step, in words."""
    call = " ".join(filter(None, (step.operation, step.what)))
    if step.action == "step":
        return call
    perturbed = WORDS.get(step.action, step.action)
    return f"{call}: {perturbed}" if call else perturbed


def refusal(step: Step) -> str:
    """The error that the call was answered with; empty where it succeeded, or where there was no answer."""
    return "" if step.outcome in UNREMARKABLE else step.outcome


def _row(step: Step, y: float, places: dict[str, float], room: int, *, switched: bool) -> Row:
    words, breaks = step_words(step), ", ".join(step.breaks)
    if breaks:
        room = int(room / 1.1) - len(f"breaks {breaks}  ")
    refused = refusal(step)
    told = f"{words} → {refused}" if refused else words
    full = ": ".join(filter(None, (step.lane, told))) + (f"; changed {', '.join(step.changed)}" if step.changed else "")
    return Row(
        y=y,
        x=places.get(step.lane, GUTTER),
        n=step.n,
        kind=step.action if step.action != "step" else "refused" if refused else "answered",
        words=_fit(told, max(20, room)),
        title=clip(full, 300) + (f"; breaks {breaks}" if breaks else ""),
        breaks=breaks,
        switched=switched,
        across=step.lane not in places,
    )


def _switched(step: Step, last: str) -> bool:
    return bool(step.lane) and bool(last) and step.lane != last


def _fit(text: str, characters: int) -> str:
    return text if len(text) <= characters else text[: max(1, characters - 1)] + "…"
