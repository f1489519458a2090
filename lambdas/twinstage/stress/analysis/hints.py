"""What else points at the cause where only a service and its refusals are known: which of its limits refuse so, and whether one key draws the load."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twinstage.stress.analysis.estimate import rounded
from twinstage.stress.analysis.suspects import Evidence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.model.quotas import Quota
    from twinstage.stress.analysis.demands import Demand
    from twinstage.stress.metrics.result import LoadResult

# A key with less of the requests than this is no hot one.
_HOT: Final = 0.2


def hints(culprit: Demand, result: LoadResult, quotas: Mapping[str, Quota]) -> tuple[Evidence, ...]:
    """Of a service that refused without anybody telling for which limit; nothing of any other bottleneck."""
    if culprit.use.kind != "service" or not culprit.refused:
        return ()
    service = culprit.name.partition(":")[2].partition(".")[0]
    named = [
        quota.id
        for quota in quotas.values()
        if quota.service == service and quota.refusal is not None and quota.refusal.error in culprit.refused
    ]
    found = [Evidence("limits", f"so refuse {', '.join(named)}")] if named else []
    return (*found, *_hot_keys(result))


def _hot_keys(result: LoadResult) -> tuple[Evidence, ...]:
    hot = [
        (name, heaviest, heaviest.count / operation.intended)
        for name, operation in sorted(result.operations.items())
        if operation.intended
        for heaviest in operation.keys.heaviest(1)
        if heaviest.count >= _HOT * operation.intended
    ]
    return tuple(
        Evidence(
            "keys",
            f"{'' if key.exact else 'at most '}{share:.0%} of {name} are of one key, {key.key}",
            {"share": rounded(share)},
        )
        for name, key, share in hot
    )
