"""What a recorder makes of what it is told: counted by hand."""

from __future__ import annotations

import pytest

from twinstage.model.errors import TwinstageError
from twinstage.stress.metrics.level_tally import Level
from twinstage.stress.metrics.operation import CallUse, FunctionUse
from twinstage.stress.metrics.recorder import Recorder
from twinstage.stress.metrics.resource_use import QuotaUse, ResourceUse
from twinstage.stress.metrics.result import GeneratorHealth

MS, S = 1_000_000, 1_000_000_000
HEALTH = GeneratorHealth()


def recorder(*levels: Level) -> Recorder:
    return Recorder("plans", "twin", "open", {"profile": "constant"}, levels)


def test_latency_counts_from_the_intended_start_and_its_parts_are_kept_apart() -> None:
    recording = recorder()
    recording.answered("get", None, 0, 2 * MS, 3 * MS, 5 * MS)
    get = recording.result(HEALTH).operations["get"]
    parts = (get.latency, get.lateness, get.wait, get.service)
    assert [part.total_us for part in parts] == [10_000, 2_000, 3_000, 5_000]
    assert (get.intended, get.sent, get.answered, get.ok, get.failed) == (1, 1, 1, 1, 0)


def test_where_nobody_tells_when_it_was_begun_on_there_is_no_wait_and_no_service() -> None:
    recording = recorder()
    recording.answered("get", None, 0, 2 * MS, None, 8 * MS)
    get = recording.result(HEALTH).operations["get"]
    assert (get.latency.total_us, get.wait.count, get.service.count) == (10_000, 0, 0)


def test_failures_are_counted_by_class_and_throttles_among_them() -> None:
    recording = recorder()
    for error in (None, "failed:ValidationException", "throttled:ThrottlingException", "throttled:ThrottlingException"):
        recording.answered("put", "k", 0, 0, 0, MS, error)
    put = recording.result(HEALTH).operations["put"]
    assert (put.answered, put.ok, put.failed, put.throttled) == (4, 1, 3, 2)
    assert put.errors == {"failed:ValidationException": 1, "throttled:ThrottlingException": 2}


def test_nothing_is_dropped_in_silence() -> None:
    recording = recorder(Level(0, 0, S, 3.0))
    recording.answered("get", "a", 0, 0, 0, MS)
    recording.unanswered("get", "b", 100 * MS, 0, 30 * S)
    recording.unsent("get", "c", 200 * MS)
    result = recording.result(HEALTH)
    get, level = result.operations["get"], result.levels[0]
    assert (get.intended, get.sent, get.answered, get.unanswered, get.unsent) == (3, 2, 1, 1, 1)
    assert get.errors == {"timeout": 1}
    # What was given up took as long as that, at least.
    assert get.latency.most_us == 30_000_000
    assert (level.offered, level.sent, level.answered, level.failed_share) == (3, 2, 1, 2 / 3)
    assert (result.offered, result.ok, result.failed_share) == (3, 1, 2 / 3)
    assert [key.key for key in get.keys.heaviest()] == ["a", "b", "c"]


def test_capacity_is_counted_by_operation_and_key() -> None:
    recording = recorder()
    recording.answered("put", "hot", 0, 0, 0, MS, None, 0.5, 2.0)
    recording.answered("put", "hot", 0, 0, 0, MS, None, 0.5, 1.0)
    recording.answered("put", None, 0, 0, 0, MS, None, 1.0, 0.0)
    put = recording.result(HEALTH).operations["put"]
    assert (put.read_units, put.write_units) == (2.0, 3.0)
    [hot] = put.keys.heaviest()
    assert (hot.key, hot.count, hot.units, hot.exact) == ("hot", 2, 4.0, True)


def test_a_window_counts_what_was_meant_to_begin_and_what_happened_in_it() -> None:
    recording = recorder()
    recording.answered("get", None, 500 * MS, 0, 0, 2 * S)
    recording.answered("get", None, 600 * MS, 500 * MS, 0, 100 * MS, "failed:x")
    first, second, third = recording.result(HEALTH).windows
    assert [(w.offered, w.sent, w.answered, w.ok, w.failed) for w in (first, second, third)] == [
        (2, 1, 0, 0, 0),
        (0, 1, 1, 0, 1),
        (0, 0, 1, 1, 0),
    ]
    assert [w.in_flight for w in (first, second, third)] == [0.5, 1.1, 0.5]
    assert first.p50_s == pytest.approx(0.6, rel=0.01)
    assert first.p99_s == 2.0
    assert [w.begin_s for w in (first, second, third)] == [0.0, 1.0, 2.0]


