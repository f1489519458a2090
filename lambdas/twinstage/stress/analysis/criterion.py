"""Whether a target kept up with one level within the service level: the one criterion of a knee, a sweep and a confirming run."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from twinstage.stress.analysis.estimate import plain

if TYPE_CHECKING:
    from twinstage.model.service_level import ServiceLevel
    from twinstage.stress.metrics.level import LevelResult

Cause = Literal["behind", "late", "failed"]
# The share of a level's requests that may be unanswered at its end over those that are in flight at any time.
_BEHIND: Final = 0.03
# A level is too short to tell what is in flight from what piles up where its requests take longer than this share of it.
_LONGEST: Final = 0.1
_TAIL: Final = 0.01
_BY_CHANCE: Final = 0.05
_SMALLEST: Final = -700.0  # its exponential is a float that is not 0 yet
# The quantile of the normal distribution that goes with it.
_ONE_SIDED: Final = 1.644854
_MANY: Final = 500


@dataclass(frozen=True)
class Holding:
    """Whether it held, and why not: `behind` (more arrived than was answered), `late` (the 99th percentile), `failed` (too many of them), each with its sentence."""

    causes: tuple[tuple[Cause, str], ...]

    @property
    def ok(self) -> bool:
        """Whether the level held."""
        return not self.causes

    @property
    def sentence(self) -> str:
        """Why it did not; empty where it did."""
        return "; ".join(sentence for _, sentence in self.causes)

    def only(self, *causes: Cause) -> bool:
        """Whether nothing but these broke it."""
        return not self.ok and all(cause in causes for cause, _ in self.causes)


def holds(level: LevelResult, service_level: ServiceLevel) -> Holding:
    """Whether the target kept up with the level within the service level.

    It kept up where the requests that were still unanswered at the level's end are those that are always in flight (Little: rate times median latency, as far as the
    level is long enough to say) and no more than 3 % of its arrivals besides, and twice the root of their number, which chance makes of it. More were late, or
    failed, than the service level allows where chance would make so many in fewer than one of twenty such levels (binomial): one request of sixty is no percentile.
    """
    causes: list[tuple[Cause, str]] = []
    rate = level.offered_per_s
    left = level.offered - level.completed
    flying = rate * min(level.p50_s, _LONGEST * level.duration_s)
    if left > _BEHIND * level.offered + flying + 2 * math.sqrt(flying + 1):
        causes.append(
            ("behind", f"{plain(level.throughput_per_s)} a second were answered of {plain(rate)} that arrived")
        )
    limit, count = service_level.p99_s, level.latency.count
    if limit is not None and count and _tail_s(level, fewest_over(count, _TAIL)) > limit:
        causes.append(("late", f"the 99th percentile is {plain(level.p99_s * 1000)} ms, over {plain(limit * 1000)} ms"))
    if level.offered - level.ok >= fewest_over(level.offered, service_level.failed):
        causes.append(("failed", f"{level.failed_share:.2%} were not answered well, over {service_level.failed:.2%}"))
    return Holding(tuple(causes))


def fewest_over(count: int, share: float) -> int:
    """How many of so many it takes to be over a share of them by more than chance: the fewest that come with a probability of at most 5 % where each does with that share.

    Exact (binomial) for up to 500 expected, by the normal distribution with correction for continuity above, and where the chance of none is too small for a float.
    """
    expected = count * share
    if expected > _MANY or share >= 1 or count * math.log1p(-share) < _SMALLEST:
        return math.floor(expected + _ONE_SIDED * math.sqrt(expected * max(1 - share, 0.0)) + 0.5) + 1
    if share <= 0:
        return 1
    chance = math.exp(count * math.log1p(-share))
    reached, number = chance, 0
    while 1 - reached > _BY_CHANCE:
        chance *= (count - number) / (number + 1) * share / (1 - share)
        number += 1
        reached += chance
    return number + 1


def _tail_s(level: LevelResult, number: int) -> float:
    """The latency that so many of the level's requests reach or exceed; 0 where there are fewer."""
    count = level.latency.count
    return level.latency.quantile_s((count - number + 1) / count) if number <= count else 0.0
