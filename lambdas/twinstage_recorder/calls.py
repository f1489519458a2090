"""The calls of one invocation, recorded where every client and resource of boto3 passes through."""

from __future__ import annotations

import base64
import json
import sys
import threading
from typing import TYPE_CHECKING, Any

from botocore.client import BaseClient
from botocore.endpoint import Endpoint
from botocore.exceptions import ClientError

from twinstage_recorder.answers import unwrap
from twinstage_recorder.bypass import left_at_work, threads

if TYPE_CHECKING:
    from collections.abc import Callable

    from twinstage_recorder.bypass import Watch

Entry = dict[str, Any]
# Answers with what the invoked function said while it says it: its envelope cannot be taken off.
STREAMED = frozenset({"InvokeWithResponseStream", "InvokeAsync"})


class Recorder:
    """The calls of one invocation, in the order in which they were made, from whichever thread. `clock` gives seconds."""

    def __init__(self, clock: Callable[[], float], watch: Watch) -> None:
        self.clock, self.watch, self.lock = clock, watch, threading.Lock()
        self.calls, self.here = list[Entry](), threading.local()
        self.begun = frozenset[int]()
        self.between = False

    def install(self) -> None:
        """Record every call, failures too, with the parameters as they are once the SDK's own conversions are done, and what the SDK itself asked again after."""
        original, convert = BaseClient._make_api_call, BaseClient._emit_api_params  # type: ignore[attr-defined]  # noqa: SLF001 botocore has no public hook that sees failures too

        def recorded(client: Any, operation_name: str, api_params: dict[str, Any]) -> Any:
            service = client.meta.service_model.service_name
            return self.record(
                service, operation_name, api_params, lambda: original(client, operation_name, api_params)
            )

        def converted(client: Any, *args: Any, **kwargs: Any) -> Any:
            parameters = convert(client, *args, **kwargs)
            entry = getattr(self.here, "entry", None)
            if entry is not None:
                entry["parameters"] = plain(parameters)
            return parameters

        repeats = Endpoint._needs_retry  # type: ignore[attr-defined]  # noqa: SLF001 the same

        def repeated(
            endpoint: Any, attempts: int, operation: Any, request: Any, response: Any = None, error: Any = None
        ) -> Any:
            again = repeats(endpoint, attempts, operation, request, response, error)
            entry = getattr(self.here, "entry", None)
            if again and entry is not None:
                entry.setdefault("retried", []).append(_code(response, error))
            return again

        Endpoint._needs_retry = repeated  # type: ignore[attr-defined]  # noqa: SLF001 the same
        BaseClient._make_api_call = recorded  # type: ignore[attr-defined]  # noqa: SLF001 the same
        BaseClient._emit_api_params = converted  # type: ignore[attr-defined]  # noqa: SLF001 the same

    def record(self, service: str, operation: str, parameters: Any, call: Callable[[], Any]) -> Any:
        """Make one call and record how it ended."""
        entry = self._enter(service, operation, parameters)
        outer, self.here.entry = getattr(self.here, "entry", None), entry
        started = self.clock()
        try:
            with self.watch.within_call():
                answer = call()
        except ClientError as error:
            told = error.response["Error"]
            ending = {"outcome": "error", "error": told["Code"], "message": told.get("Message", "")}
            raise
        except BaseException as error:
            ending = {"outcome": "error", "error": type(error).__name__, "message": str(error)}
            raise
        else:
            ending = {"outcome": "success"}
            if service == "lambda":
                self._nested(operation, parameters, answer)
            return answer
        finally:
            self.here.entry = outer
            with self.lock:
                entry |= ending | {"latency_ms": round((self.clock() - started) * 1000, 3)}
            sys.stdout.write(json.dumps({"twinstage_call": entry}) + "\n")

    def loaded(self) -> None:
        """The original handler's module is imported: the threads that it left are its own, its calls are the first invocation's."""
        self.begun = frozenset(threads())

    def begin(self) -> None:
        """An invocation begins. Calls begun since the last one ended are what it left behind: nobody can tell whose they are."""
        with self.lock:
            late = [_name(entry) for entry in self.calls] if self.between else []
        for name in late:
            self.watch.note(f"{name} between invocations")
        self.begun, self.between = frozenset(threads()), False

    def take(self) -> tuple[list[Entry], list[str]]:
        """The invocation's calls that ended, and what may have had effects beside them. The next invocation starts with none."""
        left = left_at_work(self.begun)
        with self.lock:
            taken, self.calls, self.between = [dict(entry) for entry in self.calls], [], True
        for entry in taken:
            if "outcome" not in entry:
                self.watch.note(f"{_name(entry)} still open")
        for name in left:
            self.watch.note(name)
        return [entry for entry in taken if "outcome" in entry], self.watch.take()

    def _enter(self, service: str, operation: str, parameters: Any) -> Entry:
        with self.lock:
            entry = {
                "n": len(self.calls),
                "service": service,
                "operation": operation,
                "parameters": plain(parameters),
            }
            self.calls.append(entry)
        return entry

    def _nested(self, operation: str, parameters: dict[str, Any], answer: dict[str, Any]) -> None:
        """What an invoked function did is part of what this one did: its calls come after the call that invoked it."""
        if operation in STREAMED:
            self.watch.note(f"lambda.{operation} {parameters.get('FunctionName')}")
        if operation != "Invoke":
            return
        nested = unwrap(parameters, answer)
        for what in nested.unrecorded:
            self.watch.note(what)
        with self.lock:
            for call in nested.calls:
                self.calls.append(call | {"n": len(self.calls)})


def _code(response: Any, error: BaseException | None) -> str:
    """Why an attempt is made again: the service's error code, or the exception's name. A response is (the HTTP response, what it was parsed into)."""
    parsed = response[1] if response is not None else {}
    told = parsed.get("Error", {}).get("Code") or parsed.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return str(told or type(error).__name__)


def plain(parameters: Any) -> Any:
    """Parameters as JSON. Bytes are base64; what is no JSON otherwise is text."""
    return json.loads(json.dumps(parameters, default=_plain, skipkeys=True))


def _plain(value: Any) -> Any:
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode()
    return sorted(map(str, value)) if isinstance(value, (set, frozenset)) else str(value)


def _name(entry: Entry) -> str:
    return f"{entry['service']}.{entry['operation']}"
