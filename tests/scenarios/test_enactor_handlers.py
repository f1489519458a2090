"""The stories of the enactor scenarios, as their real handlers tell them: what recurs, what breaks and where."""

from __future__ import annotations

import ast
import json
from types import SimpleNamespace
from typing import TYPE_CHECKING

import jsonschema
import pytest
from handlers_in_process import (
    SCENARIOS,
    SCHEMAS,
    Arm,
    Break,
    Outcome,
    Scenario,
    generation,
    in_process,
    record,
    resolves,
)
from judged_in_process import evidence_of

from twinstage.model.finding import Verdict, weigh
from twinstage.validate.verdict import judge
from twinstage.world.memory.route53 import record_sets, zone_from

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

    OpenArm = Callable[[str, str], Arm]

NAMES = ("enactor-update", "enactor-stale-plan")
ARMS = ("baseline", "candidate")


@pytest.fixture
def open_arm() -> Iterator[OpenArm]:
    with in_process() as opened:
        yield opened


def expected(scenario: Scenario) -> dict[str, Outcome]:
    return {event["id"]: event["expected"] for event in scenario.events}


def outcomes(replayed: Mapping[str, tuple[Outcome, Any]]) -> dict[str, Outcome]:
    return {event: outcome for event, (outcome, _) in replayed.items()}


@pytest.mark.parametrize("name", NAMES)
def test_files_of_a_scenario_match_their_schemas(name: str) -> None:
    scenario = Scenario(SCENARIOS / name)
    jsonschema.validate(scenario.document, json.loads((SCHEMAS / "scenario.schema.json").read_text()))
    schema = json.loads((SCHEMAS / "event.schema.json").read_text())
    for event in scenario.events:
        jsonschema.validate(event, schema)
    assert [e["timestamp"] for e in scenario.events] == sorted(e["timestamp"] for e in scenario.events)
    assert len({event["id"] for event in scenario.events}) == len(scenario.events)


@pytest.mark.parametrize("name", NAMES)
def test_production_holds_the_trees_of_the_plans_in_its_table(name: str, open_arm: OpenArm) -> None:
    arm = open_arm(name, "baseline")
    enactor = arm.functions["enactor"]
    generations = [int(item["generation"]["N"]) for item in arm.world.scenario.table()["Items"]]
    for endpoint in enactor.ENDPOINTS:
        zone = arm.world.zones[endpoint.zone_id]
        wanted = [r for each in generations for r in enactor.tree(enactor.plans.get(each), endpoint)]
        assert record_sets(zone_from(wanted, id=zone.id, name=zone.name)) == [
            r for r in record_sets(zone) if "plan-" in r["Name"]
        ]
    listed = json.loads((arm.world.scenario.folder / "production/zones/hosted-zones.json").read_text())["HostedZones"]
    assert {z["Name"]: z["ResourceRecordSetCount"] for z in listed} == {
        zone.name: len(zone.records) for zone in arm.world.zones.values()
    }


@pytest.mark.parametrize("name", NAMES)
def test_recorded_outcomes_recur_under_the_code_that_lived_through_the_day(name: str, open_arm: OpenArm) -> None:
    arm = open_arm(name, "baseline")
    assert outcomes(arm.replay()) == expected(arm.world.scenario)


@pytest.mark.parametrize("name", NAMES)
def test_each_recorded_message_is_one_that_the_code_put_on_the_queue(name: str, open_arm: OpenArm) -> None:
    arm = open_arm(name, "baseline")
    queue: list[tuple[str, dict[str, Any], int]] = []
    for event in arm.world.scenario.events:
        outcome, response = arm.execute(event)
        function, message = event["payload"].get("function"), dict(event["payload"].get("event", {}))
        now = message.pop("now", 0)
        if function == "cleaner" or message.get("step") in {"build", "flip"}:
            due = next(d for f, m, d in queue if (f, m) == (function, message))
            assert now >= due, event["id"]
            if outcome["outcome"] == "success":  # what failed stays on the queue, to be delivered again
                queue.remove((function, message, due))
        if response and "next" in response:
            following = response["next"]
            queue.append((following["function"], following["message"], now + following["delay_s"]))


