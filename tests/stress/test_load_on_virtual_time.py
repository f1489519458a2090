"""A load on virtual time: Lambda's rules around unmodified handlers, quotas that bind, and figures that add up."""

from __future__ import annotations

import math
from dataclasses import replace
from statistics import mean, stdev
from typing import TYPE_CHECKING

import pytest

from tests.stress.virtual_time import as_bytes, table, world
from twinstage.model.errors import TwinstageError
from twinstage.model.load_profile import Breakpoint, ClosedLoad, Constant, OpenLoad, Spike, Step
from twinstage.model.stress_config import MOST_REQUESTS
from twinstage.simulate.distributions import Deterministic, Exponential, LogNormal
from twinstage.stress.metrics.result import merged
from twinstage.stress.virtual.durations import Draws, ServiceTimes
from twinstage.stress.virtual.subject import Operation

if TYPE_CHECKING:
    from tests.stress.virtual_time import VirtualTime

IDLE = """
    def lambda_handler(event, context):
        return {}
"""
WRITES = """
    import boto3
    dynamodb = boto3.client("dynamodb")

    def lambda_handler(event, context):
        dynamodb.put_item(TableName="things", Item={"id": {"S": event.get("id", "a")}, "by": {"S": context.aws_request_id}})
"""
LOCKED = """
    import time
    import boto3
    dynamodb = boto3.client("dynamodb")

    def lambda_handler(event, context):
        while True:
            try:
                dynamodb.put_item(TableName="things", Item={"id": {"S": "lock"}}, ConditionExpression="attribute_not_exists(id)")
                break
            except dynamodb.exceptions.ConditionalCheckFailedException:
                time.sleep(0.05)
        dynamodb.get_item(TableName="things", Key={"id": {"S": "work"}})
        dynamodb.delete_item(TableName="things", Key={"id": {"S": "lock"}})
"""
CHANGES = """
    import boto3
    route53 = boto3.client("route53")

    def lambda_handler(event, context):
        record_set = {"Name": "a.example.", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]}
        route53.change_resource_record_sets(HostedZoneId=event["zone"], ChangeBatch={"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record_set}]})
"""
THINGS = world(*table("things"))
ZONE = world(("route53", "CreateHostedZone", {"Name": "example.", "CallerReference": "1"}))
ZONE_ID = next(iter(ZONE.route53.zones))
TENTH = ServiceTimes({"handler_s": Deterministic(0.1)})


def test_the_same_load_gives_the_same_bytes_and_another_seed_gives_others(virtual_time: VirtualTime) -> None:
    times = ServiceTimes({"handler_s": Exponential(0.02), "dynamodb": LogNormal.of_mean(0.05, 0.5)})
    subject = virtual_time.subject(LOCKED, THINGS, times=times)
    load = OpenLoad(Constant(8, 10), "poisson", 3)

    once, again = virtual_time.offered(subject, load), virtual_time.offered(subject, load)
    other = virtual_time.offered(replace(subject, seed=1), load)

    assert as_bytes(once) == as_bytes(again)
    assert as_bytes(once) != as_bytes(other)


@pytest.mark.parametrize("shape", [Breakpoint(2, 8, 3, 1.5), Step(2, 8, 3, 2), Spike(2, 10, 2, 2, 2)])
def test_the_results_of_all_shards_merge_to_the_bytes_of_one(virtual_time: VirtualTime, shape: Breakpoint) -> None:
    subject = virtual_time.subject(LOCKED, THINGS, times=ServiceTimes({"dynamodb": Exponential(0.03)}))
    load = OpenLoad(shape, "poisson", 1)

    whole = virtual_time.offered(subject, load)
    shards = [virtual_time.offered(subject, load, shard, 3) for shard in (2, 0, 1)]

    assert as_bytes(merged(shards)) == as_bytes(whole)
    assert sum(shard.offered for shard in shards) == whole.offered > 0


@pytest.mark.parametrize("concurrency", [None, 3])
@pytest.mark.parametrize("timeout_s", [1, 30])
def test_no_request_is_lost(virtual_time: VirtualTime, concurrency: int | None, timeout_s: int) -> None:
    times = ServiceTimes({"dynamodb": Exponential(0.1), "cold_start_s": Deterministic(0.3)})
    subject = virtual_time.subject(LOCKED, THINGS, times=times, concurrency=concurrency, timeout_s=timeout_s)

    result = virtual_time.offered(subject, OpenLoad(Spike(2, 16, 3, 3, 3), "poisson"))

    (told,) = result.operations.values()
    assert told.intended == told.ok + told.failed + told.unanswered
    assert told.failed == sum(told.errors.values())
    assert told.unsent == told.unanswered == 0
    assert sum(level.offered for level in result.levels) == told.intended
    assert told.throttled == 0 if concurrency is None else told.throttled > 0


