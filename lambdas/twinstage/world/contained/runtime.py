"""What Lambda's Python runtime does around a handler: finds it, hands it event and context, and names what went wrong as Lambda does.

Source: https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html, python-context.html, python-exceptions.html; the names of the
runtime's own errors are those of https://github.com/aws/aws-lambda-python-runtime-interface-client.
"""

from __future__ import annotations

import importlib
import json
import math
import sys
import time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from twinstage.world.contained.function import Function

# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: 6 MB for a synchronous answer, which is these bytes.
_LARGEST_BYTES = 6 * 1024 * 1024 + 100
# The runtime has a module of its own: a handler that replaces functions of `json` does not replace these.
_dumps, _loads = json.dumps, json.loads


class Fault(Exception):
    """The runtime cannot run the handler, or not tell what it returned: `error` is Lambda's name of it."""

    def __init__(self, error: str, message: str) -> None:
        super().__init__(message)
        self.error, self.message = error, message


class Context:
    """The second argument of a handler. Remaining time is counted on the virtual clock."""

    def __init__(self, function: Function, request_id: str, log_stream: str, deadline_ns: int) -> None:
        self.aws_request_id = request_id
        self.function_name = function.name
        self.function_version = "$LATEST"
        self.invoked_function_arn = function.arn
        self.memory_limit_in_mb = str(function.memory_mb)
        self.log_group_name = f"/aws/lambda/{function.name}"
        self.log_stream_name = log_stream
        self.client_context = None
        self.identity = None
        self._deadline_ns = deadline_ns

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda ends the invocation."""
        return max(0, (self._deadline_ns - time.time_ns()) // 1_000_000)

    def log(self, message: object) -> None:
        """Write to the function's log."""
        sys.stdout.write(str(message))


def find_handler(handler: str) -> Callable[[Any, Context], Any]:
    """Import the handler's module and find its function in it. Raises Fault; whatever else the module raises passes."""
    module_name, dot, function_name = handler.rpartition(".")
    if not dot:
        raise Fault(
            "Runtime.MalformedHandlerName",
            f"Bad handler '{handler}': not enough values to unpack (expected 2, got 1)",
        )
    if module_name.split(".")[0] in sys.builtin_module_names:
        raise Fault("Runtime.BuiltInModuleConflict", f"Cannot use built-in module {module_name} as a handler module")
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        raise Fault("Runtime.ImportModuleError", f"Unable to import module '{module_name}': {error}") from error
    except SyntaxError as error:
        raise Fault("Runtime.UserCodeSyntaxError", f"Syntax error in module '{module_name}': {error}") from error
    try:
        return getattr(module, function_name)  # type: ignore[no-any-return]
    except AttributeError as error:
        message = f"Handler '{function_name}' missing on module '{module_name}'"
        raise Fault("Runtime.HandlerNotFound", message) from error


def marshalled(response: Any) -> Any:
    """A handler's return value as whoever invoked the function reads it. Raises Fault: Runtime.MarshalError, Function.ResponseSizeTooLarge."""
    try:
        text = _dumps(response, default=_decimal)
    except Exception as error:
        raise Fault("Runtime.MarshalError", f"Unable to marshal response: {error}") from error
    if len(text) > _LARGEST_BYTES and len(_dumps(response, default=_decimal, ensure_ascii=False)) > _LARGEST_BYTES:
        message = f"Response payload size exceeded maximum allowed payload size ({_LARGEST_BYTES} bytes)."
        raise Fault("Function.ResponseSizeTooLarge", message)
    return _loads(text)


def parsed(event: str) -> Any:
    """An invocation's event as its handler is given it."""
    return _loads(event)


def failure(error: str, message: str) -> dict[str, Any]:
    """The outcome of an invocation that failed."""
    return {"outcome": "error", "error": error, "message": message}


def raised(error: Exception) -> dict[str, Any]:
    """The outcome of an invocation that raised."""
    try:
        message = str(error)
    except Exception:  # noqa: BLE001 the exception's own __str__ fails: its name is all there is
        message = ""
    return failure(type(error).__name__, message)


def timed_out(request_id: str, timeout_s: float) -> dict[str, Any]:
    """The outcome of an invocation whose time was over."""
    return failure("Sandbox.Timedout", f"RequestId: {request_id} Error: Task timed out after {timeout_s:.2f} seconds")


def exited(request_id: str, how: str) -> dict[str, Any]:
    """The outcome of an invocation whose process ended; `how` is empty for an orderly end."""
    reason = f"Runtime exited with error: {how}" if how else "Runtime exited without providing a reason"
    return failure("Runtime.ExitError", f"RequestId: {request_id} Error: {reason}")


def exit_status(code: object) -> str:
    """How Lambda tells that a process was ended by sys.exit(code); nothing for an orderly end."""
    number = code if isinstance(code, int) else 0 if code is None else 1
    return f"exit status {number}" if number else ""


def variables(function: Function, log_stream: str) -> Mapping[str, str]:
    """Every variable that a function's process has: Lambda's own, and over them the function's.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
    """
    return {
        "_HANDLER": function.handler,
        "_X_AMZN_TRACE_ID": "Root=1-00000000-000000000000000000000000;Parent=0000000000000000;Sampled=0",
        "AWS_ACCESS_KEY_ID": "contained",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_DEFAULT_REGION": function.region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_EXECUTION_ENV": f"AWS_Lambda_python{sys.version_info.major}.{sys.version_info.minor}",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mb),
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": log_stream,
        "AWS_REGION": function.region,
        "AWS_SECRET_ACCESS_KEY": "contained",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "LAMBDA_RUNTIME_DIR": "/var/runtime",
        "LAMBDA_TASK_ROOT": str(function.folder),
        "LANG": "en_US.UTF-8",
        "PATH": "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin",
        "TZ": ":UTC",
        **function.environment,
    }


def _decimal(value: Any) -> Any:
    """Lambda's runtime writes Decimals as numbers."""
    if isinstance(value, Decimal):
        if value.is_nan():
            return math.nan
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")
