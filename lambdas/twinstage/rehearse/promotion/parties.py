"""Who takes part in a promotion: production's functions, zones and metrics, the journal, whoever waits, and whoever is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from twinstage.model.errors import SafetyError, TwinstageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime
    from typing import Protocol

    from twinstage.model.record_set import RecordSet
    from twinstage.rehearse.promotion.journal import Journal
    from twinstage.world.production import LiveFunctions, Watching

    class LiveZones(Protocol):
        """Production's zones. Implementation: `world.aws.zones.Route53Zones`."""

        def record_sets(self, zone_id: str) -> Iterator[RecordSet]:
            """Every record set of a zone."""

        def change(self, zone_id: str, changes: Sequence[Mapping[str, Any]], *, wait: bool = True) -> None:
            """One batch, waited for. Raises Refused where Route 53 refuses it."""


LOOK: Final = (
    "look at what changed it; `twinstage promote RUN --back` takes back what this promotion did; rehearse again"
)


@dataclass(frozen=True)
class Parties:
    """`clock` says what time it is, in UTC; `pause` waits so many seconds; `say` tells people; `note` writes what it came to where the approval is kept."""

    functions: LiveFunctions
    watching: Watching
    zones: LiveZones
    journal: Journal
    clock: Callable[[], datetime]
    pause: Callable[[float], None]
    say: Callable[[str], None]
    note: Callable[[Mapping[str, Any]], None]


class Stopped(TwinstageError):
    """The promotion does not go on: it goes back."""

    def __init__(self, why: str) -> None:
        super().__init__("PROMOTION_STOPPED", why)


def require_unmoved(problems: Iterable[str], expected: str) -> None:
    """Raises SafetyError with everything in which production is not what it has to be."""
    if found := list(problems):
        observed = "; ".join(found)
        details = {"observed": observed, "expected": expected}
        message = f"production has moved: observed {observed}; expected {expected}"
        raise SafetyError("PRODUCTION_MOVED", message, hint=LOOK, details=details)