def test_a_handler_with_a_lock_is_a_queue_with_one_server(virtual_time: VirtualTime) -> None:
    """M/M/1: time in the system 1 / (mu - lambda). Whoever waits looks again every 50 ms, which adds half of that to each service that begins out of the queue."""
    rate, held_s, runs = 0.5, 1.0, 5
    times = ServiceTimes({"dynamodb.GetItem": Exponential(held_s)})
    subject = virtual_time.subject(LOCKED, THINGS, times=times, timeout_s=900)

    took = [
        virtual_time.offered(replace(subject, seed=run), OpenLoad(Constant(rate, 200), "poisson", run)).latency.mean_us
        / 1e6
        for run in range(runs)
    ]

    error = stdev(took) / math.sqrt(runs)
    assert abs(mean(took) - 1 / (1 / held_s - rate)) < 3 * error


def test_an_idle_environment_serves_the_next_request(virtual_time: VirtualTime) -> None:
    subject = virtual_time.subject(IDLE, times=TENTH)

    in_turn = virtual_time.offered(subject, OpenLoad(Constant(9, 3)))
    at_once = virtual_time.offered(subject, OpenLoad(Constant(39, 3)))

    assert in_turn.function is not None
    assert (in_turn.function.invocations, in_turn.function.cold_starts) == (27, 1)
    assert at_once.function is not None
    assert at_once.function.cold_starts == 4


def test_a_cold_start_is_waited_for_and_not_computed(virtual_time: VirtualTime) -> None:
    times = ServiceTimes({"handler_s": Deterministic(0.1), "cold_start_s": Deterministic(0.4)})

    result = virtual_time.offered(virtual_time.subject(IDLE, times=times), OpenLoad(Constant(1, 3)))

    told = result.operations["Invoke"]
    assert told.latency.most_us == 500_000
    assert told.wait.most_us == 400_000
    assert told.service.most_us == told.cpu.most_us == 100_000


def test_reserved_concurrency_throttles_at_once_what_is_over_it(virtual_time: VirtualTime) -> None:
    """Six of a second that take half a second each, at two at once: four a second are served."""
    times = ServiceTimes({"handler_s": Deterministic(0.5)})
    subject = virtual_time.subject(IDLE, times=times, concurrency=2)

    result = virtual_time.offered(subject, OpenLoad(Constant(6, 20)))

    told = result.operations["Invoke"]
    assert told.ok == pytest.approx(80, abs=2)
    assert told.errors == {"throttled:TooManyRequestsException": 120 - told.ok}
    (level,) = result.levels
    assert level.utilisation["concurrency:worker"] == pytest.approx(1, abs=0.02)


def test_the_accounts_concurrency_and_its_growth_bind_as_well(virtual_time: VirtualTime) -> None:
    times = ServiceTimes({"handler_s": Deterministic(0.5)})
    subject = virtual_time.subject(IDLE, times=times)
    few = replace(subject, quotas={"lambda.concurrency": {"most": 2}})
    slow = replace(subject, quotas={"lambda.scale_up": {"rate_per_s": 0.5, "burst": 1}})

    full = virtual_time.offered(few, OpenLoad(Constant(6, 20)))
    growing = virtual_time.offered(slow, OpenLoad(Constant(6, 20)))

    assert full.operations["Invoke"].ok == pytest.approx(80, abs=2)
    assert full.resources["concurrency:worker"].limit == "lambda.concurrency"
    assert growing.function is not None
    assert growing.function.cold_starts == 3
    assert [window.throttled for window in growing.windows[:6]] == [4, 4, 2, 2, 0, 0]


def test_an_invocation_ends_at_its_timeout_and_takes_its_environment_along(virtual_time: VirtualTime) -> None:
    code = """
        import time
        def lambda_handler(event, context):
            time.sleep(60)
    """
    result = virtual_time.offered(virtual_time.subject(code, timeout_s=2), OpenLoad(Constant(0.25, 16)))

    told = result.operations["Invoke"]
    assert told.errors == {"failed:Sandbox.Timedout": 4}
    assert told.latency.most_us == pytest.approx(2_000_000, abs=2_000)
    assert result.function is not None
    assert result.function.cold_starts == 4


def test_an_answer_that_comes_after_the_timeout_finds_nobody(virtual_time: VirtualTime) -> None:
    times = ServiceTimes({"dynamodb": Deterministic(5.0)})

    result = virtual_time.offered(
        virtual_time.subject(WRITES, THINGS, times=times, timeout_s=2), OpenLoad(Constant(1, 2))
    )

    told = result.operations["Invoke"]
    assert told.errors == {"failed:Sandbox.Timedout": 2}
    assert told.latency.most_us == pytest.approx(2_000_000, abs=2_000)


