"""Records a load: what generators and virtual worlds tell of each request becomes a `LoadResult`, in room that does not grow with the run's length.

Every figure is a sum, a greatest value or a set that each request adds to by itself, so the results of several recorders merge into exactly what one recorder would have been told by
all of them, in any split and any order. What is kept grows with the resources that are declared, and with nothing else; a result holds the first 1,024 of them. Times are whole nanoseconds from the load's beginning; results hold microseconds.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from twinstage.model.errors import TwinstageError
from twinstage.stress.metrics.histogram import Histogram
from twinstage.stress.metrics.level_tally import Levels
from twinstage.stress.metrics.merging import merged_by_name
from twinstage.stress.metrics.operation import CallUse, FunctionUse
from twinstage.stress.metrics.operation_tally import OperationTally
from twinstage.stress.metrics.progress import Progress
from twinstage.stress.metrics.request_times import Ended, RequestTimes
from twinstage.stress.metrics.resource_tally import ResourceTally
from twinstage.stress.metrics.resource_use import HELD, KINDS, MICRO, QuotaUse, ResourceUse
from twinstage.stress.metrics.result import LoadResult
from twinstage.stress.metrics.timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from twinstage.stress.metrics.level_tally import Level
    from twinstage.stress.metrics.result import GeneratorHealth, Model, World

THROTTLED: Final = "throttled:"
TIMEOUT: Final = "timeout"
# Small: whoever measures is held up while a block is settled (a quarter of a microsecond a request is what larger ones would save).
_BLOCK: Final = 256
_NS: Final = 1_000_000_000


# What `answered` is told, and whether it was.
_Row = tuple[str, str | None, int, int, int | None, int, str | None, float, float, bool]


class Recorder:
    """Of one load on one target. `levels`: its stretches of constant rate, which do not overlap."""

    def __init__(
        self,
        target: str,
        world: World,
        model: Model,
        profile: Mapping[str, Any],
        levels: Sequence[Level] = (),
        window_ns: int = _NS,
    ) -> None:
        self._empty = LoadResult(target, world, model, profile)
        self._rows: list[_Row] = []
        self._operations: defaultdict[str, OperationTally] = defaultdict(OperationTally)
        self._times = RequestTimes(Timeline(window_ns // 1000), Levels(levels))
        self._declared: dict[str, ResourceUse] = {}
        self._resources = ResourceTally()
        self._calls: dict[str, CallUse] = {}
        self._quotas: dict[str, QuotaUse] = {}
        self._function: FunctionUse | None = None

    def answered(
        self,
        operation: str,
        key: str | None,
        intended_ns: int,
        lateness_ns: int,
        wait_ns: int | None,
        service_ns: int,
        error: str | None = None,
        read_units: float = 0.0,
        write_units: float = 0.0,
    ) -> None:
        """A request that was answered, `lateness + wait + service` after its intended start.

        `wait_ns` None: nobody told when it was begun on; `service_ns` is then all of the time since it was sent, and counts as latency only. `error`: the class of what
        went wrong, `throttled:<code>` where it was refused for being too much. Units are multiples of a half.
        """
        self._tell(
            (operation, key, intended_ns, lateness_ns, wait_ns, service_ns, error, read_units, write_units, True)
        )

    def unanswered(
        self, operation: str, key: str | None, intended_ns: int, lateness_ns: int, until_ns: int, error: str = TIMEOUT
    ) -> None:
        """A request that was given up, `until_ns` after it was sent: it took at least so long, and its latency is counted as that."""
        self._tell((operation, key, intended_ns, lateness_ns, None, until_ns, error, 0.0, 0.0, False))

    def unsent(self, operation: str, key: str | None, intended_ns: int) -> None:
        """A request that was never sent."""
        tally = self._operations[operation]
        tally.intended += 1
        if key is not None:
            tally.count_keys([key], {})
        self._times.unsent(intended_ns // 1000)

    def handler(self, operation: str, cpu_ns: int | None = None, memory_bytes: int | None = None) -> None:
        """What the handler of one request of an operation took."""
        tally = self._operations[operation]
        if cpu_ns is not None:
            tally.cpu.add(cpu_ns // 1000)
        tally.memory_bytes = max(tally.memory_bytes, memory_bytes or 0)

    def declare(
        self, resource: str, kind: str, capacity_per_s: float | None = None, limit: str | None = None, detail: str = ""
    ) -> None:
        """What a resource is, before anything is told of it: see `ResourceUse`. Again is allowed if it is the same. Raises TwinstageError where it is not, or of no known kind."""
        if kind not in KINDS:
            raise TwinstageError("RESOURCE_KIND", f"{resource}: no kind {kind!r}; there are {', '.join(sorted(KINDS))}")
        made = ResourceUse(kind, capacity_per_s=capacity_per_s, limit=limit, detail=detail)
        self._declared[resource] = made.merged(self._declared.get(resource, made))

    def use(self, resource: str, begin_ns: int, end_ns: int, units: float = 0.0, refused: str | None = None) -> None:
        """A resource was held from begin to end; of one that is used in units, so many were, at the beginning. `refused`: it was asked for, and not given."""
        kind, begin, end = self._kind(resource), begin_ns // 1000, end_ns // 1000
        for tally in (self._resources, *self._times.resources_at(begin)):
            tally.called(resource, refused)
        if refused is not None:
            return
        if kind in HELD:
            self._resources.used_micro[resource] += end - begin
            self._times.held(resource, begin, end)
        else:
            micro = round(units * MICRO)
            self._resources.used_micro[resource] += micro
            self._times.spent(resource, begin, micro)

    def waited(self, resource: str, begin_ns: int, end_ns: int) -> None:
        """A request waited for a resource."""
        self._kind(resource)
        begin, end = begin_ns // 1000, end_ns // 1000
        self._resources.waited_us[resource] += end - begin
        self._times.waited(resource, begin, end)

    def call(
        self, name: str, busy_ns: int, refused: str | None = None, read_units: float = 0.0, write_units: float = 0.0
    ) -> None:
        """A handler called `service.Operation`."""
        made = CallUse(int(refused is None), {refused: 1} if refused else {}, busy_ns // 1000, read_units, write_units)
        self._calls[name] = self._calls[name].merged(made) if name in self._calls else made

    def invoked(self, billed_ns: int, memory_mb: int, *, cold: bool = False) -> None:
        """The function that is the target, or runs it, was invoked."""
        made = FunctionUse(1, billed_ns // 1000, memory_mb, int(cold))
        self._function = made if self._function is None else self._function.merged(made)

    def quota(self, quota_id: str, use: QuotaUse) -> None:
        """What was used of a quota, besides what was told before."""
        self._quotas = merged_by_name(self._quotas, {quota_id: use})

    def progress(self, at_ns: int, in_flight: int) -> Progress:
        """How it is getting on, `at_ns` after its beginning, with so many requests sent and not ended."""
        self._settle()
        tallies = self._operations.values()
        latency, lateness = (
            Histogram.merged(*(getattr(each, of) for each in tallies)) for of in ("latency", "lateness")
        )
        window = self._times.timeline.before(at_ns // 1000)
        return Progress(
            at_ns / _NS,
            sum(each.intended for each in tallies) + in_flight,
            sum(each.sent for each in tallies) + in_flight,
            sum(each.answered for each in tallies),
            sum(each.failed for each in tallies),
            sum(each.throttled for each in tallies),
            sum(each.sent - each.answered for each in tallies),
            sum(each.intended - each.sent for each in tallies),
            in_flight,
            window.offered / window.width_s if window else 0.0,
            window.answered / window.width_s if window else 0.0,
            latency.quantile_s(0.5),
            latency.quantile_s(0.99),
            latency.most_us / MICRO,
            lateness.quantile_s(0.99),
            dict(sorted(sum((each.errors for each in tallies), Counter()).items())),
        )

    def result(self, generator: GeneratorHealth) -> LoadResult:
        """All that was told so far; the generator's lateness is filled in."""
        self._settle()
        operations = {name: tally.result() for name, tally in sorted(self._operations.items())}
        lateness = Histogram.merged(*(operation.lateness for operation in operations.values()))
        return replace(
            self._empty,
            duration_us=self._times.duration_us,
            windows=self._times.timeline.windows(),
            levels=tuple(tally.result(self._declared) for tally in self._times.levels.tallies),
            operations=operations,
            resources=self._resources.uses(self._declared),
            calls=dict(sorted(self._calls.items())),
            quotas=self._quotas,
            function=self._function,
            generator=replace(generator, lateness=lateness),
        )

    def _kind(self, resource: str) -> str:
        if resource not in self._declared:
            raise TwinstageError("RESOURCE_UNDECLARED", f"{resource} is used before it was declared")
        return self._declared[resource].kind

    def _tell(self, row: _Row) -> None:
        self._rows.append(row)
        if len(self._rows) >= _BLOCK:
            self._settle()

    def _settle(self) -> None:
        rows, self._rows = self._rows, []
        of_operations: defaultdict[str, list[_Row]] = defaultdict(list)
        for row in rows:
            of_operations[row[0]].append(row)
        for operation, told in of_operations.items():
            tally = self._operations[operation]
            _count(tally, told)
            _measure(tally, told)
        if rows:
            self._times.ended([_ended(row) for row in rows])


