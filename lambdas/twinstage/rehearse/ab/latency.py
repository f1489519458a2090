"""Is the candidate slower? Each function's events in three arms, paired by event, by a test that may be looked at whenever one likes."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from twinstage.rehearse.ab.observing import called
from twinstage.stress.comparison.sequential import quantile_interval
from twinstage.stress.comparison.slowest_of_three import Slow, enough, evidence_of, slow_of_three
from twinstage.stress.metrics.histogram import Histogram

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twinstage.rehearse.ab.observing import Replays

    Durations = tuple[float, float, float]

ALPHA: Final = 0.05
SHARES: Final = (0.5, 0.99)
_SCALE: Final = 1_000_000
# Durations are told in whole microseconds: one that is told as none is less.
_LEAST_MS: Final = 0.001
Verdict = Literal["slower", "unseen", "too few"]


@dataclass(frozen=True)
class Effect:
    """How many times as long as under the baseline the same event takes under the candidate: the quantile of a share of the events, and between what it lies at all times together; None: no bound yet."""

    share: float
    ratio: float
    low: float | None
    high: float | None

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {"share": self.share, "ratio": self.ratio, "interval": [self.low, self.high]}


@dataclass(frozen=True)
class Compared:
    """One function. `needed`: the evidence that it takes to call it slower; `slow`: which arm was the slow one, how often."""

    of: str
    events: int
    verdict: Verdict
    evidence: float
    needed: float
    effects: tuple[Effect, ...]
    slow: tuple[Slow, ...]

    def document(self) -> dict[str, Any]:
        """As JSON."""
        names = ("baseline", "repeat", "candidate")
        return {
            "of": self.of,
            "events": self.events,
            "verdict": self.verdict,
            "evidence": round(self.evidence, 6),
            "needed": self.needed,
            "effects": [each.document() for each in self.effects],
            "slow": [
                {
                    "times": each.times,
                    "events": dict(zip(names, each.events, strict=True)),
                    "blocks": dict(zip(names, each.blocks, strict=True)),
                }
                for each in self.slow
            ],
        }


def compared(replays: Replays, allowed: float) -> list[Compared]:
    """Each function (and each type of event that calls none) whose events succeeded in all three arms, by name. `allowed`: how many times as long the candidate may take.

    All together say "slower" of what is not with a probability of at most ALPHA.
    """
    paired: dict[str, list[Durations]] = defaultdict(list)
    for outcomes in replays.in_all():
        if all(outcome["outcome"] == "success" for outcome in outcomes):
            one, other, third = (max(float(outcome["latency_ms"]), _LEAST_MS) for outcome in outcomes)
            paired[called(outcomes[0])].append((one, other, third))
    alpha = ALPHA / max(1, len(paired))
    return [_compared(of, durations, allowed, alpha) for of, durations in sorted(paired.items())]


def _compared(of: str, durations: Sequence[Durations], allowed: float, alpha: float) -> Compared:
    slow = slow_of_three(durations, allowed)
    found = evidence_of(slow)
    verdict: Verdict = "too few" if not enough(len(durations), alpha) else "slower" if found >= 1 / alpha else "unseen"
    return Compared(of, len(durations), verdict, found, 1 / alpha, _effects(durations, alpha), slow)


def _effects(durations: Sequence[Durations], alpha: float) -> tuple[Effect, ...]:
    ratios = Histogram()
    # Ratios up to 3,600, in millionths: what a histogram of durations holds.
    ratios.add_all([round(third / one * _SCALE) for one, _, third in durations])
    return tuple(_effect(ratios, share, alpha / len(SHARES)) for share in SHARES)


def _effect(ratios: Histogram, share: float, alpha: float) -> Effect:
    low, high = quantile_interval(ratios, share, alpha)
    return Effect(share, _ratio(ratios.quantile(share)), *(None if end is None else _ratio(end) for end in (low, high)))


def _ratio(scaled: int) -> float:
    return round(scaled / _SCALE, 4)