def test_what_a_handler_computes_counts_towards_its_timeout(virtual_time: VirtualTime) -> None:
    """Of five seconds it has two, and its environment goes with it."""
    times = ServiceTimes({"handler_s": Deterministic(5.0)})

    result = virtual_time.offered(virtual_time.subject(IDLE, times=times, timeout_s=2), OpenLoad(Constant(0.25, 16)))

    told = result.operations["Invoke"]
    assert told.errors == {"failed:Sandbox.Timedout": 4}
    assert told.latency.most_us == pytest.approx(2_000_000, abs=2_000)
    assert told.cpu.most_us == pytest.approx(2_000_000, abs=2_000)
    assert result.resources["cpu:worker"].used == pytest.approx(4 * 2, rel=0.01)
    assert result.function is not None
    assert result.function.cold_starts == 4


def test_calls_at_import_have_the_time_that_starting_has(virtual_time: VirtualTime) -> None:
    code = """
        import boto3
        found = boto3.client("dynamodb").get_item(TableName="things", Key={"id": {"S": "settings"}})
        def lambda_handler(event, context):
            return found.get("Item")
    """
    times = ServiceTimes({"dynamodb": Deterministic(3.0)})

    result = virtual_time.offered(
        virtual_time.subject(code, THINGS, times=times, timeout_s=2), OpenLoad(Constant(0.2, 10))
    )

    assert result.operations["Invoke"].ok == 2
    assert result.calls["dynamodb.GetItem"].calls == 1


def test_a_quota_binds_and_the_client_backs_off_on_the_virtual_clock(virtual_time: VirtualTime) -> None:
    """Ten changes a second where five are taken: botocore's retries are exercised, and no second takes more than the bucket has."""
    quotas = {"route53.requests": {"rate_per_s": 5, "burst": 5}}
    subject = virtual_time.subject(CHANGES, ZONE, requests=({"zone": ZONE_ID},), quotas=quotas)

    result = virtual_time.offered(subject, OpenLoad(Constant(10, 20)))

    told, calls = result.operations["Invoke"], result.calls["route53.ChangeResourceRecordSets"]
    assert calls.refused["Throttling"] > told.intended
    assert told.errors == {"failed:ClientError Throttling": told.failed}
    assert told.failed > 0
    assert told.latency.most_us > 500_000, "who was refused slept before asking again"
    used = [window.used_micro.get("quota:route53.requests", 0) / 1e6 for window in result.windows]
    assert sum(used) == calls.calls == told.ok
    assert max(used[1:]) <= 6
    assert result.levels[0].utilisation["quota:route53.requests"] == pytest.approx(1, abs=0.06)
    assert result.levels[0].waits["quota:route53.requests"] > 0.2


def test_time_waited_for_a_lock_is_told_of_the_lock(virtual_time: VirtualTime) -> None:
    times = ServiceTimes({"dynamodb.GetItem": Deterministic(0.2)})

    result = virtual_time.offered(
        virtual_time.subject(LOCKED, THINGS, times=times), OpenLoad(Constant(3, 60), "poisson")
    )

    (level,) = result.levels
    lock = level.resources["lock:things/id=lock"]
    assert lock.kind == "lock"
    assert lock.used / level.completed == pytest.approx(0.2, rel=0.03)
    assert level.waits["lock:things/id=lock"] == pytest.approx(level.mean_s - 0.2, abs=0.02)
    assert lock.refused["ConditionalCheckFailedException"] > 0


def test_what_only_one_invocation_writes_is_no_lock(virtual_time: VirtualTime) -> None:
    code = """
        import boto3
        dynamodb = boto3.client("dynamodb")
        def lambda_handler(event, context):
            key = {"id": {"S": context.aws_request_id}}
            dynamodb.put_item(TableName="things", Item=key, ConditionExpression="attribute_not_exists(id)")
            dynamodb.delete_item(TableName="things", Key=key)
    """
    result = virtual_time.offered(virtual_time.subject(code, THINGS), OpenLoad(Constant(10, 2)))

    assert not [name for name, use in result.resources.items() if use.kind == "lock"]


