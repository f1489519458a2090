"""What a generator needs of the world: lanes to send over, with the clock that they are seen by, and somebody who is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from twinstage.world.load.connections import Arrival
    from twinstage.world.load.exchange import Outcome


class Lanes(Protocol):
    """Connections, numbered from 0, each with one request under way at most, and the clock that they are seen by."""

    def now(self) -> int:
        """Nanoseconds."""

    def send(self, number: int, data: bytes) -> int | None:
        """Send a request: when it was written, or None where a connection has to be made first."""

    def drop(self, number: int) -> None:
        """Wait no longer for what was sent on this lane."""

    def wait(self, until_ns: int | None) -> list[Arrival]:
        """What came of requests; waits for the first, at longest until then."""


class Recording(Protocol):
    """Who is told. Nanoseconds from the load's beginning, and durations in nanoseconds. `tells`: whether `told` is called of every answer, or only where there is something to tell."""

    tells: bool

    def answered(
        self,
        operation: str,
        key: str | None,
        intended_ns: int,
        lateness_ns: int,
        wait_ns: int,
        service_ns: int,
        error: str | None,
        read_units: float = 0.0,
        write_units: float = 0.0,
    ) -> None:
        """A request was answered, or failed with `error`."""

    def unanswered(
        self, operation: str, key: str | None, intended_ns: int, lateness_ns: int, until_ns: int, error: str
    ) -> None:
        """A request was sent and given up, `until_ns` after it was sent."""

    def unsent(self, operation: str, key: str | None, intended_ns: int) -> None:
        """A request was never sent."""

    def told(self, operation: str, outcome: Outcome, begin_ns: int, end_ns: int) -> None:
        """What else an answer told of a request that was served in that time: an invocation, the calls that a function made."""
