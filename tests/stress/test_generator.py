"""The generator on virtual time: latency from the intended start, in three parts; nothing dropped; the same requests whatever the answers."""

from __future__ import annotations

import tracemalloc
from itertools import chain, cycle, repeat
from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.stress.virtual_lanes import MS, PlainTarget, S, VirtualServer, always, offered, waits_in_one_queue
from twinstage.model.load_profile import Breakpoint, ClosedLoad, Constant, OpenLoad, Ramp, Recorded
from twinstage.stress.arrivals import starts
from twinstage.stress.load.agenda import agenda_of
from twinstage.stress.load.calibration import Calibration
from twinstage.stress.load.generator import Generator, Limits
from twinstage.stress.metrics.histogram import Histogram
from twinstage.stress.metrics.load_document import load_document
from twinstage.stress.metrics.result import GeneratorHealth, merged
from twinstage.world.load.exchange import CallMade, FollowUp, Held, Invocation, Outcome, Reply, Request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.stress.metrics.operation import OperationResult
    from twinstage.stress.metrics.result import LoadResult


def asked(result: LoadResult) -> OperationResult:
    return result.operations["ask"]


def histogram(latencies_ns: list[int]) -> Histogram:
    found = Histogram()
    found.add_all([latency // 1000 for latency in latencies_ns])
    return found


def test_requests_begin_when_they_are_meant_to_and_take_what_the_server_takes() -> None:
    result = offered(OpenLoad(Constant(100, 10)), VirtualServer(always(20 * MS)))
    found = asked(result)
    assert (found.intended, found.sent, found.answered, found.ok) == (1000, 1000, 1000, 1000)
    assert (found.latency.least_us, found.latency.most_us) == (20_000, 20_000)
    assert found.lateness.most_us == found.wait.most_us == 0
    assert result.duration_s == pytest.approx(9.99 + 0.02)
    [level] = result.levels
    assert (level.offered_per_s, level.throughput_per_s, level.concurrency) == (
        100,
        pytest.approx(99.8),
        pytest.approx(2, rel=0.01),
    )


def test_a_stall_of_one_second_shows_in_every_request_that_was_meant_to_begin_within_it() -> None:
    load = OpenLoad(Constant(100, 10))
    server = VirtualServer(always(2 * MS), stall=(5 * S, 6 * S))
    found = asked(offered(load, server))
    slow = [6 * S + 2 * MS - begin for begin in starts(load) if 5 * S <= begin < 6 * S]
    assert len(slow) == 100
    assert found.latency == histogram([*slow, *repeat(2 * MS, 900)])
    # Whoever sends the next request only after the answer would have seen one slow one: p99 is 2 ms by that reckoning.
    assert found.latency.quantile_s(0.99) > 0.9


@given(st.integers(0, 2**32), st.integers(1, 4), st.integers(1, 6), st.booleans())
def test_what_waits_for_a_server_or_a_connection_waits_as_in_a_queue(
    seed: int, servers: int, mean_ms: int, connections_are_scarce: bool
) -> None:
    draws = Random(seed)  # noqa: S311 no secret
    services = [draws.randrange(1, 2 * mean_ms * MS) for _ in range(400)]
    load = OpenLoad(Constant(200, 2), "poisson", seed)
    given_up = Limits(connections=servers if connections_are_scarce else 500, grace_s=60, timeout_s=60)
    server = VirtualServer(chain(services, cycle([MS])), None if connections_are_scarce else servers)
    found = asked(offered(load, server, limits=given_up))
    begin = list(starts(load))
    if len(begin) <= len(services):
        assert found.latency == histogram(waits_in_one_queue(begin, services, servers))
    assert found.answered == len(begin)
    assert found.lateness.most_us == 0
    if connections_are_scarce:
        assert found.service == histogram([*services, *repeat(MS, 1000)][: len(begin)])
        assert server.most_under_way <= servers


@given(
    st.integers(0, 2**32),
    st.integers(1, 8),
    st.sampled_from([0, 3 * MS, 700 * MS]),
    st.sampled_from(
        [OpenLoad(Ramp(0, 300, 2)), OpenLoad(Breakpoint(20, 200, 0.5, 2.0), "poisson", 3), ClosedLoad(12, 2, 0.01)]
    ),
)
def test_every_request_is_told_once_as_answered_failed_given_up_or_never_sent(
    seed: int, connections: int, send_ns: int, load: OpenLoad | ClosedLoad
) -> None:
    draws = Random(seed)  # noqa: S311 no secret
    services: Iterator[int | None] = (draws.choice([MS, 40 * MS, None]) for _ in iter(int, 1))
    server = VirtualServer(services, send_ns=send_ns, status=draws.choice([200, 500]))
    limits = Limits(connections=connections, timeout_s=0.3, grace_s=0.2)
    result = offered(load, server, limits=limits)
    found = asked(result)
    if isinstance(load, OpenLoad):
        assert found.intended == sum(1 for _ in starts(load))
    assert found.intended == found.sent + found.unsent
    assert found.sent == found.answered + found.unanswered == len(server.sent)
    assert found.answered == found.ok + found.failed
    assert sum(window.offered for window in result.windows) == found.intended
    assert sum(found.errors.values()) == found.failed + found.unanswered
    assert found.latency.count == found.sent
    assert server.most_under_way <= connections


@given(
    st.integers(1, 7),
    st.sampled_from(
        [OpenLoad(Constant(97, 3), "poisson", 5), OpenLoad(Breakpoint(10, 60, 1, 1.7)), ClosedLoad(9, 3, 0.05)]
    ),
)
def test_the_results_of_several_generators_are_one_generators_exactly(of: int, load: OpenLoad | ClosedLoad) -> None:
    def driven(share: tuple[int, int]) -> LoadResult:
        return offered(load, VirtualServer(always(30 * MS)), share=share)

    shares = [driven((index, of)) for index in range(of)]
    together, alone = load_document(merged(shares)), load_document(driven((0, 1)))
    assert together["generator"].pop("generators") == of * alone["generator"].pop("generators")
    assert together == alone


def test_of_a_recorded_day_everything_begins_when_it_did_and_twice_as_fast_if_asked() -> None:
    draws = Random(1)  # noqa: S311 no secret
    offsets = tuple(sorted(draws.randrange(4 * S) for _ in range(50)))
    for scale in (1.0, 2.0):
        server = VirtualServer(always(0))
        result = offered(OpenLoad(Recorded(scale, offsets)), server)
        assert asked(result).intended == 50
        assert server.at_ns == round(offsets[-1] / scale)
        assert result.levels == ()


def test_users_who_take_turns_ask_less_of_a_slow_target() -> None:
    """The interactive response time law: X = N / (R + Z)."""
    for service_ms in (10, 90):
        found = asked(offered(ClosedLoad(users=10, for_s=10, think_s=0.01), VirtualServer(always(service_ms * MS))))
        assert found.answered == 10 * 10 * 1000 // (service_ms + 10)
        assert found.latency.most_us == service_ms * 1000


def test_a_request_that_is_never_answered_is_given_up_at_its_time_and_its_connection_is_not_used_again() -> None:
    server = VirtualServer(chain([None], always(MS)))
    found = asked(offered(OpenLoad(Constant(10, 1)), server, limits=Limits(connections=1, timeout_s=0.25)))
    assert found.errors == {"timeout": 1}
    assert (found.answered, found.unanswered, server.dropped) == (9, 1, [0])
    assert found.latency.most_us == 250_000
    # The two that were due meanwhile waited for the one connection.
    assert (found.wait.most_us, found.wait.quantile(0.85)) == (150_000, pytest.approx(51_000, rel=1e-3))


def test_a_connection_that_has_to_be_made_is_a_wait_and_no_lateness() -> None:
    server = VirtualServer(always(MS), connect_ns=7 * MS)
    found = asked(offered(OpenLoad(Constant(10, 1)), server))
    assert (found.latency.most_us, found.wait.most_us, found.service.most_us, found.lateness.most_us) == (
        8000,
        7000,
        1000,
        0,
    )
    assert found.wait.quantile(0.5) == 0


class Job(PlainTarget):
    """Its first answer comes at once; whether it has ended is asked for every half second, until the third time; it took 700 ms, it says then."""

    def outcome(self, request: Request, reply: Reply, following: FollowUp | None = None) -> Outcome | FollowUp:
        asked = 0 if following is None else int(following.subject)
        if asked < 3:
            return FollowUp(Request("question", b"ended?"), S // 2, str(asked + 1))
        return Outcome(service_ns=700 * MS)


def test_what_ends_later_is_as_long_as_it_says_however_late_its_end_was_seen() -> None:
    server = VirtualServer(always(10 * MS))
    result = offered(OpenLoad(Constant(2, 5)), server, target=Job())
    found = asked(result)
    assert list(result.operations) == ["ask"]
    assert (found.intended, found.answered) == (10, 10)
    assert found.latency.least_us == found.latency.most_us == histogram([710 * MS]).most_us
    assert found.service.most_us == histogram([700 * MS]).most_us
    assert server.sent.count(b"ended?") == 30


def test_a_question_that_is_lost_or_not_answered_in_time_is_asked_again() -> None:
    lost = VirtualServer(always(10 * MS), lost=frozenset({2}))
    silent = VirtualServer(chain([10 * MS, None], always(10 * MS)))
    for server in (lost, silent):
        found = asked(offered(OpenLoad(Constant(1, 1)), server, target=Job(), limits=Limits(timeout_s=2)))
        assert (found.ok, found.errors, len(server.sent)) == (1, {}, 5)
        assert found.latency.most_us == histogram([710 * MS]).most_us


def test_an_end_that_does_not_come_in_time_is_told_as_none() -> None:
    server = VirtualServer(always(10 * MS))
    found = asked(offered(OpenLoad(Constant(1, 1)), server, target=Job(), limits=Limits(grace_s=0.3)))
    assert (found.sent, found.answered, found.errors) == (1, 0, {"unanswered": 1})


def test_only_so_many_are_followed_up_at_a_time_and_the_others_wait() -> None:
    server = VirtualServer(always(10 * MS))
    found = asked(offered(OpenLoad(Constant(10, 1)), server, target=Job(), limits=Limits(unended=1, grace_s=60)))
    assert found.answered == 10
    assert found.wait.most_us > 10_000_000
    assert found.lateness.most_us == 0


def test_a_generator_that_keeps_up_with_a_slow_target_is_valid() -> None:
    result = offered(
        OpenLoad(Constant(100, 5)), VirtualServer(always(50 * MS), servers=2), limits=Limits(connections=50, grace_s=60)
    )
    assert asked(result).latency.quantile_s(0.5) > 1
    assert result.generator == GeneratorHealth(cpu_share=0.0, lateness=asked(result).lateness)


def test_a_generator_whose_processor_is_busy_is_late_and_says_so() -> None:
    result = offered(OpenLoad(Constant(1000, 3)), VirtualServer(always(MS), send_ns=2 * MS))
    late, busy = result.generator.reasons
    assert not result.generator.valid
    assert "late" in late
    assert "100% busy" in busy
    assert asked(result).lateness.quantile_s(0.99) > 1


def test_too_few_connections_to_a_target_that_serves_any_number_are_the_generators_fault() -> None:
    load, limits = OpenLoad(Constant(100, 5)), Limits(connections=20, grace_s=60)
    scarce = offered(load, VirtualServer(always(500 * MS)), limits=limits)
    [reason] = scarce.generator.reasons
    assert "20 are not enough" in reason
    overloaded = offered(load, VirtualServer(always(50 * MS), servers=2), limits=Limits(connections=20, grace_s=60))
    assert overloaded.generator.valid


class Handler(PlainTarget):
    """A function of which an answer tells what it called and what is billed."""

    held = Held("concurrency:enactor", "concurrency", 4, "enactor")

    def outcome(self, request: Request, reply: Reply, following: FollowUp | None = None) -> Outcome | FollowUp:
        calls = (
            CallMade("dynamodb.GetItem", 4 * MS),
            CallMade("route53.ListHostedZones", 0, "Throttling"),
            CallMade("route53.ListHostedZones", 9 * MS),
        )
        return Outcome(invocation=Invocation(20 * MS, 128, 40, None), calls=calls)


def test_what_a_function_called_and_held_is_told_as_resources() -> None:
    result = offered(OpenLoad(Constant(10, 1)), VirtualServer(always(20 * MS)), target=Handler())
    used = {name: (use.used, use.calls, dict(use.refused)) for name, use in result.resources.items()}
    assert used == {
        "concurrency:enactor": (pytest.approx(0.2), 10, {}),
        "service:dynamodb.GetItem": (pytest.approx(0.04), 10, {}),
        "service:route53.ListHostedZones": (pytest.approx(0.09), 10, {"Throttling": 10}),
    }
    assert result.levels[0].utilisation == {"concurrency:enactor": pytest.approx(0.05)}
    assert result.calls["route53.ListHostedZones"].busy_us == pytest.approx(90_000)
    assert result.function is not None
    assert (result.function.billed_s, result.function.cold_starts) == (pytest.approx(0.2), 0)
    assert asked(result).memory_bytes == 40 << 20


def test_a_load_near_to_what_the_generator_can_send_is_not_to_be_believed() -> None:
    load = OpenLoad(Constant(100, 3))
    assert offered(load, VirtualServer(always(MS)), calibration=Calibration(150)).generator.valid
    near = offered(load, VirtualServer(always(MS)), calibration=Calibration(105)).generator
    assert near.calibrated_per_s == 105
    [reason] = near.reasons
    assert "a generator on this machine can send 105" in reason


def test_what_the_machine_refuses_the_generator_is_no_fault_of_the_target() -> None:
    server = VirtualServer(always(MS), failure="EMFILE")
    result = offered(OpenLoad(Constant(10, 1)), server)
    assert asked(result).errors == {"failed:EMFILE": 10}
    assert result.generator.reasons == ("10 requests could not be sent, for this machine refused it: EMFILE",)


class Counted:
    """Told of requests, keeps their number."""

    tells = False

    def __init__(self) -> None:
        self.ended = self.never_sent = 0

    def answered(self, *_: object) -> None:
        self.ended += 1

    def unanswered(self, *_: object) -> None:
        self.ended += 1

    def unsent(self, *_: object) -> None:
        self.never_sent += 1

    def told(self, *_: object) -> None:
        raise AssertionError("there is nothing to tell besides")


class Forgetful(list[bytes]):
    """Only its length is asked for."""

    def __init__(self) -> None:
        self.count = 0

    def append(self, _: bytes) -> None:
        self.count += 1

    def __len__(self) -> int:
        return self.count


def test_a_generator_takes_no_more_room_for_a_load_eight_times_as_long() -> None:
    def peak(for_s: int) -> int:
        # Ten times what the target can do: the requests that wait are held nowhere.
        load, counted = OpenLoad(Constant(2000, for_s)), Counted()
        server = VirtualServer(always(10 * MS), servers=2, sent=Forgetful())
        tracemalloc.start()
        limits, agenda = Limits(connections=20, grace_s=0), agenda_of(load, 0, 1)
        generator = Generator(
            agenda, PlainTarget(), server, counted, limits, duration_ns=load.duration_ns, pulse=lambda at_ns: at_ns + S
        )
        generator.drive()
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert counted.ended + counted.never_sent == 2000 * for_s
        assert counted.never_sent > counted.ended
        return most

    # Python itself keeps up to 2,000 tuples of a size that nobody holds any more; the 14,000 requests more, each in a tuple, would take 1.4 MB.
    assert peak(8) < peak(1) + 500_000