def test_an_idempotency_key_is_waited_for_and_never_held(virtual_time: VirtualTime) -> None:
    code = """
        import boto3
        dynamodb = boto3.client("dynamodb")
        def lambda_handler(event, context):
            try:
                dynamodb.put_item(TableName="things", Item={"id": {"S": "once"}}, ConditionExpression="attribute_not_exists(id)")
            except dynamodb.exceptions.ConditionalCheckFailedException:
                return "done before"
    """
    result = virtual_time.offered(virtual_time.subject(code, THINGS), OpenLoad(Constant(10, 20)))

    (level,) = result.levels
    lock = level.resources["lock:things/id=once"]
    assert lock.refused["ConditionalCheckFailedException"] == 199
    assert lock.used == 0
    assert level.utilisation["lock:things/id=once"] == 0


def test_a_table_and_a_zone_are_asked_directly(virtual_time: VirtualTime) -> None:
    idle = virtual_time.subject(IDLE, THINGS)
    puts = Operation("dynamodb", "PutItem", {"TableName": "things"}, "us-east-1")
    items = tuple({"Item": {"id": {"S": str(number)}}} for number in range(4))
    batches = Operation("route53", "ChangeResourceRecordSets", {"HostedZoneId": ZONE_ID}, "us-east-1")
    record_set = {"Name": "a.example.", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]}
    batch = {"ChangeBatch": {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record_set}]}}
    times = ServiceTimes({"dynamodb": Deterministic(0.01), "route53": Deterministic(0.01)})

    written = virtual_time.offered(replace(idle, serves=puts, requests=items, times=times), OpenLoad(Constant(10, 2)))
    changed = virtual_time.offered(
        replace(idle, serves=batches, requests=(batch,), start=ZONE, times=times), OpenLoad(Constant(20, 20))
    )

    assert written.operations["PutItem"].ok == 20
    assert written.calls["dynamodb.PutItem"].write_units == 20
    assert {(heavy.key, heavy.count) for heavy in written.operations["PutItem"].keys.heaviest(9)} == {
        (f"things/id={number}", 5) for number in range(4)
    }
    told = changed.operations["ChangeResourceRecordSets"]
    assert told.errors == {"throttled:Throttling": told.throttled}
    assert told.ok == pytest.approx(50 + 10 * 20, abs=2), "the bucket, and what it gains"


def test_users_of_a_closed_load_ask_again_after_their_answer(virtual_time: VirtualTime) -> None:
    result = virtual_time.offered(virtual_time.subject(IDLE, times=TENTH), ClosedLoad(users=3, for_s=10, think_s=0.4))

    assert result.model == "closed"
    assert result.operations["Invoke"].ok == 3 * 20


def test_users_who_are_answered_in_no_time_ask_again_a_millisecond_later(virtual_time: VirtualTime) -> None:
    result = virtual_time.offered(virtual_time.subject(IDLE), ClosedLoad(users=2, for_s=0.1))

    assert result.operations["Invoke"].ok == 2 * 100


@pytest.mark.parametrize("more", [0, 1])
def test_a_closed_load_of_more_requests_than_virtual_time_takes_is_refused(
    virtual_time: VirtualTime, more: int
) -> None:
    """As soon as the first user would ask the first request too many."""
    subject = virtual_time.subject(IDLE, times=TENTH, concurrency=1)

    with pytest.raises(TwinstageError, match=f"{MOST_REQUESTS} requests by 0.00") as refused:
        virtual_time.offered(subject, ClosedLoad(users=MOST_REQUESTS + more, for_s=60))

    assert refused.value.code == "TOO_MANY_REQUESTS"
    assert "think_s" in refused.value.hint


def test_a_call_that_nobody_answers_makes_the_result_invalid(virtual_time: VirtualTime) -> None:
    code = """
        import boto3
        def lambda_handler(event, context):
            boto3.client("ssm").get_parameter(Name="x")
    """
    result = virtual_time.offered(virtual_time.subject(code), OpenLoad(Constant(1, 2)))

    assert not result.generator.valid
    assert result.generator.reasons == ("nobody answers ssm GetParameter on virtual time",)


def test_what_a_request_draws_depends_on_its_number_alone() -> None:
    times = ServiceTimes(
        {"handler_s": Exponential(1.0), "dynamodb": Exponential(1.0), "dynamodb.GetItem": Exponential(2.0)}
    )

    def drawn(purposes: list[str], number: int = 7) -> dict[str, int]:
        draws = Draws(times, 1, number)
        return {purpose: draws.next_ns(purpose) for purpose in purposes}

    assert drawn(["handler_s", "dynamodb"]) == drawn(["dynamodb", "handler_s"])
    assert drawn(["handler_s"]) != drawn(["handler_s"], 8)
    assert times.of_call("dynamodb", "GetItem") == "dynamodb.GetItem"
    assert times.of_call("dynamodb", "PutItem") == "dynamodb"
    assert times.of_call("route53", "GetChange") is None
