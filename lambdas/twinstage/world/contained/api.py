"""boto3's and botocore's clients, caught where a call has been named and completed, before it is written as HTTP.

`_make_api_call` is replaced for the whole process. What a handler can see of botocore is kept: the events provide-client-params and
before-parameter-build (the resource layer and the services' customisations live on them) and after-call, validation of parameters, and
the exceptions of `client.exceptions`. What is below is not there: endpoints, signatures, HTTP and the events about them; retries only of refusals
that say so (`retries`).
"""

from __future__ import annotations

import io
import marshal
from contextlib import suppress
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from botocore.client import BaseClient
from botocore.exceptions import ParamValidationError
from botocore.hooks import first_non_none_response
from botocore.response import StreamingBody
from botocore.validate import ParamValidator

from twinstage.model.errors import TwinstageError
from twinstage.world.contained.call import Asked, Call, Failed
from twinstage.world.contained.heard import Heard
from twinstage.world.contained.retries import Attempts, keeps_quota
from twinstage.world.contained.running import running

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botocore.model import OperationModel

    from twinstage.world.contained.call import Answered
    from twinstage.world.contained.environment import Environment

_KEPT_CALLS = 100_000
_SUCCESS = 200
_REFUSED_FROM = 300
# marshal's version 2 writes no references: equal values in equal order give equal bytes, whatever they share.
_BY_CONTENT = 2

_EXACT: tuple[tuple[type, Any], ...] = (
    (str, str.__str__),
    (int, int.__int__),
    (float, float.__float__),
    (bytes, bytes.__bytes__),
)

_operations: dict[tuple[str, str, str | None], Operation] = {}
_asked: dict[bytes, Asked] = {}
_validator = ParamValidator()


class Operation:
    """What is the same in every call of one operation in one region."""

    __slots__ = ("after", "before", "customise", "model", "name", "prefix", "region", "service", "streamed")

    def __init__(self, client: BaseClient, name: str) -> None:
        described = client._service_model  # type: ignore[attr-defined]  # noqa: SLF001 a client offers its model nowhere else without documentation's cost
        self.model: OperationModel = described.operation_model(name)
        identity = described.service_id.hyphenize()
        self.name, self.service = name, described.service_name
        region = client.meta.region_name
        self.region = None if region is None or region.endswith("-global") else region
        self.customise = f"provide-client-params.{identity}.{name}"
        self.before = f"before-parameter-build.{identity}.{name}"
        self.after = f"after-call.{identity}.{name}"
        # Where the answer is a stream, one member of it is the body.
        self.streamed = self.model.output_shape.serialization["payload"] if self.model.has_streaming_output else None
        self.prefix = (self.service, name, self.region)

    def context(self, client: BaseClient) -> dict[str, Any]:
        """What botocore passes along the events of one call."""
        return {
            "client_region": client.meta.region_name,
            "client_config": client.meta.config,
            "has_streaming_input": self.model.has_streaming_input,
            "auth_type": self.model.resolved_auth_type,
        }


def install_api() -> None:
    """Replace the one function through which every client's method goes."""
    BaseClient._make_api_call = _make_api_call  # type: ignore[attr-defined]  # noqa: SLF001 there is no public place


def _make_api_call(self: Any, operation_name: str, api_params: dict[str, Any]) -> dict[str, Any]:
    """One call of any client: completed and validated by botocore, then asked of whoever runs the environment."""
    environment = running.environment
    if environment is None:
        raise TwinstageError(
            "NOT_CONTAINED",
            f"{self._service_model.service_name} {operation_name} was called outside a contained handler: nobody answers it",
            hint="the process that contains handlers makes no AWS calls of its own",
        )
    heard = _heard(self, operation_name)
    operation, context = heard.operation, None
    asked = _asked_before(heard, api_params)
    if asked is None:
        context = operation.context(self)
        asked = _asked_now(self, heard, api_params, context)
    answer = environment.ask(asked)
    parsed, status = _parsed(environment, answer)
    if (isinstance(answer, Failed) and answer.retries) or keeps_quota(self):
        parsed, status = _retried(self, environment, heard, asked, answer, parsed)
    if operation.streamed and isinstance(body := parsed.get(operation.streamed), bytes):
        parsed[operation.streamed] = StreamingBody(io.BytesIO(body), len(body))
    if heard.answers:
        context = context or operation.context(self)
        _tell_answer(self, heard, parsed, context)
    if status >= _REFUSED_FROM:
        error = (context or {}).get("error_code_override") or parsed.get("Error", {}).get("Code")
        kind: Any = self.exceptions.from_code(error)
        raise kind(parsed, operation_name)
    return parsed


def _parsed(environment: Environment, answer: Answered | Failed) -> tuple[dict[str, Any], int]:
    """An answer as botocore's parser gives it, and its HTTP status."""
    parsed: dict[str, Any] = answer.copied()
    status = answer.status if isinstance(answer, Failed) else _SUCCESS
    parsed["ResponseMetadata"] = environment.response_metadata(status)
    return parsed, status


