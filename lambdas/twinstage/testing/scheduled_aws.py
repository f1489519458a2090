"""A memory world that lets somebody else decide when a call is carried out."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

import time_machine

from twinstage.world.memory.aws import MemoryAws, ServiceRefused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from twinstage.world.memory.aws import AwsState


class Scheduler(Protocol):
    """Who decides."""

    def before(self, service: str, operation: str) -> Any:
        """Called before a call is carried out; comes back when it is to be. Gives who is told of the answer, or None."""

    def after(self, who: Any, *told: Any) -> None:
        """Called with the call and its answer."""


class ScheduledAws(MemoryAws):
    """A memory world as any other, but for `scheduler`, which is asked before each call while there is one."""

    scheduler: Scheduler | None = None
    _traveller: time_machine.Traveller | None = None

    @contextmanager
    def telling_time(self) -> Iterator[None]:
        """Let the process's clocks (`time.time`, `datetime.now`) tell this world's time."""
        with time_machine.travel(self.now(), tick=False) as traveller:
            self._traveller = traveller
            try:
                yield
            finally:
                self._traveller = None

    def advance(self, seconds: float) -> None:
        """Let time pass for everybody."""
        super().advance(seconds)
        self._tell()

    def restore(self, state: AwsState) -> None:
        """Hold what `state` holds, its time included."""
        super().restore(state)
        self._tell()

    def _tell(self) -> None:
        if self._traveller is not None:
            self._traveller.move_to(self.now(), tick=False)

    def answer(
        self, service: str, operation: str, parameters: Mapping[str, Any], *, region: str | None = None
    ) -> dict[str, Any]:
        """Answer one request, once the scheduler says so."""
        if self.scheduler is None:
            return super().answer(service, operation, parameters, region=region)
        who = self.scheduler.before(service, operation)
        try:
            response = super().answer(service, operation, parameters, region=region)
        except ServiceRefused as refused:
            self.scheduler.after(who, service, operation, parameters, refused.error, refused.message)
            raise
        self.scheduler.after(who, service, operation, parameters, response)
        return response
