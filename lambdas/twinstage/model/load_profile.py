"""What load is offered: when requests are meant to begin (open), or how many users take turns (closed). The scenario's `stress.load`, parsed.

An open load says when each request begins, whether or not those before it have been answered: what a target is slow in, waits and is counted as waiting. In a closed
load each of `users` asks again `think_s` after its answer, so that a slow target is asked less. Everything else here is data: frozen, comparable, and a document.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Arrivals = Literal["even", "poisson"]
EVEN: Final = "even"
POISSON: Final = "poisson"
OPEN: Final = "open"
CLOSED: Final = "closed"
FACTOR: Final = 1.3
# More levels than anybody looks at; a factor of 1.0000001 would have millions.
MOST_LEVELS: Final = 10_000
# A recorded day so slowed would last 2,700 years.
LEAST_SCALE: Final = 1e-6
# A level ends, in the whole microseconds that it is measured in, after it begins.
LEAST_NS: Final = 1_000
_NS: Final = 1_000_000_000


@dataclass(frozen=True)
class Stretch:
    """A time of one rate, or of one that changes evenly: [begin_ns, end_ns) from the beginning of the load, in requests a second."""

    begin_ns: int
    end_ns: int
    from_per_s: float
    to_per_s: float

    @property
    def constant(self) -> bool:
        """Whether its rate is one: such a stretch is a level, what is measured of it is told as one."""
        return self.from_per_s == self.to_per_s


@dataclass(frozen=True)
class Constant:
    """One rate."""

    rate_per_s: float
    for_s: float

    @property
    def stretches(self) -> tuple[Stretch, ...]:
        """One."""
        return _in_turn([(self.rate_per_s, self.rate_per_s, self.for_s)])


@dataclass(frozen=True)
class Soak(Constant):
    """One rate for long: what grows (memory, files, a table) shows in how the later windows differ from the first."""


@dataclass(frozen=True)
class Ramp:
    """A rate that changes evenly. No part of it is a level."""

    from_per_s: float
    to_per_s: float
    for_s: float

    @property
    def stretches(self) -> tuple[Stretch, ...]:
        """One."""
        return _in_turn([(self.from_per_s, self.to_per_s, self.for_s)])


@dataclass(frozen=True)
class Step:
    """Levels from one rate to the other, each `by_per_s` above the one before; the last one is `to_per_s`, however far that is."""

    from_per_s: float
    to_per_s: float
    by_per_s: float
    level_s: float

    @property
    def stretches(self) -> tuple[Stretch, ...]:
        """One a level."""
        number = _levels((self.to_per_s - self.from_per_s) / self.by_per_s)
        rates = [self.from_per_s + index * self.by_per_s for index in range(number)]
        return _in_turn([(rate, rate, self.level_s) for rate in (*rates, self.to_per_s)])


@dataclass(frozen=True)
class Breakpoint:
    """Levels from one rate to the other, each `factor` times the one before; the last one is `to_per_s`. It searches for the rate at which a target breaks."""

    from_per_s: float
    to_per_s: float
    level_s: float
    factor: float = FACTOR

    @property
    def stretches(self) -> tuple[Stretch, ...]:
        """One a level."""
        number = _levels(math.log(self.to_per_s / self.from_per_s) / math.log(self.factor))
        rates = [self.from_per_s * self.factor**index for index in range(number)]
        return _in_turn([(rate, rate, self.level_s) for rate in (*rates, self.to_per_s)])


@dataclass(frozen=True)
class Spike:
    """A rate, a much higher one, and the first again: whether, and how soon, a target recovers."""

    rate_per_s: float
    peak_per_s: float
    before_s: float
    peak_s: float
    after_s: float

    @property
    def stretches(self) -> tuple[Stretch, ...]:
        """Three."""
        calm, peak = self.rate_per_s, self.peak_per_s
        return _in_turn([(calm, calm, self.before_s), (peak, peak, self.peak_s), (calm, calm, self.after_s)])


@dataclass(frozen=True)
class Recorded:
    """The recorded day, `scale` times as fast. `offsets_ns`: when each of its requests began, ascending, from its first; a scenario does not write them down."""

    scale: float = 1.0
    offsets_ns: tuple[int, ...] = ()

    @property
    def stretches(self) -> tuple[Stretch, ...]:
        """None: a recorded day has no rate that was chosen."""
        return ()


Shape = Constant | Soak | Ramp | Step | Breakpoint | Spike | Recorded
SHAPES: Final[Mapping[str, type[Shape]]] = {
    "constant": Constant,
    "soak": Soak,
    "ramp": Ramp,
    "step": Step,
    "breakpoint": Breakpoint,
    "spike": Spike,
    "recorded": Recorded,
}
_NAMES: Final = {shape: name for name, shape in SHAPES.items()}


@dataclass(frozen=True)
class OpenLoad:
    """Requests that begin when the shape says: evenly spaced, or as a Poisson process of that rate, drawn from `seed`."""

    shape: Shape
    arrivals: Arrivals = EVEN
    seed: int = 0

    @property
    def duration_ns(self) -> int:
        """From the beginning of the load until nothing begins any more."""
        if isinstance(self.shape, Recorded):
            return scaled_ns(self.shape.offsets_ns[-1], self.shape.scale) + 1 if self.shape.offsets_ns else 0
        return self.shape.stretches[-1].end_ns

    @property
    def levels(self) -> tuple[Stretch, ...]:
        """The stretches of one rate, in their order: what is measured of each is told on its own."""
        return tuple(stretch for stretch in self.shape.stretches if stretch.constant and stretch.from_per_s > 0)

    def document(self) -> dict[str, Any]:
        """Its form in a scenario, with every default written out."""
        shape = asdict(self.shape) | (
            {"offsets_ns": list(self.shape.offsets_ns)} if isinstance(self.shape, Recorded) else {}
        )
        return {
            "model": OPEN,
            "profile": _NAMES[type(self.shape)],
            **shape,
            "arrivals": self.arrivals,
            "seed": self.seed,
        }


@dataclass(frozen=True)
class ClosedLoad:
    """`users` who each ask, wait for the answer, think for `think_s`, and ask again, for `for_s` seconds."""

    users: int
    for_s: float
    think_s: float = 0.0

    @property
    def duration_ns(self) -> int:
        """From the beginning of the load until nobody asks any more."""
        return nanoseconds(self.for_s)

    @property
    def levels(self) -> tuple[Stretch, ...]:
        """None: the rate is what the target makes of it."""
        return ()

    def document(self) -> dict[str, Any]:
        """Its form in a scenario, with every default written out."""
        return {"model": CLOSED, **asdict(self)}


Load = OpenLoad | ClosedLoad


def load_of(document: Mapping[str, Any]) -> Load:
    """The load of a valid document: `{"profile": "constant", "rate_per_s": 20, "for_s": 60}`, `{"model": "closed", "users": 5, "for_s": 60}`."""
    own = {name: value for name, value in document.items() if name not in ("model", "profile", "arrivals", "seed")}
    if document.get("model") == CLOSED:
        return ClosedLoad(**own)
    if "offsets_ns" in own:
        own["offsets_ns"] = tuple(own["offsets_ns"])
    return OpenLoad(SHAPES[document["profile"]](**own), document.get("arrivals", EVEN), document.get("seed", 0))


def load_contradictions(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a schema cannot say is wrong with a load that it takes: (JSON pointer, message)."""
    found = []
    low, high = document.get("from_per_s", 0), document.get("to_per_s", math.inf)
    profile = document.get("profile")
    if profile in ("step", "breakpoint") and low >= high:
        found.append(("/to_per_s", f"the last level, {high} a second, is not above the first, {low} a second"))
    elif profile in ("step", "breakpoint") and _count(document, low, high) > MOST_LEVELS:
        wide = "by_per_s" if profile == "step" else "factor"
        found.append((f"/{wide}", f"these are more than {MOST_LEVELS} levels from {low} to {high} a second"))
    if profile == "ramp" and low == high == 0:
        found.append(("/to_per_s", "nothing would ever be asked"))
    if profile == "spike" and document["peak_per_s"] <= document["rate_per_s"]:
        found.append(("/peak_per_s", "the peak is not above the rate before it"))
    found += [
        (f"/{member}", "this is less than a microsecond, which is what a load is measured in")
        for member in ("for_s", "level_s", "before_s", "peak_s", "after_s")
        if document.get(member) and nanoseconds(document[member]) < LEAST_NS
    ]
    if document.get("scale", 1) < LEAST_SCALE:
        found.append(("/scale", f"this is less than {LEAST_SCALE} times as fast"))
    return found


def nanoseconds(seconds: float) -> int:
    """Whole nanoseconds, the nearest."""
    return round(seconds * _NS)


def scaled_ns(offset_ns: int, scale: float) -> int:
    """When a recorded offset falls, `scale` times as fast."""
    return offset_ns if scale == 1 else round(offset_ns / scale)


def _count(document: Mapping[str, Any], low: float, high: float) -> float:
    if document["profile"] == "step":
        return float((high - low) / document["by_per_s"])
    return math.log(high / low) / math.log(document.get("factor", FACTOR))


def _levels(steps: float) -> int:
    """How many levels lie before the last one. Rates that were computed are not exact: what they are off by makes no level of its own."""
    return max(math.ceil(steps - 1e-3), 0)


def _in_turn(rates: list[tuple[float, float, float]]) -> tuple[Stretch, ...]:
    """Stretches one after the other, of (rate at its beginning, rate at its end, seconds); none of no time."""
    found, at_ns = [], 0
    for first, last, for_s in rates:
        end_ns = at_ns + nanoseconds(for_s)
        if end_ns > at_ns:
            found.append(Stretch(at_ns, end_ns, first, last))
        at_ns = end_ns
    return tuple(found)
