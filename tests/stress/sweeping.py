"""Where a target gives way, found by brute force: constant rates up, and then between the last that held and the first that did not. Knows nothing of why."""

from __future__ import annotations

import pickle
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twinstage.model.load_profile import EVEN, Constant, OpenLoad
from twinstage.stress.virtual.levels import stressed

if TYPE_CHECKING:
    from twinstage.model.load_profile import Arrivals
    from twinstage.stress.virtual.subject import Subject

UP = 1.5
NEAR = 1.04
FOLLOWS = 0.95


def swept(given: dict[str, Any], _say: Any) -> list[float]:
    """In the process that contains handlers: the highest offered rate that held and the lowest that did not, no more than 4 % apart."""
    subject, load = pickle.loads(Path(given["subject"]).read_bytes())  # noqa: S301 our own parent's file
    held, broke = load.shape.from_per_s, 0.0
    while not broke:
        rate = held * UP
        held, broke = (rate, broke) if mostly_holds(subject, rate, given, load.arrivals) else (held, rate)
    while broke / held > NEAR:
        rate = (held * broke) ** 0.5
        held, broke = (rate, broke) if mostly_holds(subject, rate, given, load.arrivals) else (held, rate)
    return [held, broke]


def mostly_holds(subject: Subject, rate: float, given: dict[str, Any], arrivals: Arrivals) -> bool:
    """Whether two of three runs hold: of even arrivals, one tells."""
    if arrivals == EVEN:
        return holds(subject, rate, given, arrivals, 1)
    runs = (holds(subject, rate, given, arrivals, seed) for seed in count(1))
    first, second = next(runs), next(runs)
    return first if first == second else next(runs)


def holds(subject: Subject, rate: float, given: dict[str, Any], arrivals: Arrivals, seed: int) -> bool:
    """Whether what is offered is answered well, in time, and as fast as it comes."""
    result = stressed(subject, OpenLoad(Constant(rate, given["for_s"]), arrivals, seed))
    (level,) = result.levels
    in_time = given["p99_s"] is None or level.p99_s <= given["p99_s"]
    return in_time and level.failed_share <= given["failed"] and level.completed_ok >= FOLLOWS * level.offered
