"""What executions of a pipeline were recorded to do, and how they are parted: those that a simulation is fitted to, and those that it is held against."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twinstage.simulate.pipeline.trace import Visit


@dataclass(frozen=True)
class RecordedExecution:
    """One execution that was real: its input, how it ended (SUCCEEDED, FAILED, ...), when it began and ended (milliseconds), and its visits of states."""

    name: str
    input: Any
    status: str
    started_ms: float
    ended_ms: float
    visits: tuple[Visit, ...]

    @property
    def makespan_ms(self) -> float:
        """From its begin to its end."""
        return self.ended_ms - self.started_ms


def parted(
    recorded: Sequence[RecordedExecution], share: float
) -> tuple[tuple[RecordedExecution, ...], tuple[RecordedExecution, ...]]:
    """(to fit from, to hold against): the first gets `share` of them, spread evenly, so that what drifts while they run drifts in both."""
    chosen = [int((n + 1) * share) > int(n * share) for n in range(len(recorded))]
    fit = tuple(each for each, mine in zip(recorded, chosen, strict=True) if mine)
    held = tuple(each for each, mine in zip(recorded, chosen, strict=True) if not mine)
    return fit, held
