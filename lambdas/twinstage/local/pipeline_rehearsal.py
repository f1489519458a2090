"""The rehearsal of a data product: its twin deployed, its pipeline executed for real on the twin's data and checked, simulated on the same data, and the two compared."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from twinstage.local.twin_calls import calls_of
from twinstage.model.canonical import digest
from twinstage.rehearse.pipeline.agreement import Agreement, Comparing, compare
from twinstage.rehearse.pipeline.contract_change import row_findings, written
from twinstage.rehearse.pipeline.product_snapshot import deployed_name
from twinstage.rehearse.pipeline.recorded import RecordedExecution
from twinstage.rehearse.pipeline.stage_times import stage_times
from twinstage.simulate.pipeline.trace import visit_of
from twinstage.twin.quality.check import check_product
from twinstage.twin.sample.items import joint_attributes, row_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from twinstage.local.data_twin import StandingDataTwin
    from twinstage.local.engine import Engine
    from twinstage.local.pipeline_execution import Executed
    from twinstage.local.twin_calls import TwinCalls
    from twinstage.model.data_product import DataProduct
    from twinstage.model.finding import Finding
    from twinstage.rehearse.pipeline.contract_change import ContractChange
    from twinstage.simulate.pipeline.definition import Machine
    from twinstage.twin.quality.check import QualityFinding

WARM_UP = 2
NOT_ASKED = "the data product's file asks for no simulation"
Rows = dict[str, list[dict[str, Any]]]
_OF_TIME = frozenset({"timestamp", "date", "time"})


@dataclass(frozen=True)
class PipelinePlan:
    """What is rehearsed: the product, the pipeline's definition as the simulator reads it, one input an execution, and how it is compared.

    `file` names the contract in errors. `warm_up` executions run first and count nowhere, so that no function's first start is taken for its time.
    `simulate`: whether the executions are simulated, and compared; `change` is the contract's, whose promises are asked of rows that stand and rows that are written.
    """

    product: DataProduct
    machine: Machine
    inputs: Sequence[Any]
    file: str
    comparing: Comparing = field(default_factory=Comparing)
    warm_up: int = WARM_UP
    simulate: bool = True
    change: ContractChange | None = None


@dataclass(frozen=True)
class PipelineRehearsal:
    """What came of it. `calls` is what the gate saw of the twin's roles meanwhile. `same_data`: table -> whether the simulation's transforms left the rows that the executions left, times aside; empty where nothing was simulated.

    `rows_found`: what came of the contract's promises asked of rows that stood and of rows that were written, of which there are `written` by table; nothing where no contract changes.
    """

    executed: tuple[Executed, ...]
    quality: tuple[QualityFinding, ...]
    agreement: Agreement
    same_data: Mapping[str, bool]
    rows: Mapping[str, int]
    fidelity: Mapping[str, Any]
    calls: TwinCalls
    rows_found: tuple[Finding, ...] = ()
    written: Mapping[str, int] = field(default_factory=dict)

    @property
    def broken(self) -> list[QualityFinding]:
        """The promises that the twin's rows break, warnings aside."""
        return [finding for finding in self.quality if finding.passed is False and finding.severity == "error"]

    def document(self) -> dict[str, Any]:
        """As `twin rehearse` writes it."""
        ended: dict[str, int] = {}
        for each in self.executed:
            ended[each.status] = ended.get(each.status, 0) + 1
        return {
            "executions": {"count": len(self.executed), "ended": ended},
            "rows": dict(self.rows),
            "snapshot_restored": bool(self.fidelity["equal"]),
            "quality": [finding.document() for finding in self.quality],
            **stage_times(
                [visit_of(dict(visit)) for each in self.executed for visit in each.visits], self.agreement.run
            ),
            "isolation": self.calls.document(),
            "comparison": {**self.agreement.document(), "same_data": dict(self.same_data)},
        }


def rehearse_pipeline(
    engine: Engine, twin: StandingDataTwin, plan: PipelinePlan, say: Callable[[str], None]
) -> PipelineRehearsal:
    """Execute, check, restore, simulate, compare. The twin's tables must hold its snapshot; afterwards they hold what the simulation's transforms left."""
    machine, before = twin.executions(), engine.log.count
    for number, given in enumerate(plan.inputs[: plan.warm_up]):
        machine.one(f"warm-up-{number + 1}", given)
    twin.restore()
    executed = tuple(machine.one(f"execution-{n + 1:04d}", given) for n, given in enumerate(plan.inputs))
    ended = sum(each.status == "SUCCEEDED" for each in executed)
    say(f"{len(executed)} executions, {ended} succeeded")
    after = _rows(twin, plan)
    slowest_s = max((each.ended_ms - each.started_ms for each in executed), default=0.0) / 1000
    quality = tuple(check_product(plan.product, after, datetime.now(UTC), slowest_s))
    say(
        f"{sum(f.passed is True for f in quality)} promises kept, {sum(f.passed is False for f in quality)} broken, {sum(f.passed is None for f in quality)} not checked"
    )
    fidelity = twin.restore()
    agreement = _compared(twin, plan, executed)
    agrees = "agrees" if agreement.agrees else "does not agree"
    say(
        f"simulated: {agrees} with {agreement.held} executions"
        if agreement.run
        else f"not compared: {agreement.reason}"
    )
    simulated = _rows(twin, plan) if agreement.run is not None else {}
    same = {name: _timeless(plan, name, after[name]) == _timeless(plan, name, rows) for name, rows in simulated.items()}
    counts = {name: len(rows) for name, rows in after.items()}
    calls = calls_of(engine, twin.spec.run, before)
    change = plan.change
    found = tuple(row_findings(change, after)) if change else ()
    fresh = {name: len(rows) for name, rows in written(change.standing, after).items()} if change else {}
    return PipelineRehearsal(executed, quality, agreement, same, counts, fidelity, calls, found, fresh)


def _compared(twin: StandingDataTwin, plan: PipelinePlan, executed: Sequence[Executed]) -> Agreement:
    if not plan.simulate:
        return Agreement(0, 0, (), (), plan.comparing, reason=NOT_ASKED)
    return compare(plan.machine, [_recorded(each) for each in executed], twin.transforms(), plan.comparing)


def _recorded(executed: Executed) -> RecordedExecution:
    visits = tuple(visit_of(dict(visit)) for visit in executed.visits)
    return RecordedExecution(
        executed.name, executed.input, executed.status, executed.started_ms, executed.ended_ms, visits
    )


def _rows(twin: StandingDataTwin, plan: PipelinePlan) -> Rows:
    """What the twin's tables hold, by the contract's names."""
    return {
        table.name: [row_of(item, joint_attributes(table, plan.file)) for item in twin.items(deployed_name(table))]
        for table in plan.product.tables
    }


def _timeless(plan: PipelinePlan, name: str, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Rows without what a clock wrote, in no order."""
    table = plan.product.table(name)
    of_time = {column.name for column in table.columns if column.logical_type in _OF_TIME} if table else set()
    return sorted(digest({key: str(value) for key, value in row.items() if key not in of_time}) for row in rows)
