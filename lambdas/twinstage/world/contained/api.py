"""boto3's and botocore's clients, caught where a call has been named and completed, before it is written as HTTP.

`_make_api_call` is replaced for the whole process. What a handler can see of botocore is kept: the events provide-client-params and
before-parameter-build (the resource layer and the services' customisations live on them) and after-call, validation of parameters, and
the exceptions of `client.exceptions`. What is below is not there: endpoints, signatures, HTTP, retries and the events about them.
"""

from __future__ import annotations

import io
import marshal
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from botocore.client import BaseClient
from botocore.exceptions import ParamValidationError
from botocore.hooks import first_non_none_response
from botocore.response import StreamingBody
from botocore.validate import ParamValidator

from twinstage.model.errors import TwinstageError
from twinstage.world.contained.call import Asked, Call, Failed
from twinstage.world.contained.running import running

if TYPE_CHECKING:
    from botocore.model import OperationModel


_KEPT_CALLS = 100_000
_SUCCESS = 200
_REFUSED_FROM = 300

_EXACT: tuple[tuple[type, Any], ...] = (
    (str, str.__str__),
    (int, int.__int__),
    (float, float.__float__),
    (bytes, bytes.__bytes__),
)

_operations: dict[tuple[str, str, str | None], _Operation] = {}
_asked: dict[bytes, Asked] = {}
_validator = ParamValidator()


class _Operation:
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


def _make_api_call(self: BaseClient, operation_name: str, api_params: dict[str, Any]) -> dict[str, Any]:
    """One call of any client: completed and validated by botocore, then asked of whoever runs the environment."""
    region = self.meta.region_name
    service = self._service_model.service_name  # type: ignore[attr-defined]
    operation = _operations.get((service, operation_name, region))
    if operation is None:
        operation = _operations[service, operation_name, region] = _Operation(self, operation_name)
    environment = running.environment
    if environment is None:
        raise TwinstageError(
            "NOT_CONTAINED",
            f"{service} {operation_name} was called outside a contained handler: nobody answers it",
            hint="the process that contains handlers makes no AWS calls of its own",
        )
    events, context = self.meta.events, operation.context(self)
    responses = _emit(events, operation.customise, params=api_params, model=operation.model, context=context)
    parameters = first_non_none_response(responses, default=api_params)
    _emit(events, operation.before, params=parameters, model=operation.model, context=context)
    answer = environment.ask(_request(operation, parameters))
    parsed = answer.copied()
    status = answer.status if isinstance(answer, Failed) else _SUCCESS
    parsed["ResponseMetadata"] = environment.response_metadata(status)
    if operation.streamed and isinstance(body := parsed.get(operation.streamed), bytes):
        parsed[operation.streamed] = StreamingBody(io.BytesIO(body), len(body))
    http = SimpleNamespace(status_code=status, headers=parsed["ResponseMetadata"]["HTTPHeaders"], content=b"", text="")
    _emit(events, operation.after, http_response=http, parsed=parsed, model=operation.model, context=context)
    if status >= _REFUSED_FROM:
        error = context.get("error_code_override") or parsed.get("Error", {}).get("Code")
        kind: Any = self.exceptions.from_code(error)
        raise kind(parsed, operation_name)
    return parsed


def _emit(events: Any, name: str, **keywords: Any) -> Any:
    """Tell a client's event handlers, if there are any for this event. [(handler, what it returned), ...]"""
    unheard = getattr(events, "unheard", None)
    if unheard is None:
        return events.emit(name, **keywords)
    if name in unheard:
        return ()
    heard = events.emit(name, **keywords)
    if not heard:
        unheard.add(name)
    return heard


def _request(operation: _Operation, parameters: dict[str, Any]) -> Asked:
    """The one object for this content; its parameters are checked against the service's model the first time.

    Raises botocore's ParamValidationError.
    """
    try:
        # Version 2 writes no references: equal values in equal order give equal bytes, whatever they share.
        key = marshal.dumps((operation.prefix, parameters), 2)
    except ValueError:
        parameters = _plain(parameters)
        try:
            key = marshal.dumps((operation.prefix, parameters), 2)
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


def _validate(operation: _Operation, parameters: dict[str, Any]) -> None:
    shape = operation.model.input_shape
    if shape is None:
        return
    report = _validator.validate(parameters, shape)
    if report.has_errors():
        raise ParamValidationError(report=report.generate_report())
