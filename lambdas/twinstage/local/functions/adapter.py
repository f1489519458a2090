"""moto's Lambda, run by the pool: invocations, their errors and logs, where code is fetched, what cannot be run."""

from __future__ import annotations

import base64
import datetime as dt
import json
import uuid
from functools import partial
from typing import TYPE_CHECKING, Any

from twinstage.local.credentials import TrustError
from twinstage.local.functions.archive import BadArchiveError
from twinstage.local.functions.concurrency import Reservations, ThrottledError
from twinstage.local.functions.invocation import FunctionSpec, Invocation, Package
from twinstage.local.functions.log import log_lines
from twinstage.local.functions.pool import StoppedError
from twinstage.local.moto_contract import extends, replaces

if TYPE_CHECKING:
    from collections.abc import Iterator, MutableMapping

    from twinstage.local.functions.downloads import Downloads
    from twinstage.local.functions.pool import Pool, Ran

_FUNCTION = "moto.awslambda.models:LambdaFunction"
_BACKEND = "moto.awslambda.models:LambdaBackend"
_TAIL_BYTES = 4096
_WRAPPER = "AWS_LAMBDA_EXEC_WRAPPER"


class FunctionRunner:
    """Turns moto's function objects into specs, runs them and writes their logs."""

    def __init__(self, pool: Pool) -> None:
        self._pool, self._reservations = pool, Reservations()

    def invoke(self, function: Any, body: str | bytes, headers: Any, response_headers: MutableMapping[str, str]) -> bytes:
        """The Invoke API. Raises moto's Lambda errors (throttled, runtime not supported, role not assumable)."""
        kind = headers.get("x-amz-invocation-type", "RequestResponse")
        invocation = Invocation(str(uuid.uuid4()), _payload(body), headers.get("x-amz-client-context", ""))
        spec = spec_of(function)
        if kind == "DryRun":
            return b""
        if kind == "Event":
            self._pool.submit(partial(self._run_event, function, spec, invocation))
            return b""
        ran = self._run(function, spec, invocation, wait=False)
        response_headers["x-amz-executed-version"] = spec.version
        response_headers["x-amzn-requestid"] = invocation.request_id
        if ran.result.error:
            response_headers["x-amz-function-error"] = "Unhandled"
        lines = log_lines(spec, invocation.request_id, ran.result, dt.datetime.now(dt.UTC))
        tail = "\n".join([*lines, ""]).encode()[-_TAIL_BYTES:]
        response_headers["x-amz-log-result"] = base64.b64encode(tail).decode()
        return ran.result.payload

    def reservation_changed(self) -> None:
        """Asynchronous events that wait for a place look again."""
        self._reservations.changed()

    def close(self) -> None:
        """Asynchronous events that wait give up."""
        self._reservations.close()

    def _run_event(self, function: Any, spec: FunctionSpec, invocation: Invocation) -> None:
        """An asynchronous invocation: what went wrong is in the function's log, or there is nobody to tell."""
        try:
            self._run(function, spec, invocation, wait=True)
        except StoppedError:
            return
        except _lambda_errors() as error:
            _write_log(function, spec, f"{dt.datetime.now(dt.UTC):%Y/%m/%d}/[{spec.version}]not-run", [f"{invocation.request_id} {error.message}"])

    def _run(self, function: Any, spec: FunctionSpec, invocation: Invocation, *, wait: bool) -> Ran:
        try:
            with self._reservations.enter(spec.arn, lambda: _reserved(function), wait=wait):
                ran = self._pool.run(spec, invocation)
        except ThrottledError:
            raise _error("TooManyRequestsException", "Rate Exceeded.", 429) from None
        except TrustError as error:
            message = f"The role defined for the function cannot be assumed by Lambda: {error.message}"
            raise _error("AccessDeniedException", message, 403) from error
        except BadArchiveError as error:
            raise _error("InvalidZipFileException", error.message, 502) from error
        lines = log_lines(spec, invocation.request_id, ran.result, dt.datetime.now(dt.UTC))
        _write_log(function, spec, ran.log_stream, lines)
        return ran


def install(pool: Pool, downloads: Downloads, endpoint: str) -> FunctionRunner:
    """Put the pool in the place of moto's Docker runner, and return what runs the functions."""
    runner = FunctionRunner(pool)

    @replaces(f"{_FUNCTION}.invoke")
    def invoke(function: Any, body: str | bytes, request_headers: Any, response_headers: MutableMapping[str, str]) -> bytes:
        return runner.invoke(function, body, request_headers, response_headers)

    @extends(f"{_BACKEND}.delete_function")
    def delete_function(original: Any, backend: Any, function_name: str, qualifier: str | None = None) -> None:
        arn = backend.get_function(function_name).function_arn
        original(backend, function_name, qualifier)
        pool.forget(arn)

    @extends(f"{_BACKEND}.put_function_concurrency")
    def put_function_concurrency(original: Any, backend: Any, *arguments: Any) -> Any:
        reserved = original(backend, *arguments)
        runner.reservation_changed()
        return reserved

    @extends(f"{_BACKEND}.delete_function_concurrency")
    def delete_function_concurrency(original: Any, backend: Any, *arguments: Any) -> Any:
        reserved = original(backend, *arguments)
        runner.reservation_changed()
        return reserved

    _install_configuration()
    _install_locations(downloads, endpoint)
    return runner


