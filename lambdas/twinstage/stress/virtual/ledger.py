"""What a run on virtual time is told as: each use of a resource, each wait and each request, under the names that the analysis knows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from twinstage.stress.metrics.resource_use import MICRO, QuotaUse
from twinstage.stress.virtual.subject import THROTTLED
from twinstage.world.contained import Function

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from twinstage.model.quotas import Quota
    from twinstage.stress.metrics.recorder import Recorder
    from twinstage.stress.virtual.invocation import Invocation
    from twinstage.stress.virtual.subject import Subject
    from twinstage.world.quotas import Demand, Quotas, Refusal

SECOND: Final = 1_000_000_000
# Lambda bills whole milliseconds. Source: https://aws.amazon.com/lambda/pricing/
_BILLED_NS: Final = 1_000_000
_CODE: Final = re.compile(r"An error occurred \((\w+)\)")


class Ledger:
    """Tells a recorder of one run. Times are nanoseconds from the load's beginning."""

    def __init__(self, subject: Subject, recorder: Recorder, quotas: Quotas) -> None:
        self._subject, self._recorder, self._quotas = subject, recorder, quotas
        self._names: dict[tuple[str, str], str] = {}
        self._services: dict[str, str] = {}
        self._function = subject.serves if isinstance(subject.serves, Function) else None
        if self._function is not None:
            self._declare_function(self._function)

    def admitted(self, service: str, demands: Iterable[Demand], begin_ns: int, end_ns: int) -> list[str]:
        """A call that was let through, and the time the service takes for it; the resources it drew on."""
        drawn_on = []
        for demand in demands:
            name = self._name(demand.quota, demand.key, demand)
            quota = self._quotas.quotas[demand.quota]
            if quota.kind == "concurrency":
                self._recorder.use(name, begin_ns, end_ns)
            else:
                self._recorder.use(name, begin_ns, begin_ns, demand.units)
            drawn_on.append(name)
        known = self._services.get(service)
        if known is None:
            known = self._services[service] = f"service:{service}"
            self._recorder.declare(known, "service", detail=service)
        self._recorder.use(known, begin_ns, end_ns)
        return drawn_on

    def refused(self, refusal: Refusal, demands: Iterable[Demand], now_ns: int) -> str:
        """A call that a quota refused; the resource that it now waits for."""
        own = next((one for one in demands if (one.quota, one.key) == (refusal.quota, refusal.key)), None)
        name = self._name(refusal.quota, refusal.key, own)
        self._recorder.use(name, now_ns, now_ns, refused=refusal.error)
        return name

    def called(self, name: str, took_ns: int, refused: str | None, consumed: tuple[float, float]) -> None:
        """A call of `service.Operation`, and the read and write units it consumed."""
        self._recorder.call(name, took_ns, refused, *consumed)

    def waited(self, name: str, begin_ns: int, end_ns: int) -> None:
        """A request spent this time waiting for a resource."""
        if end_ns > begin_ns:
            self._recorder.waited(name, begin_ns, end_ns)

    def lock_name(self, key: str) -> str:
        """The resource that a lock is."""
        return f"lock:{key}"

    def lock_refused(self, key: str, now_ns: int, error: str) -> str:
        """A condition on a lock's item did not hold; the resource that whoever asked waits for."""
        name = self._lock(key)
        self._recorder.use(name, now_ns, now_ns, refused=error)
        return name

    def lock_held(self, key: str, begin_ns: int, end_ns: int) -> None:
        """A lock was held."""
        self._recorder.use(self._lock(key), begin_ns, end_ns)

    def ended(self, invocation: Invocation, end_ns: int, outcome: Mapping[str, Any]) -> None:
        """A request that the target answered, well or badly."""
        operation, begun_ns, sent_ns = self._subject.operation, invocation.begun_ns, invocation.intended_ns
        error = None if outcome["outcome"] == "success" else error_class(outcome)
        self._recorder.answered(operation, invocation.key, sent_ns, 0, begun_ns - sent_ns, end_ns - begun_ns, error)
        if self._function is not None:
            computed_ns = min(invocation.computed_ns, end_ns - begun_ns)
            self._recorder.use(f"concurrency:{self._function.name}", sent_ns, end_ns)
            self._recorder.use(f"cpu:{self._function.name}", begun_ns, begun_ns + computed_ns)
            self._recorder.handler(operation, computed_ns, None)
            billed_ns = -(-(end_ns - begun_ns) // _BILLED_NS) * _BILLED_NS
            self._recorder.invoked(billed_ns, self._function.memory_mb, cold=invocation.cold)

    def throttled(self, intended_ns: int, refusal: Refusal) -> None:
        """A request that was refused before anything ran."""
        self._recorder.answered(self._subject.operation, None, intended_ns, 0, 0, 0, f"throttled:{refusal.error}")
        if self._function is not None:
            self._recorder.use(f"concurrency:{self._function.name}", intended_ns, intended_ns, refused=refusal.error)

    def close(self) -> None:
        """The run is over: what was used of each quota."""
        counted: dict[str, tuple[float, int, int]] = {}
        for use in self._quotas.used():
            units, requests, refused = counted.get(use.quota, (0.0, 0, 0))
            counted[use.quota] = units + use.units, requests + use.requests, refused + use.refused
        for id_, (units, requests, refused) in counted.items():
            quota = self._quotas.quotas[id_]
            errors = {quota.refusal.error if quota.refusal else "slowed": refused} if refused else {}
            used = QuotaUse(round(units * MICRO), quota.rate_per_s, quota.most, requests, errors)
            self._recorder.quota(id_, used)

    def _lock(self, key: str) -> str:
        name = self._names.get(("lock", key))
        if name is None:
            name = self._names["lock", key] = self.lock_name(key)
            self._recorder.declare(name, "lock", capacity_per_s=1.0, detail=key)
        return name

    def _declare_function(self, function: Function) -> None:
        reserved = self._subject.concurrency
        limit = "lambda.concurrency" if reserved is None else "lambda.function_concurrency"
        most = self._quotas.quotas[limit].most if reserved is None else float(reserved)
        self._recorder.declare(f"concurrency:{function.name}", "concurrency", most, limit, function.name)
        self._recorder.declare(f"cpu:{function.name}", "cpu", None, None, function.name)

    def _name(self, quota: str, key: str, demand: Demand | None) -> str:
        name = self._names.get((quota, key))
        if name is None:
            known = self._quotas.quotas[quota]
            name = self._names[quota, key] = _resource(known, key)
            if known.kind == "concurrency":
                kind, own, shared = "concurrency", demand.most if demand else None, known.most
            else:
                kind = "partition" if known.scope == "partition" else "quota"
                own, shared = demand.rate_per_s if demand else None, known.rate_per_s
            capacity = shared if own is None else own
            self._recorder.declare(name, kind, capacity, quota, key)
        return name


def error_class(outcome: Mapping[str, Any]) -> str:
    """How an invocation that ended badly is counted: by its error's name, and the AWS code in its message where botocore has no exception of its own for it."""
    error = str(outcome.get("error", "error"))
    if outcome.get(THROTTLED):
        return f"throttled:{error}"
    code = _CODE.match(str(outcome.get("message", "")))
    return f"failed:{error} {code[1]}" if code and code[1] != error else f"failed:{error}"


def _resource(quota: Quota, key: str) -> str:
    if quota.scope == "partition":
        return f"partition:{key} {quota.id.rpartition('_')[2]}"
    return f"quota:{quota.id}" if quota.scope == "account" else f"quota:{quota.id}:{key}"
