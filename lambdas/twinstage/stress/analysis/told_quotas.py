"""Quotas that a run does not tell of, made out from what the called services refused: a wall-clock run sees calls and their error codes, not whose limit it was."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from twinstage.stress.metrics.resource_use import MICRO, ResourceUse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from twinstage.model.quotas import Quota
    from twinstage.stress.metrics.level import LevelResult

_SERVICE: Final = "service:"
# Every request of an account to it counts against one quota; of other services each operation has its own, or none.
_WHOLE: Final = frozenset({"route53"})


def with_told_quotas(levels: Sequence[LevelResult], quotas: Mapping[str, Quota]) -> tuple[LevelResult, ...]:
    """The levels with `quota:<id>` among their resources for each quota on requests whose error code its service refused with, unless the run tells of that quota itself.

    Used are the calls that were admitted; what was waited for it nobody told.
    """
    told = {use.limit for level in levels for use in level.resources.values() if use.limit is not None}
    found = list(levels)
    for quota in quotas.values():
        operations = _operations(quota)
        if quota.id in told or operations is None:
            continue
        uses = [_use(level, quota, operations) for level in levels]
        if any(use.refused for use in uses):
            found = [
                replace(level, resources={**level.resources, f"quota:{quota.id}": use})
                for level, use in zip(found, uses, strict=True)
            ]
    return tuple(found)


def _operations(quota: Quota) -> frozenset[str] | None:
    """Operations whose calls draw on it, empty for all of its service; None where it does not count the calls of an account, or refuses none."""
    counts = quota.kind == "rate" and quota.unit == "requests" and quota.scope in ("account", "operation")
    if not counts or quota.rate_per_s is None or quota.refusal is None:
        return None
    return frozenset(quota.operations) if quota.operations or quota.service in _WHOLE else None


def _use(level: LevelResult, quota: Quota, operations: frozenset[str]) -> ResourceUse:
    calls, refused = 0, Counter[str]()
    code = "" if quota.refusal is None else quota.refusal.error
    for name, use in level.resources.items():
        service, _, operation = name.removeprefix(_SERVICE).partition(".")
        if not name.startswith(_SERVICE) or service != quota.service or (operations and operation not in operations):
            continue
        calls += use.calls
        refused[code] += use.refused.get(code, 0)
    return ResourceUse("quota", calls * MICRO, quota.rate_per_s, 0, calls, dict(+refused), quota.id, quota.id)
