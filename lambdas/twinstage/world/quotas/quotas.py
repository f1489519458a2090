"""The quotas of one account as they stand at a moment: what is admitted, what is refused and how, and what was used."""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from twinstage.model.quotas import Quota, quotas_with
from twinstage.world.quotas.demand import Demand, Refusal, Use
from twinstage.world.quotas.limiters import Bucket, Places

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass
class _Counted:
    """One quota of one resource: its limiter, and what was counted."""

    quota: Quota
    limiter: Bucket | Places
    units: float = 0.0
    requests: int = 0
    refused: int = 0


class Quotas:
    """An account's quotas. Equal calls at equal times give equal answers; may be used from several threads.

    `overrides`: what this account has otherwise than a new one, as `model.quotas.quotas_with` takes them (InputError). Times are seconds of any one clock.
    """

    def __init__(self, overrides: Mapping[str, Mapping[str, float]] | None = None) -> None:
        self._overrides = dict(overrides or {})
        self.quotas = quotas_with(self._overrides)
        self._counted: dict[tuple[str, str], _Counted] = {}
        self._lock = threading.Lock()

    def unused(self) -> Quotas:
        """Quotas as large as these, of which nothing was used."""
        return Quotas(self._overrides)

    def admit(self, demands: Iterable[Demand], now_s: float, until_s: float = math.inf) -> Refusal | None:
        """Admit all of `demands` now, or none of them: then the refusal by the first that has to wait, and nothing was taken.

        Places of a concurrency quota are held until `until_s`, or, where that is infinite, until they are given to `release`. A demand of a quota that has
        no figures, neither its own nor the resource's, is admitted and not counted. A refused request takes no tokens.
        """
        with self._lock:
            asked = [(demand, counted) for demand in demands if (counted := self._of(demand)) is not None]
            for demand, counted in asked:
                wait_s = counted.limiter.wait_s(demand.units, now_s)
                if wait_s > 0.0:
                    counted.refused += 1
                    return _refusal(demand, counted.quota, wait_s)
            for demand, counted in asked:
                limiter = counted.limiter
                limiter.take(demand.units, now_s if isinstance(limiter, Bucket) else until_s)
                counted.units += demand.units
                counted.requests += 1
        return None

    def release(self, demands: Iterable[Demand]) -> None:
        """Give back the places that these demands were admitted to without a time. What they took of buckets is gone."""
        with self._lock:
            for demand in demands:
                counted = self._of(demand)
                if counted is not None and isinstance(counted.limiter, Places):
                    counted.limiter.release(demand.units)

    def used(self) -> tuple[Use, ...]:
        """What was asked of each quota of each resource so far, by quota and key."""
        with self._lock:
            return tuple(_use(key[1], self._counted[key]) for key in sorted(self._counted))

    def _of(self, demand: Demand) -> _Counted | None:
        """What counts a demand; made when it is first asked for, made anew when the resource's own limit has changed."""
        found = self._counted.get((demand.quota, demand.key))
        if found is not None and demand.rate_per_s is None and demand.most is None:
            return found
        quota = self.quotas[demand.quota]
        limiter = _limiter(quota, demand)
        if limiter is None:
            return None
        if found is not None and _same(found.limiter, limiter):
            return found
        counted = _Counted(quota, limiter, *((found.units, found.requests, found.refused) if found else ()))
        self._counted[demand.quota, demand.key] = counted
        return counted


def _limiter(quota: Quota, demand: Demand) -> Bucket | Places | None:
    """A fresh limiter by the quota's figures, or the resource's own where the quota leaves them to it."""
    if quota.kind == "rate":
        rate = quota.rate_per_s if demand.rate_per_s is None else demand.rate_per_s
        if rate is None:
            return None
        burst = rate * quota.burst_s if quota.burst_s is not None and quota.burst is None else quota.burst
        return Bucket(rate, rate if burst is None else burst)
    most = quota.most if demand.most is None else demand.most
    return None if most is None or quota.kind == "size" else Places(most)


def _same(one: Bucket | Places, other: Bucket | Places) -> bool:
    if isinstance(one, Bucket) and isinstance(other, Bucket):
        return (one.rate_per_s, one.burst) == (other.rate_per_s, other.burst)
    return isinstance(one, Places) and isinstance(other, Places) and one.most == other.most


def _refusal(demand: Demand, quota: Quota, wait_s: float) -> Refusal:
    """The refusal of a demand that would have to wait. A quota that AWS enforces by slowing down has no words of its own."""
    known = None if math.isinf(wait_s) else wait_s
    said = quota.refusal
    if said is None:
        return Refusal(quota.id, demand.key, "", "", 0, known)
    return Refusal(quota.id, demand.key, said.error, said.message, said.status, known, said.reason)


def _use(key: str, counted: _Counted) -> Use:
    limiter, quota = counted.limiter, counted.quota
    rate, burst, most = (
        (limiter.rate_per_s, limiter.burst, None) if isinstance(limiter, Bucket) else (None, None, limiter.most)
    )
    return Use(quota.id, key, quota.unit, counted.units, counted.requests, counted.refused, rate, burst, most)
