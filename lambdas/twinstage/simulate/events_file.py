"""The event-source file: a queue or a stream, its messages and its consumer (schema `twinstage:event_source:1`), read from YAML or JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from twinstage.model.errors import InputError, InputProblem
from twinstage.model.reading.either_document import located_document
from twinstage.model.validation import schema_problems
from twinstage.simulate.distributions import Deterministic, Distribution, Exponential
from twinstage.simulate.duration_form import duration_of
from twinstage.simulate.events_delivery import Delivery
from twinstage.simulate.events_queue import QueueSettings
from twinstage.simulate.events_stream import StreamSettings
from twinstage.simulate.kernel import SimulationError

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Consuming:
    """What takes from it. `failure` is of a message and a hand-over, `poison` the share of messages that always fail; `partial`: it says which of a batch failed."""

    service: Distribution
    per_message_s: float = 0.0
    failure: float = 0.0
    poison: float = 0.0
    partial: bool = False


@dataclass(frozen=True)
class Promise:
    """What is promised of the messages, as shares; None where nothing is."""

    fresh_within_s: float = 0.0
    on_time: float | None = None
    complete: float | None = None


@dataclass(frozen=True)
class EventSource:
    """A queue or a stream. `keys` is their number and Zipf's exponent; None: every message has a key of its own."""

    settings: QueueSettings | StreamSettings
    between: Distribution
    keys: tuple[int, float] | None
    delivery: Delivery
    consumer: Consuming
    promise: Promise


def event_source_of(data: bytes, file: str) -> EventSource:
    """The source of a file's bytes. Raises InputError with every problem, each with its line and JSON pointer."""
    document, located = located_document(data, file, "a queue or a stream")
    if problems := schema_problems("event_source", document, file):
        raise InputError(located(problems))
    reader = _Reader(document, file)
    source = reader.read()
    if reader.problems:
        raise InputError(located(reader.problems))
    return source


class _Reader:
    """Of a document that is of its schema; a second stands for what cannot be."""

    def __init__(self, document: Mapping[str, Any], file: str) -> None:
        self._document, self._file = document, file
        self.problems: list[InputProblem] = []

    def read(self) -> EventSource:
        document = self._document
        messages, consumer = document["messages"], document["consumer"]
        between = (
            Exponential(1 / messages["rate"]) if "rate" in messages else self._duration("/messages/between", "between")
        )
        if between.mean_s <= 0:
            self._problem("/messages/between", "messages come without end in one moment", "give a time above 0")
        keys = messages.get("keys")
        return EventSource(
            self._settings(),
            between,
            (int(keys["number"]), float(keys.get("skew", 0))) if keys else None,
            self._delivery(document.get("delivery", {})),
            Consuming(
                self._duration("/consumer/service", "service"),
                float(consumer.get("per_message_s", 0)),
                float(consumer.get("failure", 0)),
                float(consumer.get("poison", 0)),
                bool(consumer.get("partial", False)),
            ),
            Promise(**document.get("service_level", {})),
        )

    def _settings(self) -> QueueSettings | StreamSettings:
        if "queue" in self._document:
            return QueueSettings(**_whole(self._document["queue"]))
        partial = bool(self._document["consumer"].get("partial", False))
        return StreamSettings(**_whole(self._document["stream"]), partial=partial)

    def _delivery(self, node: Mapping[str, Any]) -> Delivery:
        loss, duplication, straggling = (float(node.get(name, 0)) for name in ("loss", "duplication", "straggling"))
        delay = self._duration("/delivery/delay", "delay") if "delay" in node else Deterministic(0)
        late = self._duration("/delivery/late", "late") if "late" in node else Deterministic(1)
        return Delivery(loss, duplication, straggling, delay, late)

    def _duration(self, place: str, name: str) -> Distribution:
        node = self._document[place.split("/")[1]][name]
        try:
            return duration_of(node)
        except (SimulationError, ArithmeticError, ValueError) as error:
            self._problem(place, f"no such duration can be: {error}", "give a smaller mean or variation")
            return Deterministic(1.0)

    def _problem(self, place: str, message: str, hint: str) -> None:
        self.problems.append(InputProblem(self._file, 0, place, message, hint))


_WHOLE: Final = frozenset({"max_receives", "batch_size", "pollers", "shards", "parallel", "retries"})


def _whole(node: Mapping[str, Any]) -> dict[str, Any]:
    """Counts as such: JSON has one kind of number, and 4.0 is 4."""
    return {name: int(value) if name in _WHOLE else value for name, value in node.items()}