def test_windows_double_their_width_and_stay_a_bounded_number() -> None:
    recording = recorder()
    for second in range(3000):
        recording.answered("get", None, second * S, 0, 0, 500 * MS)
    windows = recording.result(HEALTH).windows
    assert {window.width_s for window in windows} == {8.0}
    assert len(windows) == 375
    assert {(window.offered, window.in_flight) for window in windows} == {(8, 0.5)}
    assert [window.begin_s for window in windows] == [8.0 * index for index in range(375)]


def test_a_level_takes_its_requests_until_they_end_and_completions_when_they_happen() -> None:
    recording = recorder(Level(0, 0, S, 2.0), Level(1, S, 3 * S, 1.0))
    recording.answered("get", None, 0, 0, 0, 500 * MS)
    recording.answered("get", None, 900 * MS, 0, 0, 600 * MS)
    recording.answered("get", None, 2900 * MS, 0, 0, 600 * MS, "throttled:x")
    one, two = recording.result(HEALTH).levels
    assert (one.offered, one.ok, one.completed, one.completed_ok) == (2, 2, 1, 1)
    assert (two.offered, two.ok, two.throttled, two.completed, two.completed_ok) == (1, 0, 1, 1, 1)
    assert (one.offered_per_s, one.throughput_per_s, two.throughput_per_s) == (2.0, 1.0, 0.5)
    assert (one.concurrency, two.concurrency) == (0.6, 0.3)
    assert (one.mean_s, one.latency.count, one.service.count) == (0.55, 2, 2)
    assert (two.failed_share, two.throttled_share) == (1.0, 1.0)


def test_a_failure_completes_but_not_well() -> None:
    recording = recorder(Level(0, 0, S, 2.0))
    recording.answered("get", None, 0, 0, 0, MS, "failed:x")
    recording.answered("get", None, 0, 0, 0, MS)
    [level] = recording.result(HEALTH).levels
    assert (level.completed, level.completed_ok, level.throughput_per_s, level.ok_per_s) == (2, 1, 2.0, 1.0)


def test_a_level_is_over_when_it_ends_and_between_two_there_may_be_none() -> None:
    recording = recorder(Level(1, 2 * S, 3 * S, 1.0), Level(0, 0, S, 1.0))
    recording.declare("service:x", "service")
    for begin in (S, 1500 * MS, 3 * S):
        recording.answered("get", None, begin, 0, 0, MS)
        recording.unsent("get", None, begin)
        recording.use("service:x", begin, begin + MS)
    levels = recording.result(HEALTH).levels
    assert [level.index for level in levels] == [0, 1]
    assert [(level.offered, level.completed, level.in_flight_us, level.resources) for level in levels] == [
        (0, 0, 0, {}),
        (0, 0, 0, {}),
    ]


def test_littles_law_holds_of_a_level_that_ends_with_nothing_in_flight() -> None:
    recording = recorder(Level(0, 0, 10 * S, 10.0))
    for index in range(100):
        recording.answered("get", None, index * 90 * MS, 0, 0, (index % 7 + 1) * 20 * MS)
    [level] = recording.result(HEALTH).levels
    assert level.concurrency == pytest.approx(level.throughput_per_s * level.mean_s)


def test_resources_are_used_when_they_are_held_and_units_when_they_are_taken() -> None:
    recording = recorder(Level(0, 0, S, 1.0), Level(1, S, 2 * S, 2.0))
    recording.declare("lock:plans/a", "lock", 1.0, detail="a")
    recording.declare("dynamodb.partition_writes", "quota", 1000.0, "dynamodb.partition_writes")
    recording.use("lock:plans/a", 800 * MS, 1300 * MS)
    recording.waited("lock:plans/a", 700 * MS, 1100 * MS)
    recording.use("dynamodb.partition_writes", 900 * MS, 1500 * MS, 2.5)
    recording.use("dynamodb.partition_writes", 1200 * MS, 1200 * MS, 1.0, "Throttling")
    result = recording.result(HEALTH)
    lock, quota = result.resources["lock:plans/a"], result.resources["dynamodb.partition_writes"]
    assert (lock.used, lock.waited_s, lock.calls, lock.detail) == (0.5, 0.4, 1, "a")
    assert (quota.used, quota.calls, quota.refused) == (2.5, 1, {"Throttling": 1})
    assert quota.limit == "dynamodb.partition_writes"
    one, two = result.levels
    assert (one.resources["lock:plans/a"].used, two.resources["lock:plans/a"].used) == (0.2, 0.3)
    assert (one.resources["lock:plans/a"].waited_s, two.resources["lock:plans/a"].waited_s) == (0.3, 0.1)
    assert two.resources["dynamodb.partition_writes"].refused == {"Throttling": 1}
    assert one.utilisation == {"dynamodb.partition_writes": 0.0025, "lock:plans/a": 0.2}
    assert [window.used_micro.get("lock:plans/a") for window in result.windows] == [200_000, 300_000]


