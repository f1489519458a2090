"""What a generator tells, as the recorder takes it: the requests as they are, and what their answers tell besides."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from twinstage.stress.metrics.recorder import Recorder
    from twinstage.world.load.exchange import Held, Outcome


class Telling:
    """Tells one recorder. `held`: the resource that every request holds while it is served, None where none is known."""

    def __init__(self, recorder: Recorder, held: Held | None) -> None:
        self._recorder, self._held = recorder, held
        self._known: set[str] = set()
        self.answered = recorder.answered
        self.unanswered = recorder.unanswered
        self.unsent = recorder.unsent
        self.tells = held is not None
        if held is not None:
            recorder.declare(held.resource, held.kind, held.capacity, detail=held.detail)

    def told(self, operation: str, outcome: Outcome, begin_ns: int, end_ns: int) -> None:
        """Of a request that was served from begin to end: what it held, what was billed, and the calls that its function made.

        Those come with how long each took and in their order, but not when: they are laid one after the other from the beginning. Whatever time remains was spent in the
        function itself, and on the way to it.
        """
        recorder, held = self._recorder, self._held
        if held is not None:
            recorder.use(held.resource, begin_ns, end_ns)
        if outcome.invocation is not None:
            billed, memory_mb, used_mb, initialised = outcome.invocation
            recorder.invoked(billed, memory_mb, cold=initialised is not None)
            recorder.handler(operation, memory_bytes=used_mb << 20)
        at_ns = begin_ns
        for name, busy_ns, refused in outcome.calls:
            resource, until_ns = f"service:{name}", min(at_ns + busy_ns, end_ns)
            if resource not in self._known:
                self._known.add(resource)
                recorder.declare(resource, "service", detail=name)
            recorder.call(name, busy_ns, refused)
            recorder.use(resource, at_ns, until_ns, refused=refused)
            at_ns = until_ns
