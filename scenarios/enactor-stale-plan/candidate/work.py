"""The work of an enactor on one plan, as it travels on the queue.

A function does not wait: it returns the message with which the work goes on, and how long the queue holds it back. In
production a Lambda destination (asynchronous invocation, on success) takes what is returned to the queue.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

BACK_OFF_S = 60
BACK_OFF_MOST_S = 900  # the longest delay of an SQS message


@dataclass(frozen=True)
class Work:
    """How far an enactor has come.

    `generation` is that of the plan taken and admitted, 0 before there is one. `endpoint` is the place in ENDPOINTS
    that is being worked on, `lock` the lock held on its zone, `attempt` how often that lock was lost in a row.
    """

    enactor: str
    generation: int = 0
    endpoint: int = 0
    lock: str | None = None
    attempt: int = 0

    @classmethod
    def of(cls, message: dict[str, Any]) -> Work:
        """The work of a message; fields that are no part of it are left aside."""
        known = {field: message[field] for field in cls.__dataclass_fields__ if field in message}
        return cls(**known)

    def next_endpoint(self) -> Work:
        """The same plan, at the endpoint after this one."""
        return replace(self, endpoint=self.endpoint + 1, lock=None, attempt=0)

    def requeued(self, result: str, step: str, delay_s: int) -> dict[str, Any]:
        """What the function returns to go on with `step` in `delay_s` seconds or later."""
        held = {"lock": self.lock} if self.lock else {}
        tried = {"attempt": self.attempt} if self.attempt else {}
        place = {"enactor": self.enactor, "step": step, "generation": self.generation, "endpoint": self.endpoint}
        return {"result": result, "next": {"function": "enactor", "delay_s": delay_s, "message": place | held | tried}}

    def backed_off(self) -> dict[str, Any]:
        """What the function returns when somebody else holds the zone's lock: each loss doubles the delay."""
        later = replace(self, lock=None, attempt=self.attempt + 1)
        return later.requeued("lock lost", "build", min(BACK_OFF_S * 2**self.attempt, BACK_OFF_MOST_S))
