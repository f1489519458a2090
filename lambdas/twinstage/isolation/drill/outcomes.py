"""What the attempts came to, judged: refused for want of a right, let through, or stopped by something that proves nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from twinstage.isolation.drill.attempts import Attempt

# The codes with which AWS's services refuse for want of a right.
REFUSED = frozenset({"AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation"})


@dataclass(frozen=True)
class Outcome:
    """An attempt and the error code its call came back with; empty where it succeeded."""

    attempt: Attempt
    error: str
    message: str = ""

    @property
    def refused(self) -> bool:
        """Whether it was refused for want of a right."""
        return self.error in REFUSED

    def document(self) -> dict[str, Any]:
        """As one entry of `isolation.json`."""
        attempt = self.attempt
        return {
            "attempt": attempt.name,
            "aim": attempt.aim,
            "call": f"{attempt.service}.{attempt.method}",
            "result": "refused" if self.refused else "succeeded" if not self.error else "failed otherwise",
            "error": self.error,
            "message": self.message,
        }


@dataclass(frozen=True)
class Drill:
    """A drill: what was tried and must be refused, and what the same role was allowed (the control)."""

    attempts: tuple[Outcome, ...]
    controls: tuple[Outcome, ...]

    @property
    def succeeded(self) -> tuple[Outcome, ...]:
        """Attempts that came through."""
        return tuple(each for each in self.attempts if not each.error)

    @property
    def unproven(self) -> tuple[Outcome, ...]:
        """Attempts that something else stopped, and controls that failed: neither shows that anything is kept out."""
        otherwise = [each for each in self.attempts if each.error and not each.refused]
        return (*otherwise, *(each for each in self.controls if each.error))

    @property
    def passed(self) -> bool | None:
        """True: all refused, by a role that can do what it may. False: one came through. None: it proves nothing."""
        if self.succeeded:
            return False
        return None if self.unproven or not self.attempts else True

    def document(self) -> dict[str, Any]:
        """As `drill` in `isolation.json`."""
        return {
            "attempts": len(self.attempts),
            "refused": sum(each.refused for each in self.attempts),
            "outcomes": documents(self.attempts),
            "controls": documents(self.controls),
        }


def documents(outcomes: Iterable[Outcome]) -> list[dict[str, Any]]:
    """Outcomes as `isolation.json` has them."""
    return [each.document() for each in outcomes]
