"""Is one of three arms slower than the two others? An answer that may be looked at after every event, and stopped at whenever one likes.

Three arms take the same event; two of them run the same code. Where the third does as they do, which of the three is slow has nothing to do with which arm it is: of all
events that one of them alone takes so many times as long for as either of the others, each has a third. A third arm that may take `allowed` times as long has less, once what it takes is divided by that. That holds whatever an event takes, however the durations are distributed,
and where they slowly rise or fall from arm to arm too, if the third ran between the others: then it is the slow one less often.

A disturbance of the machine slows events that follow each other. So what counts are blocks of BLOCK events in a row, each for the arm that was the slow one most often in it: a
disturbance is one block or two, what the code does shows in all of them.

With k of n blocks the third arm's, and p its share, the likelihood ratio against p = 1/3 mixed evenly over 1/3 < p < 1 is

    E(k, n) = 3/2 * integral of p^k (1 - p)^(n - k) dp from 1/3 to 1, over (1/3)^k (2/3)^(n - k)

which begins at 1 and is a martingale where p = 1/3 (a supermartingale where it is less), and so is the mean of several, one for each of TIMES: by Ville's inequality it ever reaches 1 / alpha with a
probability of at most alpha. (H. Robbins, Statistical Methods Related to the Law of the Iterated Logarithm, Annals of Mathematical Statistics 41, 1970; A. Ramdas, P. Grünwald, V. Vovk and G. Shafer,
Game-Theoretic Statistics and Safe Anytime-Valid Inference, Statistical Science 38, 2023, https://arxiv.org/abs/2210.01948.)
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

BLOCK: Final = 10
TIMES: Final = (1.0, 1.5, 2.0, 4.0)
"""A little more for all events, and much more for a few, are both found: how many times as long as either other an arm takes to be the slow one."""
_CHANCE: Final = 1 / 3
# The logarithm of the most that a float of JSON holds with ease: beyond it nothing is any surer.
_MOST: Final = 600.0
THIRD: Final = 2


@dataclass(frozen=True)
class Slow:
    """How often each of the arms alone took more than `times` as long as either other: of the events, and of the blocks. The two that are alike first, the third last."""

    times: float
    events: tuple[int, int, int]
    blocks: tuple[int, int, int]

    @property
    def evidence(self) -> float:
        """E(k, n): how many times as likely what was seen is where the third arm is the slower one."""
        return evidence(self.blocks[THIRD], sum(self.blocks))


def slow_of_three(durations: Iterable[Sequence[float]], allowed: float) -> tuple[Slow, ...]:
    """Counts for each of TIMES. Each event has three durations above 0, in any unit: the third is of the arm that is asked about, and counts as what it is over `allowed`.

    In the order in which the events took place.
    """
    events = [(one, other, third / allowed) for one, other, third in durations]
    return tuple(_slow(events, times) for times in TIMES)


def evidence_of(found: Sequence[Slow]) -> float:
    """That the third arm is the slower one, by all multiples together: it reaches 1 / alpha with a probability of at most alpha where it is not, however often somebody looks."""
    return math.fsum(each.evidence for each in found) / len(found)


def enough(events: int, alpha: float) -> bool:
    """Whether so many events could say anything at all: whether every block being the third arm's would."""
    blocks = events // BLOCK
    return evidence(blocks, blocks) >= 1 / alpha


def evidence(third: int, blocks: int) -> float:
    """E(k, n). The integral is a beta function's upper tail, and that a binomial's lower: P(Binomial(n + 1, 1/3) <= k)."""
    whole = math.lgamma(third + 1) + math.lgamma(blocks - third + 1) - math.lgamma(blocks + 2)
    below = _log_binomial_up_to(third, blocks + 1)
    chance = third * math.log(_CHANCE) + (blocks - third) * math.log1p(-_CHANCE)
    return math.exp(min(whole + below - math.log1p(-_CHANCE) - chance, _MOST))


def _log_binomial_up_to(most: int, draws: int) -> float:
    """The logarithm of P(Binomial(draws, 1/3) <= most)."""
    log_p, log_q = math.log(_CHANCE), math.log1p(-_CHANCE)
    terms = [
        math.lgamma(draws + 1) - math.lgamma(k + 1) - math.lgamma(draws - k + 1) + k * log_p + (draws - k) * log_q
        for k in range(most + 1)
    ]
    greatest = max(terms)
    return greatest + math.log(math.fsum(math.exp(term - greatest) for term in terms))


def _slow(events: Sequence[Sequence[float]], times: float) -> Slow:
    alone = [_alone(durations, times) for durations in events]
    # A block that has just begun says nothing yet: its arm might still change.
    blocks = [_most_often(alone[at : at + BLOCK]) for at in range(0, len(alone) - BLOCK + 1, BLOCK)]
    return Slow(times, _counts(alone), _counts(blocks))


def _alone(durations: Sequence[float], times: float) -> int | None:
    """The arm that took more than `times` as long as each other."""
    _, second, most = sorted(durations)
    return durations.index(most) if most > times * second else None


def _most_often(arms: Sequence[int | None]) -> int | None:
    counts = _counts(arms)
    most = max(counts)
    return counts.index(most) if counts.count(most) == 1 else None


def _counts(arms: Sequence[int | None]) -> tuple[int, int, int]:
    return arms.count(0), arms.count(1), arms.count(THIRD)
