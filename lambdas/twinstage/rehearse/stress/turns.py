"""When a generator begins: together with the others, and known to whoever begins it again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from twinstage.stress.metrics.result import LoadResult

LEAD_S: Final = 10.0
"""How long after the first of several generators has come all of them begin: the others are started, and have calibrated themselves, by then."""


class Ledger(Protocol):
    """What generators of one load have in common. See `world.aws.ledger`."""

    def begun(self, shard: str) -> int:
        """The position begun last, -1 where none was."""

    def begin(self, shard: str, position: int) -> None:
        """Write down that a position is begun."""

    def start(self, arm: str, now_s: float) -> float:
        """The moment that whoever asked first gave."""


@dataclass(frozen=True)
class Turn:
    """One generator's run. `attempt` counts from 0; `begin_at_s`: seconds since the epoch at which the load begins, None for one that begins by itself."""

    attempt: int
    begin_at_s: float | None


def take_turn(ledger: Ledger, place: str, index: int, of: int, now_s: float) -> Turn:
    """The turn of generator `index` of `of`; `place` is of one load of one execution. To be taken before anything is sent: whoever comes after one that died knows that it may have sent some.

    Those that begin for the same time begin together; one that begins again does so by itself. Raises AlreadyBegun where two begin one generator at once.
    """
    mine = f"{place}/{index}"
    attempt = ledger.begun(mine) + 1
    ledger.begin(mine, attempt)
    return Turn(attempt, ledger.start(f"{place}/{attempt}", now_s + LEAD_S) if of > 1 else None)


def with_turn(result: LoadResult, index: int, turn: Turn) -> LoadResult:
    """The result of a turn. One that was not the first replaces what the others would have told, and is no evidence: nobody knows how much was sent twice, nor beside what."""
    if not turn.attempt:
        return result
    told = f"generator {index} was begun {turn.attempt + 1} times: what it had sent by then was sent again"
    return replace(result, generator=replace(result.generator, reasons=(*result.generator.reasons, told)))
