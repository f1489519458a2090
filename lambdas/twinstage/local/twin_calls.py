"""What the gate saw of a twin: the calls of its roles, those that were refused, and those that went to things outside of the twin's account."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from twinstage.local.engine import Engine

MOST_TOLD = 20


@dataclass(frozen=True)
class TwinCalls:
    """The calls of one run's roles. `refused` and `outside` say `action on resource (times)`: all that was refused, and all that was allowed on what another account has."""

    count: int
    refused: tuple[str, ...]
    outside: tuple[str, ...]

    @property
    def contained(self) -> bool:
        """Whether every call was allowed, and on the twin's own account: a call that is refused is one that its role should have, or that the code should not make."""
        return not self.refused and not self.outside

    def document(self) -> dict[str, Any]:
        """As results carry it."""
        return {
            "calls": self.count,
            "contained": self.contained,
            "refused": list(self.refused[:MOST_TOLD]),
            "outside": list(self.outside[:MOST_TOLD]),
        }


def calls_of(engine: Engine, run: str, since: int) -> TwinCalls:
    """Of the roles of `run`, after the first `since` decisions of the gate."""
    role, account = f":role/twin-{run}-", engine.accounts.twin
    refused: Counter[str] = Counter()
    outside: Counter[str] = Counter()
    count = 0
    for record in engine.log.since(since):
        if role not in record.owner:
            continue
        count += 1
        told = f"{record.action} on {record.resource}"
        if not record.allowed:
            refused[told] += 1
        elif record.resource_account not in ("", account):
            outside[told] += 1
    return TwinCalls(count, _told(refused), _told(outside))


def _told(counted: Counter[str]) -> tuple[str, ...]:
    return tuple(f"{what} ({times})" for what, times in sorted(counted.items()))
