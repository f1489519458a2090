"""Which quota binds first in the real account, and at what rate: what a request takes against what AWS gives.

Counts carry over from any world: a handler makes the same calls wherever they are answered. Times carry over only from where they are AWS's: what the embedded AWS takes for a
request says nothing of concurrency (Little's law: places = rate times time) on AWS.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from twinstage.stress.analysis.estimate import rounded

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from twinstage.model.quotas import Quota
    from twinstage.stress.analysis.needs import Need, Needs

# Bounds how fast more environments come, not how many requests there may be: no rate at which it binds for good.
_GROWTH: Final = frozenset({"lambda.scale_up"})
_PLACES: Final = frozenset({"lambda.concurrency", "lambda.function_concurrency"})
_COUNTED: Final = frozenset({"requests", "invocations"})
_TIMES_MEMORY: Final = "rests on the service times that the run was given"
_TIMES_TWIN: Final = "rests on the speed of where it was measured, which need not be AWS's: does not carry over"


@dataclass(frozen=True)
class Limit:
    """One quota against one request's need. `at_per_s`: the rate of requests at which it binds; `headroom`: what is left of it at `rate`, as a share.

    `per_request` and `available` in the quota's unit, places for a concurrency. `carries_over`: whether it holds on AWS as it was measured here; `note` says why not.
    """

    quota: str
    resource: str
    at_per_s: float
    headroom: float
    per_request: float
    available: float
    unit: str
    adjustable: bool
    confidence: str
    source: str
    read_on: str
    carries_over: bool
    note: str

    def document(self) -> dict[str, Any]:
        """Its JSON."""
        return {name: rounded(value) if isinstance(value, float) else value for name, value in asdict(self).items()}


def limits(needs: Needs, quotas: Mapping[str, Quota], rate_per_s: float) -> tuple[Limit, ...]:
    """Every quota that requests draw on and whose figure is known, the one that binds first in front; headroom at `rate_per_s`."""
    found = []
    for quota in quotas.values():
        if quota.kind == "size" or quota.id in _GROWTH:
            continue
        for resource, per_request, available in _drawn(quota, needs):
            if per_request > 0 and available:
                found.append(_limit(quota, needs, resource, per_request, available, rate_per_s))
    return tuple(sorted(found, key=lambda one: (one.at_per_s, one.quota, one.resource)))


def _limit(quota: Quota, needs: Needs, resource: str, per_request: float, available: float, rate_per_s: float) -> Limit:
    at_per_s = available / per_request
    timed = quota.kind == "concurrency"
    note = "" if not timed else _TIMES_TWIN if needs.world == "twin" else _TIMES_MEMORY
    return Limit(
        quota.id,
        resource,
        at_per_s,
        1 - rate_per_s / at_per_s,
        per_request,
        available,
        "places" if timed else quota.unit,
        quota.adjustable,
        quota.confidence,
        quota.source,
        quota.read_on,
        not (timed and needs.world == "twin"),
        note,
    )


def _drawn(quota: Quota, needs: Needs) -> Iterable[tuple[str, float, float | None]]:
    """(resource, need of a request, what there is a second or at once): the finest that was counted."""
    figure = quota.most if quota.kind == "concurrency" else quota.rate_per_s
    own = [need for need in needs.resources if need.limit == quota.id]
    if own:
        worst = max(own, key=lambda need: need.per_request.value / (_of(need, figure) or float("inf")))
        return [(worst.resource, worst.per_request.value, _of(worst, figure))]
    if quota.id in _PLACES:
        # Its own function's places are a reservation: without one there are none to count.
        taken = 0.0 if needs.service_s is None else needs.service_s.value
        return [(quota.id, taken, figure)] if quota.id == "lambda.concurrency" and needs.invocations else []
    if quota.id in needs.quotas and quota.kind == "rate":
        return [(quota.id, needs.quotas[quota.id], figure)]
    return [(quota.id, _counted(quota, needs), figure)]


def _of(need: Need, figure: float | None) -> float | None:
    """A resource's own capacity (a provisioned table's, a reservation) where the quota leaves it to it."""
    return figure if figure is not None else need.capacity_per_s


def _counted(quota: Quota, needs: Needs) -> float:
    """By what handlers called, where the quota counts calls of the whole account or of an operation."""
    if quota.service == "lambda" and quota.unit == "invocations":
        return needs.invocations if quota.scope == "account" else 0.0
    if quota.unit not in _COUNTED or quota.scope not in ("account", "operation") or quota.kind != "rate":
        return 0.0
    if not quota.operations and quota.service != "route53":
        # Only Route 53 counts every request of an account together.
        return 0.0
    return sum(
        count
        for name, count in needs.calls.items()
        if (parts := name.partition("."))[0] == quota.service and (not quota.operations or parts[2] in quota.operations)
    )
