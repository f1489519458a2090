"""Queues as SQS has them and Lambda polls them: visibility timeout, redrive to a dead-letter queue, FIFO groups and deduplication.

Sources: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html, .../sqs-dead-letter-queues.html,
.../FIFO-queues-understanding-logic.html and https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from twinstage.simulate.events_consumer import Batch, Message
from twinstage.simulate.kernel import SimulationError, seconds

if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any

    from twinstage.simulate.events_consumer import Consumer
    from twinstage.simulate.kernel import Event, Simulation

    Steps = Generator[Event | int, Any, Any]

# "The deduplication interval is five minutes."
_DEDUPLICATION_S = 300


@dataclass(frozen=True)
class QueueSettings:
    """`max_receives` None: no dead-letter queue. `pollers`: batches handled at once. A FIFO queue hands one group's messages to one poller at a time, in order."""

    visibility_s: float = 30
    max_receives: int | None = None
    delay_s: float = 0
    fifo: bool = False
    batch_size: int = 10
    pollers: int = 1
    retention_s: float = 345_600

    def __post_init__(self) -> None:
        if self.batch_size < 1 or self.pollers < 1 or (self.max_receives is not None and self.max_receives < 1):
            raise SimulationError("a queue's batches, pollers and receives are at least one")
        if self.visibility_s < 0 or self.delay_s < 0 or self.retention_s <= 0:
            raise SimulationError("a queue's times are not below 0")


class _Held:
    """A message in the queue. `receipt` counts how often it was handed over; `hidden`: somebody has it, or its delay is not over."""

    __slots__ = ("deleted", "hidden", "message", "number", "receipt")

    def __init__(self, message: Message, number: int) -> None:
        self.message, self.number = message, number
        self.receipt, self.hidden, self.deleted = 0, True, False


class Queue:
    """A queue and its pollers. `batches` in the order of their ends; `dead`: the dead-letter queue; `expired`: kept too long; `duplicates`: refused by deduplication."""

    def __init__(self, simulation: Simulation, settings: QueueSettings, consumer: Consumer) -> None:
        self._simulation, self._settings, self._consumer = simulation, settings, consumer
        self.batches: list[Batch] = []
        self.dead: list[Message] = []
        self.expired: list[Message] = []
        self.duplicates: list[Message] = []
        self._held: dict[int, _Held] = {}
        self._came = 0
        self._seen: dict[str, int] = {}
        self._change: Event = simulation.event()
        for number in range(settings.pollers):
            simulation.process(self._poll(number))

    def put(self, message: Message) -> None:
        """A message comes in, now."""
        now = self._simulation.now
        if self._settings.fifo and message.deduplication:
            seen = self._seen.get(message.deduplication)
            if seen is not None and now - seen < seconds(_DEDUPLICATION_S):
                self.duplicates.append(message)
                return
            self._seen[message.deduplication] = now
        self._came += 1
        held = _Held(Message(message.id, message.key, message.data, now, message.deduplication), self._came)
        self._held[held.number] = held
        self._show_after(held, seconds(self._settings.delay_s), held.receipt)

    def _show_after(self, held: _Held, delay: int, receipt: int) -> None:
        """Make a message visible later, unless it was handled or handed over again before."""

        def show(_: Event) -> None:
            if not held.deleted and held.receipt == receipt and held.hidden:
                held.hidden = False
                self._wake()

        self._simulation.timeout(delay).told(show)

    def _wake(self) -> None:
        change, self._change = self._change, self._simulation.event()
        change.succeed()

    def _poll(self, number: int) -> Steps:
        while True:
            batch = self._receive()
            if not batch:
                yield self._change
                continue
            began = self._simulation.now
            receipts = [held.receipt for held in batch]
            handled = self._consumer([held.message for held in batch], max(receipts) - 1)
            for held, receipt in zip(batch, receipts, strict=True):
                self._show_after(held, seconds(self._settings.visibility_s), receipt)
            yield handled.duration
            for at, held in enumerate(batch):
                if at not in handled.failed:
                    self._delete(held)
            ids = tuple(held.message.id for held in batch)
            failed = tuple(batch[at].message.id for at in sorted(handled.failed))
            self.batches.append(Batch(str(number), ids, began, self._simulation.now, max(receipts) - 1, failed))
            if self._settings.fifo:
                # A group that this batch held up is free again.
                self._wake()

    def _receive(self) -> list[_Held]:
        """Hand over up to a batch of messages, the oldest first; what was received too often goes to the dead-letter queue, what is too old is dropped."""
        taken: list[_Held] = []
        busy = (
            {
                held.message.key
                for held in self._held.values()
                if held.hidden and held.receipt and not self._expired(held)
            }
            if self._settings.fifo
            else set()
        )
        gone: list[_Held] = []
        for held in self._held.values():
            if len(taken) == self._settings.batch_size:
                break
            if self._expired(held):
                self.expired.append(held.message)
                gone.append(held)
            elif held.hidden:
                # In a FIFO group nothing passes a message that is not there yet.
                busy |= {held.message.key} if self._settings.fifo else set()
            elif held.message.key in busy and self._settings.fifo:
                continue
            elif self._settings.max_receives is not None and held.receipt >= self._settings.max_receives:
                self.dead.append(held.message)
                gone.append(held)
            else:
                held.hidden = True
                held.receipt += 1
                taken.append(held)
        for held in gone:
            self._delete(held)
        return taken

    def _expired(self, held: _Held) -> bool:
        return self._simulation.now - held.message.put > seconds(self._settings.retention_s)

    def _delete(self, held: _Held) -> None:
        if not held.deleted:
            held.deleted = True
            del self._held[held.number]
