"""One run that bears a predicted knee out, or does not: just below it, at it, just above it."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from twinstage.model.load_profile import OpenLoad, Step, load_of
from twinstage.stress.analysis.criterion import holds
from twinstage.stress.analysis.diagnosis import Confirmation, Diagnosis
from twinstage.stress.analysis.estimate import Estimate, plain
from twinstage.stress.analysis.knee import Bracket
from twinstage.stress.analysis.rows import rows
from twinstage.stress.analysis.stretches import stretches

if TYPE_CHECKING:
    from twinstage.model.service_level import ServiceLevel
    from twinstage.stress.metrics.result import LoadResult

# How far from the knee the levels beside it lie, as shares of it: half as far as its interval reaches, so that they cut a wide one, within these.
_APART: Final = 0.1
_FARTHEST: Final = 0.3
# What the rate that was really offered may be off by.
_ROUNDING: Final = 0.02
# Levels that short tell queues from noise no more.
_SHORTEST_S: Final = 10.0
_DIGITS: Final = 4
_PLACES: Final = 9


def confirming_profile(result: LoadResult, knee: Estimate) -> dict[str, Any] | None:
    """The load of the confirming run: levels below the knee, at it and above it, half as far apart as its interval reaches (at least a tenth), as long as those of the run, arrivals as in
    the run.

    None where there is no rate to offer.
    """
    at = _short(knee.value)
    if not at > 0:
        return None
    lengths = [level.duration_s for level in result.levels]
    level_s = max(lengths) if lengths else max(result.duration_s / 12, _SHORTEST_S)
    reach = min(max((knee.high - knee.low) / 4 / knee.value, _APART), _FARTHEST)
    by = _short(at * reach)
    below = _short(at - by)
    shape = Step(below, round(below + 2 * by, _PLACES), by, level_s)  # three levels, whatever the digits
    given = load_of(result.profile)
    load = replace(given, shape=shape) if isinstance(given, OpenLoad) else OpenLoad(shape)
    return load.document()


def _short(rate: float) -> float:
    """A rate of few digits: whoever drives it by hand can write it down."""
    return float(f"{rate:.{_DIGITS}g}")


def confirmed(diagnosis: Diagnosis, result: LoadResult, service_level: ServiceLevel) -> Diagnosis:
    """The diagnosis with what the confirming run said of its knee, and the knee where that run puts it.

    The prediction held unless a rate above its interval held, or one below it did not. What was seen bounds the knee from then on; where the confirming run bounds it on one side
    only, the first run does on the other.
    """
    if diagnosis.knee is None:
        return diagnosis
    predicted = diagnosis.knee
    levels = stretches(result)
    holdings = tuple(holds(level, service_level) for level in levels)
    told = rows(levels, holdings)
    if not result.generator.valid or len(levels) < 2:  # noqa: PLR2004  a knee lies between two levels
        why = "; ".join(result.generator.reasons) or "fewer than two levels were driven"
        sentence = f"Not confirmed, and not refuted: {why}."
        return _told(diagnosis, Confirmation(None, predicted.value, sentence, told))
    first = next((index for index, holding in enumerate(holdings) if not holding.ok), len(levels))
    held = levels[first - 1].offered_per_s if first else None
    broke = levels[first].offered_per_s if first < len(levels) else None
    knee = _corrected(diagnosis, predicted, held, broke)
    low = held if held is not None else 0.0
    high = broke if broke is not None else math.inf
    bore_out = low <= predicted.high * (1 + _ROUNDING) and high >= predicted.low * (1 - _ROUNDING)
    sentence = _sentence(predicted, knee, held, broke, bore_out=bore_out)
    return _told(replace(diagnosis, knee=knee, confirm=None), Confirmation(bore_out, predicted.value, sentence, told))


def _told(diagnosis: Diagnosis, confirmation: Confirmation) -> Diagnosis:
    """The diagnosis with what the confirming run said, in its sentence too."""
    return replace(diagnosis, confirmation=confirmation, sentence=f"{diagnosis.sentence} {confirmation.sentence}")


def _corrected(diagnosis: Diagnosis, predicted: Estimate, held: float | None, broke: float | None) -> Estimate:
    """The prediction, as far as it lies between what held and what did not, in the confirming run or else in the first; where it does not, the middle between these.

    Between two rates of the confirming run it is put at the one that it lies next to: they are no farther apart than that.
    """
    both = held is not None and broke is not None
    if held is None:
        held = diagnosis.held_per_s if broke is None or diagnosis.held_per_s < broke else 0.0
    if broke is None:
        ends = [end for end in (diagnosis.broke_per_s, predicted.high) if end is not None and end > held]
        broke = max(ends, default=held * (1 + _APART))
    if held < predicted.value < broke:
        return predicted.within(held, broke)
    if both:
        return Estimate(min(max(predicted.value, held), broke), held, broke)
    return Bracket(held, broke).estimate


def _sentence(predicted: Estimate, knee: Estimate, held: float | None, broke: float | None, *, bore_out: bool) -> str:
    said = [f"held at {plain(held)}"] if held is not None else []
    said += [f"did not at {plain(broke)}"] if broke is not None else []
    found = "Confirmed" if bore_out else "Not confirmed"
    at = f"the knee was predicted at {plain(predicted.value)} requests a second ({plain(predicted.low)} to {plain(predicted.high)})"
    put = f"; it is put at {plain(knee.value)} ({plain(knee.low)} to {plain(knee.high)})"
    return f"{found}: {at}; the run {' and '.join(said)}{'' if knee == predicted else put}."
