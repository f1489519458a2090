"""One request on its way through a target."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from twinstage.stress.virtual.durations import Draws
    from twinstage.stress.virtual.subject import Environment
    from twinstage.world.answers import Asker


@dataclass(slots=True)
class Invocation:
    """`number`: of the load's requests. Times in nanoseconds from the load's beginning: when it was meant to begin, when the handler began, until when it may take, how long that is.
    `starting`: its environment still imports the handler's modules.

    `computed_ns`: what the handler computed. `waits_for`: what refused it and has not let it through since, the latest last; `since_ns`: until when its waiting has been told.
    `wrote`: the items it wrote under a condition. `key`: what it is about, where it is one call.
    """

    number: int
    intended_ns: int
    environment: Environment
    draws: Draws
    cold: bool
    begun_ns: int = 0
    deadline_ns: int = 0
    timeout_ns: int = 0
    starting: bool = False
    computed_ns: int = 0
    asker: Asker | None = None
    waits_for: list[str] = field(default_factory=list)
    since_ns: int = 0
    wrote: list[str] = field(default_factory=list)
    key: str | None = None
