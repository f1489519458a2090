"""The recorder layer: runs a cloned function's own handler, unmodified, and records every AWS call it makes.

The clone's handler is `twinstage_recorder.handler`; the original one is named by `TWINSTAGE_HANDLER`. The answer is
`{"recorder": 1, "response": ..., "error": null or {"type", "message"}, "calls": [{"n", "service", "operation", "parameters", "outcome",
"error"?, "message"?, "latency_ms"}]}`: the calls travel with the answer, so they are complete when the invocation is, and each is also a JSON line of the
function's log. An SDK retry is part of the call it belongs to.
"""

from __future__ import annotations

import base64
import importlib
import json
import os
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

from botocore.client import BaseClient
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

# Lambda refuses synchronous answers over 6 MB: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
LARGEST_ANSWER = 5_500_000


class Recorder:
    """The calls of one invocation, in the order in which they were made, from whichever thread."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock, self.lock, self.calls = clock, threading.Lock(), list[dict[str, Any]]()

    def install(self) -> None:
        """Record at the one door that every client and resource of boto3 goes through."""
        original = BaseClient._make_api_call  # type: ignore[attr-defined]  # noqa: SLF001 botocore has no public hook that sees failures too

        def recorded(client: Any, operation_name: str, api_params: dict[str, Any]) -> Any:
            return self.record(
                client.meta.service_model.service_name,
                operation_name,
                api_params,
                lambda: original(client, operation_name, api_params),
            )

        BaseClient._make_api_call = recorded  # type: ignore[attr-defined]  # noqa: SLF001

    def record(self, service: str, operation: str, parameters: Any, call: Callable[[], Any]) -> Any:
        """Make one call and record how it ended."""
        entry: dict[str, Any] = {
            "service": service,
            "operation": operation,
            "parameters": json.loads(json.dumps(parameters, default=_plain)),
        }
        with self.lock:
            entry = {"n": len(self.calls)} | entry
            self.calls.append(entry)
        started = self.clock()
        try:
            answer = call()
        except ClientError as error:
            entry |= {
                "outcome": "error",
                "error": error.response["Error"]["Code"],
                "message": error.response["Error"].get("Message", ""),
            }
            raise
        except BaseException as error:
            entry |= {"outcome": "error", "error": type(error).__name__, "message": str(error)}
            raise
        else:
            entry["outcome"] = "success"
            return answer
        finally:
            entry["latency_ms"] = round((self.clock() - started) * 1000, 3)
            sys.stdout.write(json.dumps({"twinstage_call": entry}) + "\n")

    def take(self) -> list[dict[str, Any]]:
        """The calls so far; the next invocation starts with none."""
        with self.lock:
            taken, self.calls = self.calls, []
        return taken


def _plain(value: Any) -> Any:
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode()
    return str(value)


def load(name: str) -> Callable[[Any, Any], Any]:
    """The handler function that Lambda would call for `module.function`."""
    module, _, function = name.rpartition(".")
    found: Callable[[Any, Any], Any] = getattr(importlib.import_module(module.replace("/", ".")), function)
    return found


_recorder = Recorder(time.perf_counter)
_recorder.install()
_original: Callable[[Any, Any], Any] | None = None
_fault: dict[str, str] | None = None
try:
    _original = load(os.environ["TWINSTAGE_HANDLER"])
except Exception as _error:  # noqa: BLE001 whatever the import of foreign code raises is its outcome
    _fault = {"type": "Runtime.ImportModuleError", "message": f"{type(_error).__name__}: {_error}"}


def handler(event: Any, context: Any) -> dict[str, Any]:
    """Run the original handler once. Its exceptions, and its attempts to exit, are part of the answer."""
    response, error = None, _fault
    if _original is not None:
        try:
            response = json.loads(json.dumps(_original(event, context)))
        except (Exception, SystemExit) as failure:  # noqa: BLE001 the same
            error = {"type": type(failure).__name__, "message": str(failure)}
    calls = _recorder.take()
    answer = {"recorder": 1, "response": response, "error": error, "calls": calls}
    if len(json.dumps(answer)) > LARGEST_ANSWER:
        raise RuntimeError(f"the {len(calls)} recorded calls exceed what Lambda can answer with")
    return answer
