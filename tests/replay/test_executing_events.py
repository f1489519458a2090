"""Execution of one event in one arm: what was asked in production's names, what the twin was told, what came back."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from tests.state.memory_zones import MemoryZones, alias, change, empty_zone, rr
from twinstage.model.errors import AwsError
from twinstage.model.event import Event, Expected
from twinstage.model.record_set import ordered
from twinstage.model.twin import Twin
from twinstage.model.zone_map import ZoneMap
from twinstage.replay.execute import ArmWorld, Executor
from twinstage.replay.in_memory import replay_in_memory
from twinstage.world.interface import Invocation

if TYPE_CHECKING:
    from collections.abc import Mapping

ZONE = ZoneMap("ex.test.", "ZPRODUCTION", "ZTWIN")
TWIN = Twin("r1", ("baseline", "candidate"), (ZONE,))


def answered(response: Any = None, calls: Any = (), **more: Any) -> Invocation:
    """What the recorder's layer around a function gives back."""
    return Invocation({"recorder": 1, "response": response, "calls": list(calls), **more})


@dataclass
class Clones:
    """Cloned functions that answer what they are told to, and remember what they were invoked with."""

    answer: Invocation = field(default_factory=answered)
    invoked: list[tuple[str, Any]] = field(default_factory=list)

    def invoke(self, function: str, payload: Mapping[str, Any]) -> Invocation:
        self.invoked.append((function, payload))
        return self.answer


@pytest.fixture
def zones() -> MemoryZones:
    return MemoryZones(empty_zone("ZTWIN", "ex.test."))


@pytest.fixture
def clones() -> Clones:
    return Clones()


@pytest.fixture
def executor(zones: MemoryZones, clones: Clones) -> Executor:
    ticks = count()
    world = ArmWorld(TWIN, "candidate", zones, clones, lambda: next(ticks) / 8)
    return Executor(world, tables=["plans"], functions=["enactor"])


def update(*changes: dict[str, Any], **zone: str) -> Event:
    payload = {**(zone or {"zone": "ex.test."}), "changes": list(changes)}
    return Event("e1", "2025-10-19T02:14:07Z", "dns_update", payload, Expected("refused", "InvalidChangeBatch"), 4)


def invocation(event: Any) -> Event:
    return Event("e2", "2025-10-19T02:14:08Z", "lambda_invoke", {"function": "enactor", "event": event}, seq=5)


A = rr("a.ex.test.", "A", "192.0.2.1")


def test_an_accepted_batch_is_a_success_and_one_call_in_productions_names(
    executor: Executor, zones: MemoryZones
) -> None:
    inside = alias("www.ex.test.", "A", "a.ex.test.", "ZPRODUCTION")
    outcome = executor.execute(update(change("CREATE", A), change("CREATE", inside)))
    call = {
        "n": 0,
        "service": "route53",
        "operation": "ChangeResourceRecordSets",
        "parameters": {
            "HostedZoneId": "ZPRODUCTION",
            "ChangeBatch": {"Changes": [change("CREATE", A), change("CREATE", inside)]},
        },
        "outcome": "success",
        "latency_ms": 125.0,
    }
    assert outcome == {
        "event": "e1",
        "seq": 4,
        "timestamp": "2025-10-19T02:14:07Z",
        "type": "dns_update",
        "function": None,
        "recorded": {"outcome": "refused", "error": "InvalidChangeBatch"},
        "outcome": "success",
        "latency_ms": 125.0,
        "calls": [call],
    }
    assert ZONE.production_records(zones.record_sets("ZTWIN")) == ordered([A, inside])
    assert [r["AliasTarget"]["HostedZoneId"] for r in zones.record_sets("ZTWIN") if "AliasTarget" in r] == ["ZTWIN"]


@pytest.mark.parametrize(
    "zone", [{"zone": "EX.test"}, {"zone_id": "ZPRODUCTION"}, {"zone_id": "/hostedzone/ZPRODUCTION"}]
)
def test_a_zone_is_named_by_its_name_or_by_productions_id(executor: Executor, zone: dict[str, str]) -> None:
    assert executor.execute(update(change("CREATE", A), **zone))["outcome"] == "success"


def test_a_refused_batch_is_a_result_and_its_message_is_in_productions_names(
    executor: Executor, zones: MemoryZones
) -> None:
    dangling = alias("www.ex.test.", "A", "gone.ex.test.", "ZPRODUCTION")
    outcome = executor.execute(update(change("CREATE", dangling)))
    assert (outcome["outcome"], outcome["error"]) == ("refused", "InvalidChangeBatch")
    assert "in zone ZPRODUCTION, but that target was not found" in outcome["message"]
    (call,) = outcome["calls"]
    assert (call["outcome"], call["error"], call["message"]) == ("error", outcome["error"], outcome["message"])
    assert len(list(zones.record_sets("ZTWIN"))) == 2


