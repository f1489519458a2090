"""How much of what a request needs was used: locks, partitions, services, concurrency, processor time, quotas."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from twinstage.model.errors import TwinstageError
from twinstage.stress.metrics.bounded import RESOURCES, bounded
from twinstage.stress.metrics.merging import merged_by_name

if TYPE_CHECKING:
    from collections.abc import Mapping

MICRO: Final = 1_000_000
# Used by being held: their use is busy time, and adds up over the windows and levels it lies in. Of the others (partition, quota) units are used, at one moment each.
HELD: Final = frozenset({"lock", "service", "concurrency", "cpu"})
KINDS: Final = HELD | {"partition", "quota"}


@dataclass(frozen=True)
class ResourceUse:
    """What was used of one resource, and what was waited for it: whole numbers, so that adding is exact.

    `used_micro`: of a held resource microseconds busy within the time this speaks of, of the others millionths of a unit. `capacity_per_s`: seconds busy a
    second that it has (its servers: 1 for a lock), or units a second; None where unknown or without a limit. `waited_us`: of all requests together, back-off
    after its refusals included. `calls`: uses that were admitted; `refused`: those that were not, by error code. `limit`: the id of the quota that binds it.
    `detail`: its key, table or function.
    """

    kind: str
    used_micro: int = 0
    capacity_per_s: float | None = None
    waited_us: int = 0
    calls: int = 0
    refused: Mapping[str, int] = field(default_factory=dict)
    limit: str | None = None
    detail: str = ""

    @property
    def used(self) -> float:
        """Seconds busy, or units."""
        return self.used_micro / MICRO

    @property
    def waited_s(self) -> float:
        """Seconds that requests waited for it, together."""
        return self.waited_us / MICRO

    def utilisation(self, duration_s: float) -> float | None:
        """The share of its capacity that was used in so many seconds; None where its capacity is not known."""
        if self.capacity_per_s is None or not self.capacity_per_s or not duration_s:
            return None
        return self.used / (self.capacity_per_s * duration_s)

    def merged(self, other: ResourceUse) -> ResourceUse:
        """What both used. Raises TwinstageError where they speak of different resources."""
        if self.identity != other.identity:
            raise TwinstageError(
                "RESOURCES_DIFFER", f"one name for two resources: {self.identity} and {other.identity}"
            )
        return ResourceUse(
            self.kind,
            self.used_micro + other.used_micro,
            self.capacity_per_s,
            self.waited_us + other.waited_us,
            self.calls + other.calls,
            added(self.refused, other.refused),
            self.limit,
            self.detail,
        )

    @property
    def identity(self) -> tuple[str, float | None, str | None, str]:
        """What two uses of one resource have in common."""
        return self.kind, self.capacity_per_s, self.limit, self.detail


@dataclass(frozen=True)
class QuotaUse:
    """What was used of one quota: `used_micro` millionths of its unit, `refused` calls by error code, against `capacity_per_s` (None: not a rate) or `most` at one time."""

    used_micro: int = 0
    capacity_per_s: float | None = None
    most: float | None = None
    calls: int = 0
    refused: Mapping[str, int] = field(default_factory=dict)

    @property
    def used(self) -> float:
        """Units."""
        return self.used_micro / MICRO

    def merged(self, other: QuotaUse) -> QuotaUse:
        """What both used. Raises TwinstageError where their capacity differs."""
        if (self.capacity_per_s, self.most) != (other.capacity_per_s, other.most):
            raise TwinstageError("QUOTAS_DIFFER", f"one name for two quotas: {self} and {other}")
        return QuotaUse(
            self.used_micro + other.used_micro,
            self.capacity_per_s,
            self.most,
            self.calls + other.calls,
            added(self.refused, other.refused),
        )


def added(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    """The sums by name, in the order of names; a name whose sum is nothing stays."""
    both = Counter(one)
    both.update(other)
    return dict(sorted(both.items()))


def bounded_uses(uses: Mapping[str, ResourceUse]) -> dict[str, ResourceUse]:
    """At most so many resources as a result holds, in order; the others of a kind are one, without a capacity."""
    return bounded(uses, RESOURCES, ResourceUse.merged, _of_others)


def merged_uses(one: Mapping[str, ResourceUse], other: Mapping[str, ResourceUse]) -> dict[str, ResourceUse]:
    """Both, by name."""
    return bounded_uses(merged_by_name(one, other))


def _of_others(use: ResourceUse) -> ResourceUse:
    return replace(use, capacity_per_s=None, limit=None, detail="")