def test_demands_are_of_a_request_that_completed_and_waits_of_one_that_was_offered() -> None:
    recording = recorder(Level(0, 0, S, 2.0))
    recording.declare("service:route53", "service")
    for begin in (0, 500 * MS):
        recording.answered("f", None, begin, 0, 0, 200 * MS)
        recording.use("service:route53", begin, begin + 100 * MS)
    recording.waited("service:route53", 500 * MS, 600 * MS)
    [level] = recording.result(HEALTH).levels
    assert (level.demands, level.waits) == ({"service:route53": 0.1}, {"service:route53": 0.05})
    # Nobody knows how much of it there is.
    assert level.utilisation == {}


def test_a_resource_is_declared_once_and_before_it_is_used() -> None:
    recording = recorder()
    with pytest.raises(TwinstageError, match="before it was declared"):
        recording.use("lock:a", 0, 1)
    with pytest.raises(TwinstageError, match="before it was declared"):
        recording.waited("lock:a", 0, 1)
    with pytest.raises(TwinstageError, match="no kind 'disk'; there are concurrency, cpu, lock"):
        recording.declare("a", "disk")
    recording.declare("lock:a", "lock", 1.0)
    recording.declare("lock:a", "lock", 1.0)
    with pytest.raises(TwinstageError, match="one name for two resources"):
        recording.declare("lock:a", "lock", 2.0)
    # Declared and not used: nothing is told of it.
    assert recording.result(HEALTH).resources == {}


def test_calls_invocations_handlers_and_quotas_add_up() -> None:
    recording = recorder()
    recording.call("dynamodb.PutItem", 2 * MS, None, 0.0, 1.0)
    recording.call("dynamodb.PutItem", MS, "ThrottlingException")
    recording.invoked(120 * MS, 256, cold=True)
    recording.invoked(80 * MS, 256)
    recording.handler("f", 3 * MS, 70_000_000)
    recording.handler("f", None, 60_000_000)
    recording.quota("route53.requests", QuotaUse(2_000_000, 5.0, None, 2, {"Throttling": 1}))
    recording.quota("route53.requests", QuotaUse(1_000_000, 5.0, None, 1))
    result = recording.result(HEALTH)
    put = CallUse(1, {"ThrottlingException": 1}, 3_000, 0.0, 1.0)
    assert result.calls == {"dynamodb.PutItem": put}
    assert result.function == FunctionUse(2, 200_000, 256, 1)
    assert result.function.billed_s == 0.2
    assert result.quotas == {"route53.requests": QuotaUse(3_000_000, 5.0, None, 3, {"Throttling": 1})}
    assert result.quotas["route53.requests"].used == 3.0
    assert (result.operations["f"].cpu.count, result.operations["f"].memory_bytes) == (1, 70_000_000)


def test_progress_tells_the_last_whole_window_and_the_run_so_far() -> None:
    recording = recorder()
    assert (recording.progress(0, 0).offered, recording.progress(0, 0).answered_per_s) == (0, 0.0)
    for index in range(10):
        recording.answered("get", None, index * 100 * MS, MS, 0, 50 * MS, "throttled:x" if index == 9 else None)
    recording.unsent("get", None, 1100 * MS)
    recording.unanswered("get", None, 0, 0, 1200 * MS)
    now = recording.progress(1500 * MS, in_flight=4)
    assert (now.at_s, now.offered, now.sent, now.answered, now.in_flight) == (1.5, 16, 15, 10, 4)
    assert (now.failed, now.throttled, now.unanswered, now.unsent) == (1, 1, 1, 1)
    assert (now.offered_per_s, now.answered_per_s, now.most_s) == (11.0, 10.0, 1.2)
    assert now.p50_s == pytest.approx(0.051, rel=0.001)
    assert now.lateness_p99_s == 0.001
    assert now.errors == {"throttled:x": 1, "timeout": 1}


def test_a_result_says_how_late_its_generator_was() -> None:
    recording = recorder()
    recording.answered("get", None, 0, 7 * MS, 0, MS)
    recording.unanswered("put", None, 0, 9 * MS, MS)
    lateness = recording.result(GeneratorHealth(reasons=("it fell behind",))).generator.lateness
    assert (lateness.count, lateness.total_us) == (2, 16_000)
    assert not recording.result(GeneratorHealth(reasons=("it fell behind",))).generator.valid
    assert recording.result(HEALTH).generator.valid


def test_a_use_knows_its_share_of_a_capacity_that_is_known() -> None:
    assert ResourceUse("lock", 500_000, 1.0).utilisation(2.0) == 0.25
    assert ResourceUse("lock", 500_000).utilisation(2.0) is None
    assert ResourceUse("lock", 500_000, 1.0).utilisation(0.0) is None