def test_the_stub_of_an_outside_target_goes_first_and_only_once(executor: Executor, zones: MemoryZones) -> None:
    def to(name: str, target: str = "d1.cloudfront.net.") -> dict[str, Any]:
        return alias(name, "A", target, "Z2FDTNDATAQYW2")

    executor.execute(update(change("CREATE", to("a.ex.test."))))
    executor.execute(
        update(change("CREATE", to("b.ex.test.")), change("CREATE", to("c.ex.test.", "d2.cloudfront.net.")))
    )
    executor.execute(update(change("DELETE", to("b.ex.test."))))
    assert [[(c["Action"], c["ResourceRecordSet"]["Type"]) for c in batch] for batch in zones.batches] == [
        [("UPSERT", "A"), ("UPSERT", "TXT")],
        [("CREATE", "A")],
        [("UPSERT", "A"), ("UPSERT", "TXT")],
        [("CREATE", "A"), ("CREATE", "A")],
        [("DELETE", "A")],
    ]
    assert zones.waited == [False, True, False, True, True]
    assert ZONE.production_records(zones.record_sets("ZTWIN")) == ordered(
        [to("a.ex.test."), to("c.ex.test.", "d2.cloudfront.net.")]
    )


POLICY = "5c8ac3e2-aaaa-bbbb-8d30-d0b0a1d0a2b7"
POLICED = rr("p.ex.test.", "A", "192.0.2.1", TrafficPolicyInstanceId=POLICY)


def test_what_the_twin_cannot_hold_is_kept_once_the_events_own_batch_was_taken(
    executor: Executor, zones: MemoryZones
) -> None:
    refused = executor.execute(update(change("CREATE", POLICED), change("DELETE", A)))
    taken = executor.execute(update(change("CREATE", POLICED)))
    assert (refused["outcome"], taken["outcome"]) == ("refused", "success")
    assert [[(c["Action"], c["ResourceRecordSet"]["Type"]) for c in batch] for batch in zones.batches] == [
        [("CREATE", "A"), ("DELETE", "A")],
        [("CREATE", "A")],
        [("UPSERT", "TXT")],
    ]
    assert ZONE.production_records(zones.record_sets("ZTWIN")) == ordered([POLICED])
    executor.execute(update(change("UPSERT", rr("p.ex.test.", "A", "192.0.2.1"))))
    assert ZONE.production_records(zones.record_sets("ZTWIN")) == ordered([rr("p.ex.test.", "A", "192.0.2.1")])


def test_what_a_function_has_deleted_is_looked_for_again(executor: Executor, zones: MemoryZones) -> None:
    executor.execute(update(change("CREATE", POLICED)))
    foreign = [record for record in zones.record_sets("ZTWIN") if record["Type"] not in ("NS", "SOA")]
    zones.change("ZTWIN", [change("DELETE", record) for record in foreign])
    executor.execute(invocation({}))
    outcome = executor.execute(update(change("CREATE", POLICED)))
    assert outcome["outcome"] == "success"
    assert ZONE.production_records(zones.record_sets("ZTWIN")) == ordered([POLICED])


def test_a_change_of_a_zone_that_does_not_stand_is_refused(executor: Executor, zones: MemoryZones) -> None:
    outcome = executor.execute(update(change("CREATE", A), zone="other.test."))
    assert (outcome["outcome"], outcome["error"]) == ("refused", "NoSuchHostedZone")
    assert zones.batches == []


def test_a_function_is_invoked_as_the_arms_clone_with_zone_ids_mapped(executor: Executor, clones: Clones) -> None:
    executor.execute(invocation({"zone": "/hostedzone/ZPRODUCTION", "plans": "plans", "n": 1}))
    assert clones.invoked == [("twin-r1-candidate-enactor", {"zone": "/hostedzone/ZTWIN", "plans": "plans", "n": 1})]


def test_what_a_function_returned_and_called_comes_back_in_productions_names(
    executor: Executor, clones: Clones
) -> None:
    put = {
        "n": 0,
        "service": "dynamodb",
        "operation": "PutItem",
        "parameters": {"TableName": "twin-r1-candidate-plans"},
        "outcome": "success",
        "latency_ms": 2.5,
    }
    clones.answer = answered({"zone": "ZTWIN", "by": "twin-r1-candidate-enactor"}, [put])
    outcome = executor.execute(invocation({}))
    assert outcome["outcome"] == "success"
    assert outcome["response"] == {"zone": "ZPRODUCTION", "by": "enactor"}
    assert outcome["calls"] == [put | {"parameters": {"TableName": "plans"}}]
    assert (outcome["function"], outcome["latency_ms"]) == ("enactor", 125.0)


def test_a_table_is_named_as_in_production_where_a_call_has_its_name_as_a_member(
    executor: Executor, clones: Clones
) -> None:
    put = {"PutRequest": {"Item": {"pk": {"S": "1"}}}}
    call = {"n": 0, "service": "dynamodb", "operation": "BatchWriteItem", "outcome": "success", "latency_ms": 1.0}
    clones.answer = answered(calls=[call | {"parameters": {"RequestItems": {"twin-r1-candidate-plans": [put]}}}])
    assert executor.execute(invocation({}))["calls"] == [call | {"parameters": {"RequestItems": {"plans": [put]}}}]


