"""The kernel: what happens when, who waits for whom, and that nothing depends on the order in which streams are made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from twinstage.simulate.kernel import (
    SECOND,
    Container,
    Interrupted,
    Resource,
    Simulation,
    SimulationError,
    Store,
    Streams,
    seconds,
)

if TYPE_CHECKING:
    from collections.abc import Generator


def test_what_is_due_in_one_moment_happens_in_the_order_in_which_it_was_scheduled() -> None:
    simulation, seen = Simulation(), []

    def process(name: str, delay: int) -> Generator[Any, Any, None]:
        yield delay
        seen.append((name, simulation.now))

    for name, delay in [("late", 5), ("first", 3), ("second", 3), ("third", 3)]:
        simulation.process(process(name, delay))
    simulation.run()
    assert seen == [("first", 3), ("second", 3), ("third", 3), ("late", 5)]


def test_a_run_until_a_moment_stops_before_what_is_due_then_and_goes_on_from_there() -> None:
    simulation, seen = Simulation(), []
    simulation.timeout(4).told(lambda _: seen.append(4))
    simulation.run(until=4)
    assert (simulation.now, seen) == (4, [])
    simulation.run()
    assert (simulation.now, seen) == (4, [4])
    with pytest.raises(SimulationError, match="in the past"):
        simulation.run(until=3)


def test_a_process_is_waited_for_and_gives_what_it_returns() -> None:
    simulation = Simulation()

    def child() -> Generator[Any, Any, str]:
        yield seconds(1.5)
        return "done"

    def parent() -> Generator[Any, Any, tuple[str, int]]:
        return (yield simulation.process(child())), simulation.now

    assert simulation.run(simulation.process(parent())) == ("done", 3 * SECOND // 2)


def test_a_failure_is_raised_where_it_is_waited_for_and_ends_the_run_where_nobody_waits() -> None:
    def broken() -> Generator[Any, Any, None]:
        yield 1
        raise KeyError("x")

    def waits(simulation: Simulation) -> Generator[Any, Any, str]:
        try:
            yield simulation.process(broken())
        except KeyError:
            return "caught"
        return "not raised"

    simulation = Simulation()
    assert simulation.run(simulation.process(waits(simulation))) == "caught"
    simulation.process(broken())
    with pytest.raises(KeyError):
        simulation.run()


def test_any_and_all_give_the_values_of_what_happened() -> None:
    simulation = Simulation()
    early, late = simulation.timeout(2, "a"), simulation.timeout(7, "b")
    assert simulation.run(simulation.any_of([late, early])) == {early: "a"}
    assert simulation.now == 2
    assert simulation.run(simulation.all_of([late, early])) == {late: "b", early: "a"}
    assert simulation.now == 7
    assert simulation.run(simulation.all_of([late, early])) == {late: "b", early: "a"}
    assert simulation.run(simulation.all_of([])) == {}
    with pytest.raises(SimulationError, match="nothing is left"):
        simulation.run(simulation.event())


def test_a_queue_lets_go_of_whoever_loses_patience_and_serves_the_next() -> None:
    simulation, seen = Simulation(), []
    counter = Resource(simulation, servers=1)

    def customer(name: str, patience: int, service: int) -> Generator[Any, Any, None]:
        with counter.request() as turn:
            yield simulation.any_of([turn, simulation.timeout(patience)])
            if not turn.happened:
                seen.append((name, "left", simulation.now))
                return
            yield service
            seen.append((name, "served", simulation.now))

    for name, patience in [("a", 1), ("b", 4), ("c", 100)]:
        simulation.process(customer(name, patience, 10))
    simulation.run()
    assert seen == [("b", "left", 4), ("a", "served", 10), ("c", "served", 20)]
    assert (counter.busy, counter.waiting) == (0, 0)


def test_the_smaller_priority_goes_first_and_nobody_is_thrown_out() -> None:
    simulation, seen = Simulation(), []
    counter = Resource(simulation, servers=1)

    def customer(name: str, priority: int) -> Generator[Any, Any, None]:
        with counter.request(priority) as turn:
            yield turn
            seen.append(name)
            yield 5

    for name, priority in [("first", 9), ("low", 2), ("high", 1), ("low too", 2)]:
        simulation.process(customer(name, priority))
    simulation.run()
    assert seen == ["first", "high", "low", "low too"]


def test_an_interrupted_process_leaves_the_queue_it_stood_in() -> None:
    simulation = Simulation()
    counter = Resource(simulation, servers=1)
    held = counter.request()

    def waits() -> Generator[Any, Any, tuple[Any, int]]:
        try:
            with counter.request() as turn:
                yield turn
        except Interrupted as interruption:
            yield 2
            return interruption.cause, counter.waiting
        return "served", 0

    process = simulation.process(waits())

    def interrupts() -> Generator[Any, Any, None]:
        yield 3
        process.interrupt("stop")

    simulation.process(interrupts())
    assert simulation.run(process) == ("stop", 0)
    assert simulation.now == 5
    counter.release(held)
    assert counter.busy == 0
    with pytest.raises(SimulationError, match="returned"):
        process.interrupt()


def test_a_full_store_holds_back_whoever_puts_until_somebody_gets() -> None:
    simulation, seen = Simulation(), []
    store = Store(simulation, capacity=2)

    def producer() -> Generator[Any, Any, None]:
        for item in range(4):
            yield store.put(item)
            seen.append((item, simulation.now))

    def consumer() -> Generator[Any, Any, list[int]]:
        items = []
        for _ in range(4):
            yield 10
            items.append((yield store.get()))
        return items

    simulation.process(producer())
    assert simulation.run(simulation.process(consumer())) == [0, 1, 2, 3]
    assert seen == [(0, 0), (1, 0), (2, 10), (3, 20)]


def test_a_container_gives_all_that_was_asked_for_and_in_the_order_of_asking() -> None:
    simulation, seen = Simulation(), []
    tank = Container(simulation, capacity=10, level=1)

    def takes(amount: int) -> Generator[Any, Any, None]:
        yield tank.get(amount)
        seen.append((amount, simulation.now))

    def fills() -> Generator[Any, Any, None]:
        for _ in range(3):
            yield 5
            yield tank.put(4)

    simulation.process(takes(8))
    simulation.process(takes(1))
    simulation.process(fills())
    simulation.run()
    assert seen == [(8, 10), (1, 10)]
    assert tank.level == 4
    with pytest.raises(SimulationError, match="never"):
        tank.get(11)


@pytest.mark.parametrize(
    "impossible",
    [
        lambda simulation: Resource(simulation, servers=0),
        lambda simulation: Store(simulation, capacity=0),
        lambda simulation: Container(simulation, capacity=1, level=2),
        lambda simulation: simulation.timeout(-1),
        lambda simulation: simulation.event().succeed().succeed(),
        lambda simulation: simulation.step(),
    ],
)
def test_what_cannot_be_is_refused(impossible: Any) -> None:
    with pytest.raises(SimulationError):
        impossible(Simulation())


def test_a_stream_depends_on_the_seed_and_its_name_only() -> None:
    one, other = Streams(7), Streams(7)
    other.stream("b").random()
    assert [one.stream("a").random() for _ in range(3)] == [other.stream("a").random() for _ in range(3)]
    assert Streams(7).stream("a").random() != Streams(8).stream("a").random() != Streams(7).stream("b").random()
    assert Streams(7).stream("a").random() == 0.782904748287763