def _retried(
    client: Any,
    environment: Environment,
    heard: Heard,
    asked: Asked,
    answer: Answered | Failed,
    parsed: dict[str, Any],
) -> tuple[dict[str, Any], int]:
    """Ask again for as long as the answer may be retried and the client wants to; the last answer and its status."""
    attempts = Attempts(client, heard.operation.model, heard.operation.context(client))
    status: int = parsed["ResponseMetadata"]["HTTPStatusCode"]
    while isinstance(answer, Failed) and answer.retries:
        delay = attempts.delay(_http(parsed), parsed)
        if delay is None:
            return parsed, status
        environment.sleep(delay)
        answer = environment.ask(asked)
        parsed, status = _parsed(environment, answer)
    attempts.over(_http(parsed), parsed)
    return parsed, status


def _http(parsed: Mapping[str, Any]) -> Any:
    """The HTTP response that a parsed answer seems to come from."""
    metadata = parsed["ResponseMetadata"]
    status, headers = metadata["HTTPStatusCode"], metadata["HTTPHeaders"]
    return SimpleNamespace(status_code=status, headers=headers, content=b"", text="")


def _heard(client: Any, operation_name: str) -> Heard:
    """The client's knowledge of an operation: shared with the clients whose event handlers it shares, else made for this call alone."""
    shared: dict[str, Heard] | None = getattr(client.meta.events, "heard", None)
    found = None if shared is None else shared.get(operation_name)
    if found is None:
        region, service = client.meta.region_name, client._service_model.service_name  # noqa: SLF001 as in Operation
        operation = _operations.get((service, operation_name, region))
        if operation is None:
            operation = _operations[service, operation_name, region] = Operation(client, operation_name)
        found = Heard(operation)
        if shared is not None:
            shared[operation_name] = found
    return found


def _asked_before(heard: Heard, passed: dict[str, Any]) -> Asked | None:
    """The call that came of equal parameters before; None where that is not known."""
    if not heard.asked:
        return None
    try:
        return heard.asked.get(marshal.dumps(passed, _BY_CONTENT))
    except ValueError:
        return None


def _asked_now(client: Any, heard: Heard, passed: dict[str, Any], context: dict[str, Any]) -> Asked:
    """The call that comes of these parameters once the client's event handlers completed them. Raises ParamValidationError."""
    operation, events = heard.operation, client.meta.events
    key = None
    if heard.asked is not None:
        # Handlers change the parameters in place.
        with suppress(ValueError):
            key = marshal.dumps(passed, _BY_CONTENT)
    told = events.emit(operation.customise, params=passed, model=operation.model, context=context)
    parameters = first_non_none_response(told, default=passed)
    completed = events.emit(operation.before, params=parameters, model=operation.model, context=context)
    asked = _request(operation, parameters)
    if heard.asked is None:
        heard.learn_calls(told, completed)
    elif key is not None:
        if len(heard.asked) >= _KEPT_CALLS:
            heard.asked.clear()
        heard.asked[key] = asked
    return asked


def _tell_answer(client: Any, heard: Heard, parsed: dict[str, Any], context: dict[str, Any]) -> None:
    """Tell the client's event handlers of an answer."""
    told = client.meta.events.emit(
        heard.operation.after, http_response=_http(parsed), parsed=parsed, model=heard.operation.model, context=context
    )
    heard.learn_answers(told)


def _request(operation: Operation, parameters: dict[str, Any]) -> Asked:
    """The one object for this content; its parameters are checked against the service's model the first time.

    Raises botocore's ParamValidationError.
    """
    try:
        key = marshal.dumps((operation.prefix, parameters), _BY_CONTENT)
    except ValueError:
        parameters = _plain(parameters)
        try:
            key = marshal.dumps((operation.prefix, parameters), _BY_CONTENT)
        except ValueError:
            _validate(operation, parameters)
            return Asked(Call(operation.service, operation.name, parameters, operation.region, None))
    if found := _asked.get(key):
        return found
    _validate(operation, parameters)
    if len(_asked) >= _KEPT_CALLS:
        _asked.clear()
    own = marshal.loads(key)[1]  # noqa: S302 our own bytes: the handler may change the parameters it passed
    asked = _asked[key] = Asked(Call(operation.service, operation.name, own, operation.region, key))
    return asked


def _plain(value: Any) -> Any:
    """The same content as plain values: an enum's string is its string, and a file is what is left to read of it, as if it was sent."""
    if isinstance(value, dict):
        return {_plain(name): _plain(entry) for name, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in value]
    if not isinstance(value, bool):
        for kind, exact in _EXACT:
            if isinstance(value, kind):
                return exact(value)
    if callable(read := getattr(value, "read", None)):
        content = read()
        return content.encode() if isinstance(content, str) else content
    return value


def _validate(operation: Operation, parameters: dict[str, Any]) -> None:
    shape = operation.model.input_shape
    if shape is None:
        return
    report = _validator.validate(parameters, shape)
    if report.has_errors():
        raise ParamValidationError(report=report.generate_report())