def test_the_day_of_the_update_breaks_i3_then_i1_and_i2_under_the_baseline(
    open_arm: OpenArm,
) -> None:
    arm = open_arm("enactor-update", "baseline")
    arm.replay()
    regional, fips = "api.us-east-1.dynamodb.example.", "api.us-east-1.dynamodb-fips.example."
    assert arm.world.breaks == [
        Break("I3", "us-13", (regional,)),
        Break("I3", "us-13", (fips,)),
        Break("I1", "us-15", (regional,)),
        Break("I2", "us-15", (regional,)),
        Break("I1", "us-15", (fips,)),
        Break("I2", "us-15", (fips,)),
    ]


def test_nothing_breaks_under_the_fix_and_the_plan_that_failed_that_day_is_applied(
    open_arm: OpenArm,
) -> None:
    arm = open_arm("enactor-update", "candidate")
    recorded, replayed = expected(arm.world.scenario), outcomes(arm.replay())
    assert arm.world.breaks == []
    assert replayed == {
        event: {"outcome": "success"} if outcome["outcome"] == "error" else outcome
        for event, outcome in recorded.items()
    }
    for endpoint in arm.functions["enactor"].ENDPOINTS:
        assert generation(arm.world.zones, endpoint.customer_name) == 14
        assert generation(arm.world.zones, endpoint.rollback_name) == 13


def test_the_fix_gives_a_zone_without_generation_record_one(open_arm: OpenArm) -> None:
    arm = open_arm("enactor-update", "candidate")
    names = [endpoint.generation_name for endpoint in arm.functions["enactor"].ENDPOINTS]
    assert [record(arm.world.zones, name, "TXT") for name in names] == [None, None]
    arm.replay()
    found = [record(arm.world.zones, name, "TXT") for name in names]
    assert [each["ResourceRecords"] for each in found if each] == [[{"Value": '"14"'}]] * 2


@pytest.mark.parametrize("with_record", [True, False], ids=["an enactor with the fix", "an enactor without it"])
def test_the_fix_decides_again_when_another_enactor_flips_between_its_reading_and_its_batch(
    with_record: bool, open_arm: OpenArm
) -> None:
    arm = open_arm("enactor-update", "candidate")
    events = {event["id"]: event for event in arm.world.scenario.events}
    arm.execute(events["us-02"])
    arm.execute(events["us-03"])
    enactor = arm.functions["enactor"]
    endpoint = enactor.ENDPOINTS[0]
    records = [
        *enactor.tree(enactor.plans.Plan(12, enactor.plans.latest().balancers), endpoint),
        enactor.alias(endpoint, endpoint.customer_name, enactor.root_name(12, endpoint)),
        *([enactor.txt(endpoint.generation_name, "12")] if with_record else []),
    ]
    batch = [{"Action": "UPSERT", "ResourceRecordSet": each} for each in records]
    arm.world.meddle = lambda: arm.world.change(endpoint.zone_id, batch)

    outcome, response = arm.execute(events["us-05"])

    assert outcome == {"outcome": "success"}
    assert (response["result"], response["next"]["message"]["step"]) == ("lock lost", "build")
    assert generation(arm.world.zones, endpoint.customer_name) == 12
    assert arm.world.breaks == []


def test_the_fix_keeps_a_tree_that_a_name_moves_onto_between_the_cleaners_reading_and_its_batch(
    open_arm: OpenArm,
) -> None:
    arm = open_arm("enactor-update", "candidate")
    enactor = arm.functions["enactor"]
    endpoint = enactor.ENDPOINTS[0]
    back = enactor.alias(endpoint, endpoint.customer_name, enactor.root_name(8, endpoint))
    arm.world.meddle = lambda: arm.world.change(endpoint.zone_id, [{"Action": "UPSERT", "ResourceRecordSet": back}])
    response = arm.invoke("cleaner", {"generation": 10, "trees": {endpoint.zone: [8]}, "now": 1760832000})
    assert response["trees"] == {endpoint.zone: {"8": "kept: the zone moved"}}
    assert resolves(arm.world.zones, endpoint.customer_name)


def test_the_fix_reports_a_refusal_that_trying_again_would_not_mend(open_arm: OpenArm) -> None:
    arm = open_arm("enactor-update", "candidate")
    events = {event["id"]: event for event in arm.world.scenario.events}
    arm.execute(events["us-02"])
    arm.execute(events["us-03"])
    endpoint = arm.functions["enactor"].ENDPOINTS[0]
    zone = arm.world.zones[endpoint.zone_id]
    active = [each for each in record_sets(zone) if "plan-0010." in each["Name"]]
    arm.world.change(zone.id, [{"Action": "DELETE", "ResourceRecordSet": each} for each in active])
    assert arm.execute(events["us-05"])[0] == {"outcome": "error", "error": "InvalidChangeBatch"}


