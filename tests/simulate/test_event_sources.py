"""Streams, queues and the ways to them: duplicates, loss, another order, retries, dead letters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twinstage.simulate.distributions import Deterministic, Exponential
from twinstage.simulate.events_consumer import Handled, Message
from twinstage.simulate.events_delivery import Delivery, Occurrence, delivered
from twinstage.simulate.events_queue import Queue, QueueSettings
from twinstage.simulate.events_stream import Stream, StreamSettings
from twinstage.simulate.kernel import SECOND, Simulation, SimulationError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Poisoned:
    """A consumer that takes a second a batch and fails what has a bad message in it: all of it, or the message only."""

    def __init__(self, *bad: str, whole: bool = True, seconds: float = 1) -> None:
        self.bad, self.whole, self.duration = bad, whole, int(seconds * SECOND)

    def __call__(self, batch: Sequence[Message], attempt: int) -> Handled:
        failed = frozenset(at for at, message in enumerate(batch) if message.id in self.bad)
        return Handled(self.duration, frozenset(range(len(batch))) if failed and self.whole else failed)


def stream_of(settings: StreamSettings, consumer: Poisoned, *ids: str, key: str = "") -> Stream:
    simulation = Simulation(0)
    stream = Stream(simulation, settings, consumer)
    for name in ids:
        stream.put(Message(name, key or name))
    simulation.run()
    return stream


class TestStreams:
    """https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-create.html"""

    def test_a_batch_waits_for_its_window_or_until_it_is_full(self) -> None:
        simulation = Simulation(0)
        stream = Stream(simulation, StreamSettings(batch_size=3, window_s=10), Poisoned())

        def arriving() -> Iterator[int]:
            for number in range(5):
                stream.put(Message(str(number)))
                yield SECOND

        simulation.process(arriving())
        simulation.run()
        assert [(batch.ids, batch.began // SECOND) for batch in stream.batches] == [
            (("0", "1", "2"), 2),
            (("3", "4"), 13),
        ]

    def test_a_batch_that_fails_holds_up_its_shard_until_its_retries_are_over(self) -> None:
        stream = stream_of(StreamSettings(batch_size=2, retries=2), Poisoned("b"), "a", "b", "c", key="k")
        assert [(batch.ids, batch.attempt) for batch in stream.batches] == [
            (("a", "b"), 0), (("a", "b"), 1), (("a", "b"), 2), (("c",), 0),
        ]  # fmt: skip
        assert [message.id for message in stream.discarded] == ["a", "b"]

    def test_bisection_finds_what_is_bad_without_spending_retries_on_it(self) -> None:
        stream = stream_of(StreamSettings(bisect=True, retries=1), Poisoned("c"), *"abcdefgh", key="k")
        assert [message.id for message in stream.discarded] == ["c"]
        assert max(batch.attempt for batch in stream.batches) == 1

    def test_a_partial_response_goes_on_from_the_first_failure(self) -> None:
        stream = stream_of(StreamSettings(partial=True, retries=0), Poisoned("c", whole=False), *"abcd", key="k")
        assert [message.id for message in stream.discarded] == ["c", "d"]

    def test_records_that_are_too_old_are_given_up(self) -> None:
        stream = stream_of(StreamSettings(max_age_s=5), Poisoned("a"), "a", key="k")
        assert [message.id for message in stream.discarded] == ["a"]
        assert stream.batches[-1].ended >= 5 * SECOND

    @settings(max_examples=40)
    @given(
        keys=st.lists(st.sampled_from("abcdef"), max_size=30),
        shards=st.integers(1, 3),
        parallel=st.integers(1, 3),
        bad=st.integers(0, 30),
        bisect=st.booleans(),
    )
    def test_no_record_is_lost_and_those_of_one_key_stay_in_order(
        self, keys: list[str], shards: int, parallel: int, bad: int, bisect: bool
    ) -> None:
        simulation = Simulation(0)
        own = StreamSettings(shards, 4, parallel=parallel, retries=1, bisect=bisect)
        stream = Stream(simulation, own, Poisoned(str(bad)))
        for number, key in enumerate(keys):
            stream.put(Message(str(number), key))
        simulation.run()
        handled = [name for batch in stream.batches if not batch.failed for name in batch.ids]
        assert sorted([*handled, *(message.id for message in stream.discarded)], key=int) == [
            str(number) for number in range(len(keys))
        ]
        for key in set(keys):
            own_ids = [int(name) for name in handled if keys[int(name)] == key]
            assert own_ids == sorted(own_ids)


def queue_of(settings: QueueSettings, consumer: Poisoned, *messages: Message) -> Queue:
    simulation = Simulation(0)
    queue = Queue(simulation, settings, consumer)
    for message in messages:
        queue.put(message)
    simulation.run()
    return queue


class TestQueues:
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html"""

    def test_what_fails_comes_back_after_its_visibility_timeout_and_ends_in_the_dead_letter_queue(self) -> None:
        settings_ = QueueSettings(visibility_s=10, max_receives=3, batch_size=1)
        queue = queue_of(settings_, Poisoned("bad"), Message("bad"), Message("good"))
        assert [batch.began // SECOND for batch in queue.batches if "bad" in batch.ids] == [0, 10, 20]
        assert [message.id for message in queue.dead] == ["bad"]

    def test_what_takes_longer_than_its_visibility_timeout_is_handled_twice(self) -> None:
        queue = queue_of(QueueSettings(visibility_s=5, pollers=2), Poisoned(seconds=8), Message("slow"))
        assert [(batch.began // SECOND, batch.attempt) for batch in queue.batches] == [(0, 0), (5, 1)]

    def test_a_delay_hides_a_message_at_first(self) -> None:
        queue = queue_of(QueueSettings(delay_s=7), Poisoned(), Message("late"))
        assert queue.batches[0].began == 7 * SECOND

    def test_a_fifo_group_waits_for_its_first_and_others_pass_it(self) -> None:
        messages = [Message("bad", "g"), Message("next", "g"), Message("other", "h")]
        own = QueueSettings(visibility_s=10, max_receives=1, fifo=True, batch_size=1, pollers=2)
        queue = queue_of(own, Poisoned("bad"), *messages)
        assert [batch.ids[0] for batch in queue.batches] == ["bad", "other", "next"]
        assert queue.batches[-1].began == 10 * SECOND

    def test_fifo_deduplication_refuses_a_second_one_for_five_minutes(self) -> None:
        simulation = Simulation(0)
        queue = Queue(simulation, QueueSettings(fifo=True), Poisoned())

        def sending() -> Iterator[int]:
            for number, wait in enumerate((0, 299, 2)):
                yield wait * SECOND
                queue.put(Message(str(number), "g", deduplication="same"))

        simulation.process(sending())
        simulation.run()
        assert [batch.ids for batch in queue.batches] == [("0",), ("2",)]
        assert [message.id for message in queue.duplicates] == ["1"]

    @settings(max_examples=40)
    @given(
        groups=st.lists(st.sampled_from("abc"), max_size=20),
        bad=st.sets(st.integers(0, 19), max_size=3),
        pollers=st.integers(1, 3),
        batch_size=st.integers(1, 4),
    )
    def test_every_message_is_handled_or_dead_and_fifo_groups_stay_in_order(
        self, groups: list[str], bad: set[int], pollers: int, batch_size: int
    ) -> None:
        own = QueueSettings(visibility_s=5, max_receives=2, fifo=True, batch_size=batch_size, pollers=pollers)
        consumer = Poisoned(*map(str, bad))
        queue = queue_of(own, consumer, *(Message(str(at), group) for at, group in enumerate(groups)))
        handled = [name for batch in queue.batches for name in batch.ids if name not in batch.failed]
        dead = [message.id for message in queue.dead]
        assert sorted([*handled, *dead], key=int) == [str(at) for at in range(len(groups))]
        for group in "abc":
            firsts = [int(name) for name in handled if groups[int(name)] == group]
            assert firsts == sorted(firsts)


class TestDelivery:
    EVENTS = tuple(Occurrence(number * SECOND, f"e{number}", number) for number in range(400))

    def test_shares_are_those_that_were_asked_for(self) -> None:
        arrived = delivered(self.EVENTS, Delivery(loss=0.1, duplication=0.2), seed=3)
        lost = len(self.EVENTS) - len({each.id for each in arrived})
        copies = sum(each.copy for each in arrived)
        assert 20 <= lost <= 60
        assert 50 <= copies <= 95

    def test_stragglers_come_out_of_order_and_nothing_else_does(self) -> None:
        late = Delivery(straggling=0.1, late=Exponential(5))
        arrived = [each.data for each in delivered(self.EVENTS, late, seed=3)]
        assert arrived != sorted(arrived)
        assert sorted(arrived) == list(range(400))
        plain = Delivery(delay=Deterministic(0.5))
        assert [each.at - number * SECOND for number, each in enumerate(delivered(self.EVENTS, plain, seed=3))] == [
            SECOND // 2
        ] * 400

    @given(left_out=st.integers(0, 399), seed=st.integers(0, 5))
    @settings(max_examples=20)
    def test_what_happens_to_one_event_depends_on_no_other(self, left_out: int, seed: int) -> None:
        delivery = Delivery(0.1, 0.1, 0.1, Exponential(1), Exponential(3))
        others = [each for each in self.EVENTS if each.data != left_out]
        all_of_them = delivered(self.EVENTS, delivery, seed)
        assert delivered(others, delivery, seed) == [each for each in all_of_them if each.data != left_out]

    def test_a_share_is_a_probability(self) -> None:
        with pytest.raises(SimulationError):
            Delivery(loss=1.5)


@pytest.mark.parametrize(
    "fields", [{"shards": 0}, {"batch_size": 0}, {"parallel": 11}, {"retries": -1}, {"window_s": -1}]
)
def test_a_stream_that_cannot_be_is_refused(fields: dict[str, int]) -> None:
    with pytest.raises(SimulationError):
        StreamSettings(**fields)


@pytest.mark.parametrize("fields", [{"batch_size": 0}, {"pollers": 0}, {"max_receives": 0}, {"visibility_s": -1}])
def test_a_queue_that_cannot_be_is_refused(fields: dict[str, int]) -> None:
    with pytest.raises(SimulationError):
        QueueSettings(**fields)
