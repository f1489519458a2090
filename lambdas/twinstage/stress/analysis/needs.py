"""What one request takes of an account, as it was measured: calls, capacity units, invocations, time. The limits and the capacity plan rest on it."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from twinstage.stress.analysis.estimate import Estimate, estimate_of, ratio, rounded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from twinstage.stress.analysis.demands import Demand
    from twinstage.stress.metrics.level import LevelResult
    from twinstage.stress.metrics.result import LoadResult


_SERVICE: Final = "service:"
_CONCURRENCY: Final = "concurrency:"


@dataclass(frozen=True)
class Need:
    """So much of one resource for one request: `per_request` in seconds of a held one, in units else. `limit`: the quota that binds it."""

    resource: str
    kind: str
    limit: str | None
    detail: str
    per_request: Estimate
    capacity_per_s: float | None

    def document(self) -> dict[str, Any]:
        """Its JSON."""
        return {
            "resource": self.resource,
            "kind": self.kind,
            "limit": self.limit,
            "detail": self.detail,
            "per_request": self.per_request.document(),
            "capacity_per_s": None if self.capacity_per_s is None else rounded(self.capacity_per_s),
        }


@dataclass(frozen=True)
class Needs:
    """Of one request answered well. `world`: where it was measured. `requests`: how many it rests on.

    `service_s`: how long a request occupies whoever serves it; None where nobody told. `calls`, `read_units`, `write_units`: of what its handler called,
    `calls` by `service.Operation`. `quotas`: units by quota id, as the run counted them. `invocations`, `billed_s`, `memory_mb`: of a function.
    """

    world: str
    requests: int
    service_s: Estimate | None = None
    resources: tuple[Need, ...] = ()
    calls: Mapping[str, float] = field(default_factory=dict)
    quotas: Mapping[str, float] = field(default_factory=dict)
    read_units: float = 0.0
    write_units: float = 0.0
    invocations: float = 0.0
    billed_s: float = 0.0
    memory_mb: int = 0

    def document(self) -> dict[str, Any]:
        """Its JSON."""
        return {
            "world": self.world,
            "requests": self.requests,
            "service_s": None if self.service_s is None else self.service_s.document(),
            "resources": [need.document() for need in self.resources],
            "calls": {name: rounded(count) for name, count in self.calls.items()},
            "quotas": {name: rounded(units) for name, units in self.quotas.items()},
            "read_units": rounded(self.read_units),
            "write_units": rounded(self.write_units),
            "invocations": rounded(self.invocations),
            "billed_s": rounded(self.billed_s),
            "memory_mb": self.memory_mb,
        }


def needs_of(document: Mapping[str, Any]) -> Needs:
    """The inverse of `Needs.document`, but for the rounding."""
    service = document["service_s"]
    resources = tuple(
        Need(**{**need, "per_request": estimate_of(need["per_request"])}) for need in document["resources"]
    )
    return Needs(**{**document, "service_s": None if service is None else estimate_of(service), "resources": resources})


def measured_needs(result: LoadResult, calm: Sequence[LevelResult], demands: Mapping[str, Demand]) -> Needs:
    """What a request took in the calm levels, as far as those tell; else in the run as a whole, where what retries under congestion took is in it."""
    whole, function = max(result.ok, 1), result.function
    ok = sum(level.completed_ok for level in calm)
    uses = [(name, use) for level in calm for name, use in level.resources.items()]
    counted = Counter[str]()
    units: defaultdict[str, float] = defaultdict(float)
    places, invoked = 0.0, 0
    for name, use in uses if ok else ():
        if name.startswith(_SERVICE):
            counted[name.removeprefix(_SERVICE)] += use.calls
        elif name.startswith(_CONCURRENCY):
            places, invoked = places + use.used, invoked + use.calls
        elif use.limit is not None and use.kind in ("quota", "partition"):
            units[use.limit] += use.used
    calls = {name: call.calls / whole for name, call in sorted(result.calls.items())}
    calls |= {name: counted[name] / ok for name in calls if name in counted}
    quotas = {name: use.used / whole for name, use in sorted(result.quotas.items())}
    quotas |= {name: used / ok for name, used in sorted(units.items())}
    reads, writes = (_units(result, units, ok, whole, kind) for kind in ("read", "write"))
    billed, invocations = (0.0, 0.0) if function is None else (function.billed_s / whole, function.invocations / whole)
    if function is not None and invoked:
        billed, invocations = places / ok, invoked / ok
    return Needs(
        world=result.world,
        requests=result.ok,
        service_s=_service(calm, demands),
        resources=tuple(
            Need(
                name,
                demand.use.kind,
                demand.use.limit,
                demand.use.detail,
                demand.per_request,
                demand.use.capacity_per_s,
            )
            for name, demand in demands.items()
        ),
        calls=calls,
        quotas=quotas,
        read_units=reads,
        write_units=writes,
        invocations=invocations,
        billed_s=billed,
        memory_mb=0 if function is None else function.memory_mb,
    )


def _units(result: LoadResult, units: Mapping[str, float], ok: int, whole: int, kind: str) -> float:
    """Capacity units of all tables for one request: as the tables' own limits counted them, else of the calls, else of the requests where they are a table's."""
    counted = math.fsum(units.get(f"dynamodb.{limit}_{kind}s", 0.0) for limit in ("table", "on_demand"))
    if counted:
        return counted / ok
    called = math.fsum(getattr(call, f"{kind}_units") for call in result.calls.values())
    asked = math.fsum(getattr(operation, f"{kind}_units") for operation in result.operations.values())
    return max(called, asked) / whole


def _service(calm: Sequence[LevelResult], demands: Mapping[str, Demand]) -> Estimate | None:
    told = [level for level in calm if level.service.count]
    if told:
        return ratio(
            [level.service.total_us / 1_000_000 for level in told], [float(level.service.count) for level in told]
        )
    held = [demand.per_request for name, demand in demands.items() if name.startswith(_CONCURRENCY)]
    return max(held, key=lambda one: one.value, default=None)