def test_the_refactoring_breaks_i3_then_i1_and_i2_on_a_day_that_was_quiet_under_the_fix(
    open_arm: OpenArm,
) -> None:
    arm = open_arm("enactor-stale-plan", "baseline")
    arm.replay()
    assert arm.world.breaks == []

    arm = open_arm("enactor-stale-plan", "candidate")
    recorded, replayed = expected(arm.world.scenario), outcomes(arm.replay())
    regional = "api.eu-west-1.dynamodb.example."
    assert arm.world.breaks == [
        Break("I3", "eu-16", (regional,)),
        Break("I1", "eu-17", (regional,)),
        Break("I2", "eu-17", (regional,)),
        Break("I4", "eu-23", ("rollback.eu-west-1.dynamodb-dualstack.example.",)),
    ]
    assert {event: outcome for event, outcome in replayed.items() if outcome != recorded[event]} == {
        "eu-21": {"outcome": "error", "error": "InvalidChangeBatch"}
    }


@pytest.mark.parametrize("name", NAMES)
def test_expected_breaks_are_those_that_come_out(name: str, open_arm: OpenArm) -> None:
    said = json.loads((SCENARIOS / name / "expected.json").read_text())
    broken = {}
    for arm in ARMS:
        opened = open_arm(name, arm)
        opened.replay()
        counting = [each["id"] for each in opened.world.scenario.document["invariants"] if each.get("counts", True)]
        during = dict.fromkeys(each.invariant for each in opened.world.breaks if each.invariant in counting)
        broken[arm] = [*during, *opened.world.short_of_its_end()]
    assert broken["baseline"] == said["baseline_breaks"]
    assert broken["candidate"] == [check for check in said["failed"] if check.startswith("I")]
    assert said["verdict"] == ("REJECTED" if said["failed"] else "APPROVED")


@pytest.mark.parametrize("name", NAMES)
def test_the_candidate_is_judged_as_is_expected_of_it(name: str, open_arm: OpenArm) -> None:
    said = json.loads((SCENARIOS / name / "expected.json").read_text())
    findings = judge(evidence_of(open_arm(name, "baseline"), lambda: open_arm(name, "candidate")))
    assert str(weigh(findings)) == said["verdict"], findings
    failed_in_replay = [check for check in said["failed"] if not check.startswith("explored-")]
    assert [f.check for f in findings if f.counts and f.passed is False] == failed_in_replay


@pytest.mark.parametrize("idle", [("enactor", "cleaner"), ("enactor",), ("cleaner",)])
def test_a_fix_that_does_nothing_fails_no_event_breaks_nothing_and_is_rejected(
    idle: tuple[str, ...], open_arm: OpenArm
) -> None:
    def open_idle() -> Arm:
        arm = open_arm("enactor-update", "candidate")
        nothing: Any = SimpleNamespace(lambda_handler=lambda _event, _context: {})
        return Arm(arm.world, arm.functions | dict.fromkeys(idle, nothing))

    findings = judge(evidence_of(open_arm("enactor-update", "baseline"), open_idle))
    assert weigh(findings) is Verdict.REJECTED
    failed = [f.check for f in findings if f.counts and f.passed is False]
    assert failed == (["end-state", "I6"] if "enactor" in idle else ["end-state"])


@pytest.mark.parametrize("name", NAMES)
def test_the_change_makes_at_most_twice_the_calls(name: str, open_arm: OpenArm) -> None:
    totals = {}
    for arm in ARMS:
        opened = open_arm(name, arm)
        opened.replay()
        totals[arm] = opened.world.calls
    assert totals["candidate"] <= 2 * totals["baseline"]


def test_no_handler_has_a_clock_or_chance_of_its_own() -> None:
    for file in (path for name in NAMES for path in SCENARIOS.glob(f"{name}/*/*.py")):
        nodes = list(ast.walk(ast.parse(file.read_text())))
        imported = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
        imported |= {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}
        assert not imported & {"time", "datetime", "random", "secrets", "uuid"}, file
