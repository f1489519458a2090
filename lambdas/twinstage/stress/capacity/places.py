"""How many places (environments, workers) a load needs so that the service level is held."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from twinstage.stress.analysis.queues import erlang_b, late_share, mean_wait_s

if TYPE_CHECKING:
    from collections.abc import Callable

    from twinstage.model.service_level import ServiceLevel

# More than any account has.
MOST: Final = 1_000_000
_LATE: Final = 0.01
_WAITED: Final = 0.1


def refusing(rate_per_s: float, service_s: float, failed: float) -> int:
    """Places such that no more than a share `failed` of requests find all of them taken and are refused, as synchronous invocations are (Erlang B)."""
    offered = rate_per_s * service_s
    return _fewest(lambda places: erlang_b(places, offered) <= max(failed, 1e-9), offered)


def queueing(rate_per_s: float, service_s: float, service_level: ServiceLevel) -> int | None:
    """Places such that 99 of 100 requests are answered within the service level's latency where they queue for one (M/M/c); None where none suffice.

    Where no latency is asked for, such that the mean wait is at most a tenth of the service time.
    """
    offered, limit = rate_per_s * service_s, service_level.p99_s
    if limit is None:
        return _fewest(lambda places: mean_wait_s(places, rate_per_s, service_s) <= _WAITED * service_s, offered)
    if math.exp(-limit / service_s) >= _LATE:
        return None  # late without any wait
    return _fewest(lambda places: late_share(places, rate_per_s, service_s, limit) <= _LATE, offered)


def _fewest(enough: Callable[[int], bool], offered: float) -> int:
    """The least number that is enough; more is never less."""
    low, high = 0, max(math.ceil(offered), 1)
    while not enough(high) and high < MOST:
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high
