"""Runs in the contained process: handlers of a test, answered from the test's list, and all they did told as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twinstage.world.contained import Answered, Asked, Ended, Environment, Failed, Function

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

START_S = 1_760_917_680.0  # 2025-10-19T23:48:00Z


def converse(document: Mapping[str, Any], say: Callable[[Any], None]) -> dict[str, Any]:
    """Environments take turns, one call each, in the order of `turns` (then in their own), until all invocations ended.

    document: {environments: {name: {function: {...}, events: [...], seed?}}, answers: {operation: [answer, ...]}, turns?: [name, ...]}.
    The last answer of an operation is given again and again; an operation without answers gets an empty one.
    """
    speakers = {
        name: _Speaker(name, described, document.get("answers", {}))
        for name, described in document["environments"].items()
    }
    for name in document.get("turns", []):
        speakers[name].turn()
    for speaker in speakers.values():
        while speaker.turn():
            say(speaker.name)
    told = {name: speaker.told() for name, speaker in speakers.items()}
    return json.loads(json.dumps(told, default=str))  # type: ignore[no-any-return]


class _Speaker:
    def __init__(self, name: str, described: Mapping[str, Any], answers: Mapping[str, list[Any]]) -> None:
        function = dict(described["function"])
        self.name = name
        self.environment = Environment(
            Function(**{**function, "folder": Path(function["folder"])}),
            identity=name,
            seed=described.get("seed", 0),
            now_s=START_S,
        )
        self.answers = {operation: list(queue) for operation, queue in answers.items()}
        self.events = list(described.get("events", [{}]))
        self.asked: list[dict[str, Any]] = []
        self.ended: list[dict[str, Any]] = []
        self.looked: list[bool] = []
        self.waiting: Asked | None = None

    def turn(self) -> bool:
        """From one call to the next. False once there is nothing left to do."""
        if self.waiting is not None:
            answer = self._answer(self.waiting.call.operation)
            self._heed(self.environment.resume(answer))
        elif self.events:
            request_id = f"{self.name}-{len(self.ended)}"
            self._heed(self.environment.begin(self.events.pop(0), request_id=request_id))
        else:
            return False
        return True

    def _heed(self, told: Asked | Ended) -> None:
        self.waiting = None
        self.looked.append(self.environment.clock_read)
        if isinstance(told, Asked):
            self.waiting = told
            call = told.call
            self.asked.append(
                {
                    "service": call.service,
                    "operation": call.operation,
                    "parameters": call.parameters,
                    "region": call.region,
                    "slept_s": told.slept_s,
                    "key": None if call.key is None else call.key.hex(),
                }
            )
        else:
            self.ended.append({**told.outcome, "slept_s": told.slept_s})

    def _answer(self, operation: str) -> Answered | Failed:
        queue = self.answers.get(operation) or [{}]
        answer = queue.pop(0) if len(queue) > 1 else queue[0]
        if "error" in answer:
            return Failed(**answer)
        return Answered(
            {name: value.encode() if name in {"Body", "Payload"} else value for name, value in answer.items()}
        )

    def told(self) -> dict[str, Any]:
        environment = self.environment
        return {
            "asked": self.asked,
            "ended": self.ended,
            "output": environment.output,
            "in_line": environment.in_line,
            "refusals": environment.refusals,
            "looked": self.looked,
            "now_s": environment.now_s,
        }