@pytest.mark.parametrize("error", [None, {"type": "StaleLock", "message": "lock lost"}])
def test_what_went_around_the_recorder_makes_the_calls_unknown_and_leaves_the_outcome(
    executor: Executor, clones: Clones, error: dict[str, str] | None
) -> None:
    seen = ["subprocess.Popen", "lambda.Invoke twin-r1-candidate-enactor"]
    clones.answer = answered({"ok": 1}, [], error=error, unrecorded=seen)
    outcome = executor.execute(invocation({}))
    assert outcome["calls"] is None
    assert outcome["unrecorded"] == ["subprocess.Popen", "lambda.Invoke enactor"]
    what = "what it did beyond the recorded calls is not known: subprocess.Popen, lambda.Invoke enactor"
    if error:
        assert (outcome["outcome"], outcome["error"]) == ("error", "StaleLock")
        assert outcome["message"] == f"lock lost; {what}"
    else:
        assert (outcome["outcome"], outcome["response"], outcome["message"]) == ("success", {"ok": 1}, what)


def test_the_other_arms_names_are_left_as_they_are(executor: Executor, clones: Clones) -> None:
    clones.answer = answered("twin-r1-baseline-plans")
    assert executor.execute(invocation({}))["response"] == "twin-r1-baseline-plans"


def test_a_function_that_raised_is_an_error_with_its_calls(executor: Executor, clones: Clones) -> None:
    call = {
        "n": 0,
        "service": "route53",
        "operation": "GetHostedZone",
        "parameters": {"Id": "ZTWIN"},
        "outcome": "success",
        "latency_ms": 1.0,
    }
    clones.answer = answered(
        calls=[call], error={"type": "StaleLock", "message": "lock of ZTWIN in twin-r1-candidate-plans"}
    )
    outcome = executor.execute(invocation({}))
    assert (outcome["outcome"], outcome["error"], outcome["message"]) == (
        "error",
        "StaleLock",
        "lock of ZPRODUCTION in plans",
    )
    assert outcome["calls"] == [call | {"parameters": {"Id": "ZPRODUCTION"}}]
    assert "response" not in outcome


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Invocation({"errorType": "Runtime.ExitError"}, "Runtime.ExitError", "exit status 137"), "Runtime.ExitError"),
        (Invocation({"statusCode": 200}), "Recorder.NoAnswer"),
        (Invocation(None), "Recorder.NoAnswer"),
    ],
)
def test_where_the_recorder_did_not_come_back_nobody_knows_the_calls(
    executor: Executor, clones: Clones, answer: Invocation, error: str
) -> None:
    clones.answer = answer
    outcome = executor.execute(invocation({}))
    assert (outcome["outcome"], outcome["error"], outcome["calls"]) == ("error", error, None)


def test_a_failure_of_the_twin_itself_is_no_outcome(executor: Executor) -> None:
    class Broken(Clones):
        def invoke(self, function: str, payload: Mapping[str, Any]) -> Invocation:
            raise AwsError("lambda", "Invoke", "TooManyRequestsException", "slow down", retryable=True)

    broken = Executor(
        ArmWorld(TWIN, "candidate", executor.world.zones, Broken(), executor.world.clock), tables=[], functions=[]
    )
    with pytest.raises(AwsError):
        broken.execute(invocation({}))


def test_the_memory_world_gives_the_outcomes_that_a_twin_gives(executor: Executor) -> None:
    """The same events, once as a twin of production executes them and once on the exact rules alone."""
    inside, dangling = (
        alias("www.ex.test.", "A", "a.ex.test.", "ZPRODUCTION"),
        alias("x.ex.test.", "A", "y.ex.test.", "ZPRODUCTION"),
    )
    events = [
        update(change("CREATE", A)),
        update(change("CREATE", A)),
        update(change("UPSERT", inside), change("UPSERT", rr("t.ex.test.", "TXT", '"1"')), zone_id="ZPRODUCTION"),
        update(change("CREATE", dangling)),
        update(change("DELETE", A)),
    ]
    events = [replace(event, expected=Expected()) for event in events]
    in_memory = list(replay_in_memory(events, {"ZPRODUCTION": empty_zone("ZPRODUCTION", "ex.test.")}))
    in_twin = [executor.execute(event) for event in events]

    def timeless(outcome: dict[str, Any]) -> dict[str, Any]:
        calls = [{k: v for k, v in call.items() if k != "latency_ms"} for call in outcome["calls"]]
        return {k: v for k, v in outcome.items() if k != "latency_ms"} | {"calls": calls}

    assert [timeless(outcome) for outcome in in_memory] == [timeless(outcome) for outcome in in_twin]
    assert [outcome["outcome"] for outcome in in_memory] == ["success", "refused", "success", "refused", "success"]