def _install_configuration() -> None:
    """Keep what moto drops from a function's configuration, and refuse what no worker could honour."""

    @extends(f"{_FUNCTION}.__init__")
    def initialise(original: Any, function: Any, account_id: str, spec: dict[str, Any], *arguments: Any, **named: Any) -> None:
        _refuse_wrapper(spec.get("Environment"))
        original(function, account_id, spec, *arguments, **named)
        _set_logging(function, spec.get("LoggingConfig"))

    @extends(f"{_FUNCTION}.update_configuration")
    def update_configuration(original: Any, function: Any, config_updates: dict[str, Any]) -> Any:
        _refuse_wrapper(config_updates.get("Environment"))
        original(function, config_updates)
        if "LoggingConfig" in config_updates:
            _set_logging(function, config_updates["LoggingConfig"])
        return function.get_configuration()

    @extends(f"{_FUNCTION}.get_configuration")
    def get_configuration(original: Any, function: Any, on_create: bool = False) -> Any:  # noqa: FBT001, FBT002  moto's signature
        return {**original(function, on_create), "LoggingConfig": function.logging_config}


def _install_locations(downloads: Downloads, endpoint: str) -> None:
    """Answer with URLs at which the code really is."""

    @extends(f"{_FUNCTION}.get_code")
    def get_code(original: Any, function: Any) -> Any:
        answer = original(function)
        if function.package_type == "Zip" and getattr(function, "code_digest", ""):
            answer["Code"] = {"RepositoryType": "S3", "Location": downloads.url(endpoint, function.code_digest)}
        if function.reserved_concurrency is not None:
            answer["Concurrency"] = {"ReservedConcurrentExecutions": int(function.reserved_concurrency)}
        return answer

    @extends("moto.awslambda.models:LayerVersion.get_layer_version")
    def get_layer_version(original: Any, layer: Any) -> Any:
        answer = original(layer)
        answer["Content"]["Location"] = downloads.url(endpoint, layer.code_digest)
        return answer


def spec_of(function: Any) -> FunctionSpec:
    """A moto function as the pool runs it. Raises InvalidRuntimeException for what is not a Python zip."""
    if function.package_type != "Zip" or not str(function.run_time or "").startswith("python"):
        what = function.run_time or function.package_type
        raise _error("InvalidRuntimeException", f"the embedded AWS runs Python functions from a zip, not {what}", 502)
    logging = function.logging_config
    return FunctionSpec(
        arn=function.function_arn,
        name=function.function_name,
        version=str(function.version),
        region=function.region,
        role=function.role,
        handler=function.handler,
        runtime=function.run_time,
        memory_mb=int(function.memory_size),
        timeout_s=float(function.timeout),
        environment=tuple(sorted((name, str(value)) for name, value in (function.environment_vars or {}).items())),
        code=Package(function.code_digest, function.code_bytes),
        layers=tuple(_layers(function)),
        log_group=logging["LogGroup"],
        log_format=logging["LogFormat"],
        log_level=logging.get("ApplicationLogLevel", ""),
    )


def _layers(function: Any) -> Iterator[Package]:
    from moto.awslambda.models import lambda_backends

    for layer in function.layers:
        version = lambda_backends[function.account_id][function.region].layers_versions_by_arn(layer["Arn"])
        if version is None:
            raise _error("ResourceNotFoundException", f"the layer version {layer['Arn']} does not exist any more", 404)
        yield Package(version.code_digest, version.code_bytes)


def _set_logging(function: Any, config: dict[str, Any] | None) -> None:
    defaults = {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{function.function_name}"}
    function.logging_config = {**defaults, **(config or {})}
    function.logs_group_name = function.logging_config["LogGroup"]


def _refuse_wrapper(environment: dict[str, Any] | None) -> None:
    if _WRAPPER in ((environment or {}).get("Variables") or {}):
        raise _error("InvalidParameterValueException", f"the embedded AWS does not run functions with {_WRAPPER}", 400)


def _reserved(function: Any) -> int | None:
    """The reservation is the function's, whichever version of it runs."""
    from moto.awslambda.models import lambda_backends

    latest = lambda_backends[function.account_id][function.region].get_function(function.function_name)
    return None if latest.reserved_concurrency is None else int(latest.reserved_concurrency)


def _payload(body: str | bytes) -> bytes:
    payload = (body.encode() if isinstance(body, str) else body) or b"{}"
    try:
        json.loads(payload)
    except ValueError as error:
        raise _error("InvalidRequestContentException", f"Could not parse request body into json: {error}", 400) from error
    return payload


def _write_log(function: Any, spec: FunctionSpec, stream: str, lines: list[str]) -> None:
    """Into the function's log group, made when absent, unless the function has been deleted: nobody would delete the group again."""
    from moto.awslambda.exceptions import UnknownFunctionException
    from moto.awslambda.models import lambda_backends
    from moto.core.utils import unix_time_millis
    from moto.logs.models import logs_backends

    try:
        lambda_backends[function.account_id][function.region].get_function(function.function_name)
    except UnknownFunctionException:
        return
    logs = logs_backends[function.account_id][function.region]
    logs.ensure_log_group(spec.log_group)
    if stream not in logs.groups[spec.log_group].streams:
        logs.create_log_stream(spec.log_group, stream)
    now = int(unix_time_millis())
    logs.put_log_events(spec.log_group, stream, [{"timestamp": now, "message": line} for line in lines])


def _lambda_errors() -> type[Any]:
    from moto.awslambda.exceptions import LambdaClientError

    return LambdaClientError  # type: ignore[no-any-return]  # moto has no type information


def _error(code: str, message: str, status: int) -> Exception:
    """An error that moto's Lambda answers with, as its service model has it."""
    error = _lambda_errors()(code, message)
    error.code = status
    return error  # type: ignore[no-any-return]  # moto has no type information