def _count(tally: OperationTally, rows: Sequence[_Row]) -> None:
    tally.intended += len(rows)
    tally.sent += len(rows)
    units: defaultdict[str, float] = defaultdict(float)
    for _, key, _, _, _, _, error, read_units, write_units, answered in rows:
        tally.answered += answered
        if error is not None:
            tally.count_error(error)
            tally.failed += answered
            tally.throttled += answered and error.startswith(THROTTLED)
        if read_units or write_units:
            tally.read_units += round(2 * read_units) / 2
            tally.write_units += round(2 * write_units) / 2
            if key is not None:
                units[key] += read_units + write_units
    tally.count_keys([row[1] for row in rows if row[1] is not None], units)


def _measure(tally: OperationTally, rows: Sequence[_Row]) -> None:
    tally.lateness.add_all([row[3] // 1000 for row in rows])
    tally.latency.add_all([_latency_ns(row) // 1000 for row in rows])
    tally.wait.add_all([row[4] // 1000 for row in rows if row[4] is not None])
    tally.service.add_all([row[5] // 1000 for row in rows if row[4] is not None])


def _latency_ns(row: _Row) -> int:
    return row[3] + (row[4] or 0) + row[5]


def _ended(row: _Row) -> Ended:
    _, _, intended, lateness, wait, service, error, _, _, answered = row
    latency = _latency_ns(row)
    return Ended(
        intended // 1000,
        (intended + lateness) // 1000,
        (intended + latency) // 1000,
        latency // 1000,
        None if wait is None else service // 1000,
        answered,
        error is not None,
        error is not None and error.startswith(THROTTLED),
    )
