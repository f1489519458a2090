"""Prepared answers, ready to be given: which call gets which, and how often each was given.

The first entry that fits a call answers it. One that answers so many `times` does so within one invocation, so that what a call is answered with
hangs on nothing but the invocation itself: neither on other containers, nor on their order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from twinstage.model.prepared_answer import EXACT
from twinstage.world.answers.service_models import operation_model
from twinstage.world.answers.typed import covers, sent, typed
from twinstage.world.contained import Answered, Failed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from botocore.model import OperationModel

    from twinstage.model.prepared_answer import PreparedAnswer
    from twinstage.world.contained import Call, Function

_BAD_REQUEST: Final = 400
IDENTITY: Final = ("sts", "GetCallerIdentity")


class _Entry(NamedTuple):
    number: int
    parameters: Any
    reply: Answered | Failed
    times: int | None


class Prepared:
    """The answers of one exploration. `given` counts, by (service, operation), how often a handler was answered from here."""

    def __init__(self, answers: Iterable[PreparedAnswer] = ()) -> None:
        self.given: dict[tuple[str, str], int] = {}
        self._entries: dict[tuple[str, str], list[_Entry]] = {}
        for number, answer in enumerate(answers):
            entry = _Entry(number, _parameters(answer), _reply(answer), answer.times)
            self._entries.setdefault((answer.service, answer.operation), []).append(entry)

    def asker(self, function: Function) -> Asker:
        """One invocation of a function, which has asked nothing yet."""
        return Asker(self, function)

    def reply(self, call: Call, used: dict[int, int], function: Function) -> Answered | Failed | None:
        """What a call is answered with; None where nothing fits. `used`: how often each counted entry answered this invocation."""
        name = (call.service, call.operation)
        for entry in self._entries.get(name, ()):
            if entry.times is not None and used.get(entry.number, 0) >= entry.times:
                continue
            if covers(entry.parameters, call.parameters):
                if entry.times is not None:
                    used[entry.number] = used.get(entry.number, 0) + 1
                return self._counted(name, entry.reply)
        return self._counted(name, _identity(function)) if name == IDENTITY else None

    def _counted(self, name: tuple[str, str], reply: Answered | Failed) -> Answered | Failed:
        self.given[name] = self.given.get(name, 0) + 1
        return reply


class Asker:
    """Answers the calls of one invocation."""

    def __init__(self, prepared: Prepared, function: Function) -> None:
        self._prepared, self._function = prepared, function
        self._used: dict[int, int] = {}

    def reply(self, call: Call) -> Answered | Failed | None:
        """What the call is answered with; None where it is the exact world's, or nobody's."""
        return None if call.service in EXACT else self._prepared.reply(call, self._used, self._function)


def _identity(function: Function) -> Answered:
    """Who a function is: its account, and a session of its role that has the function's name, as Lambda names it.

    A role is no part of a snapshot: here it is called what the function is.
    Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
    """
    partition = function.arn.split(":")[1]
    arn = f"arn:{partition}:sts::{function.account}:assumed-role/{function.name}/{function.name}"
    return Answered({"UserId": f"AROATWINSTAGE:{function.name}", "Account": function.account, "Arn": arn})


def _parameters(answer: PreparedAnswer) -> Any:
    model = operation_model(answer.service, answer.operation)
    return typed(model.input_shape if model else None, dict(answer.parameters), (), _unheard)


def _reply(answer: PreparedAnswer) -> Answered | Failed:
    model = operation_model(answer.service, answer.operation)
    if answer.error is not None:
        return Failed(answer.error.code, answer.error.message, answer.error.status or _status(model, answer.error.code))
    told = {name: value for name, value in (answer.response or {}).items() if name != "ResponseMetadata"}
    response: Mapping[str, Any] = sent(typed(model.output_shape if model else None, told, (), _unheard))
    if model is not None and model.output_shape is not None and model.has_streaming_output:
        # A stream is there also where it is empty.
        response = {str(model.output_shape.serialization["payload"]): b"", **response}
    return Answered(response)


def _status(model: OperationModel | None, code: str) -> int:
    """The HTTP status of an error, as the model says; 400 where it says nothing."""
    shapes = model.error_shapes if model else ()
    own = next((shape for shape in shapes if code == shape.error_code), None)  # type: ignore[attr-defined]  # the stubs call them plain shapes
    return int(own.metadata.get("error", {}).get("httpStatusCode", _BAD_REQUEST)) if own else _BAD_REQUEST


def _unheard(*_: Any) -> None:
    """What is wrong was told when the scenario was checked."""
