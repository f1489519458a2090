"""What of a candidate's end is the change's own doing, and what is not."""

from __future__ import annotations

from typing import Any

import pytest

from tests.state.memory_zones import apex, change, rr
from twinstage.model.change_step import RecordsStep, TableStep
from twinstage.model.scenario import scenario_of
from twinstage.rehearse.changed_state import BY_CHANGE, told_by_change
from twinstage.rehearse.inputs import Inputs
from twinstage.rehearse.steps import step_calls, with_steps
from twinstage.world.memory.aws import AwsState
from twinstage.world.memory.route53 import Account, empty_account
from twinstage.world.memory.route53.imports import with_imported_zone

OLD, NEW, OTHER = (rr("api.ex.test.", "A", f"192.0.2.{number}") for number in (1, 2, 3))
MOVE = RecordsStep("records-1", "ex.test.", (change("UPSERT", NEW),))


def production() -> Account:
    held = empty_account("111122223333")
    return with_imported_zone(held, [*apex("ex.test."), OLD], id="Z1", name="ex.test.", private=False)


def difference(before: Any, after: Any) -> dict[str, Any]:
    told = {name: value for name, value in (("before", before), ("after", after)) if value is not None}
    place = {"type": "record_set", "service": "route53", "zone": "ex.test.", "key": "api.ex.test. A"}
    return {**place, "kind": "changed", **told}


@pytest.mark.parametrize(
    ("before", "after", "own"),
    [
        pytest.param(OLD, NEW, True, id="the baseline left it alone, and the candidate as the step did"),
        pytest.param(OLD, OTHER, False, id="the candidate changed it once more"),
        pytest.param(OTHER, NEW, False, id="the baseline changed it too, and the candidate did not"),
        pytest.param(OLD, None, False, id="the candidate removed it"),
    ],
)
def test_a_record_set_is_the_changes_own_doing_where_it_alone_touched_it(before: Any, after: Any, own: bool) -> None:
    (told,) = told_by_change([difference(before, after)], [MOVE], production())
    assert told.get(BY_CHANGE, False) is own


def test_a_record_set_that_no_step_touches_is_not() -> None:
    aside = RecordsStep("records-1", "ex.test.", (change("CREATE", rr("new.ex.test.", "A", "192.0.2.9")),))
    (told,) = told_by_change([difference(OLD, NEW)], [aside], production())
    assert BY_CHANGE not in told


def test_another_schema_of_a_table_that_a_step_shapes_is_and_items_that_went_with_it_are_not() -> None:
    step = TableStep("table-plans", "plans", {})
    schema = {"type": "schema", "service": "dynamodb", "table": "plans", "key": "schema", "kind": "changed"}
    item = {"type": "item", "service": "dynamodb", "table": "plans", "key": "a", "kind": "removed"}
    other = {**schema, "table": "others"}

    told = list(told_by_change([schema, item, other], [step], production()))

    assert [each.get(BY_CHANGE, False) for each in told] == [True, False, False]


def test_steps_lead_where_their_calls_lead_and_a_refused_one_is_the_last() -> None:
    start = AwsState(production())
    steps = [
        MOVE,
        RecordsStep("records-2", "ex.test.", (change("CREATE", NEW),)),
        RecordsStep("records-3", "ex.test.", (change("DELETE", NEW),)),
    ]

    calls = list(step_calls(start, steps))

    assert [(call.step.id, call.refused.partition(":")[0]) for call in calls] == [
        ("records-1", ""),
        ("records-2", "InvalidChangeBatch"),
    ]
    zones = [state.route53.zones["Z1"].zone.records for state in (calls[-1].state, with_steps(start, steps))]
    assert zones[0] == zones[1]
    assert zones[0]["api.ex.test.", "A", None] == NEW


def test_what_explores_and_stresses_begins_the_candidate_where_the_steps_lead_and_the_baseline_where_production_is() -> (
    None
):
    document = {
        "schema": "twinstage:scenario:1",
        "name": "small",
        "capture": {"zones": ["ex.test."]},
        "events": {"file": "e"},
    }
    scenario = scenario_of({**document, "change": {"steps": [MOVE.document()]}})
    inputs = Inputs(scenario, (), AwsState(production()), {"baseline": {}, "candidate": {}})

    held = {
        arm: inputs.start_of(arm).route53.zones["Z1"].zone.records["api.ex.test.", "A", None] for arm in scenario.arms
    }

    assert held == {"baseline": OLD, "candidate": NEW}
    assert inputs.start_of("repeat") is inputs.start
    assert not inputs.start_of("candidate").route53.changes
