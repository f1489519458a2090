"""The recorder layer: runs a cloned function's own handler, unmodified, and records every AWS call it makes.

The clone's handler is `twinstage_recorder.handler`; the original one is named by `TWINSTAGE_HANDLER`. The answer is
`{"recorder": 1, "response": ..., "error": null or {"type", "message"}, "calls": [{"n", "service", "operation", "parameters", "outcome",
"error"?, "message"?, "latency_ms", "retried"?: [code]}], "unrecorded": ["subprocess.Popen", ...]}`: the calls travel with the answer, so they are complete when the
invocation is, and each is also a JSON line of the function's log. An SDK retry is part of the call it belongs to. `unrecorded` names everything seen
that may have had effects which are not among the calls; where it is not empty, nobody knows what the invocation did.

    calls     the calls that went through botocore
    bypass    what may have gone around it: processes, sockets, threads left at work
    answers   responses as Lambda marshals them, and the envelope of one clone invoked by another
"""

from __future__ import annotations

import importlib
import json
import os
import time
from typing import TYPE_CHECKING, Any

from twinstage_recorder.answers import ENVELOPE, MarshalError, marshalled
from twinstage_recorder.bypass import Watch
from twinstage_recorder.calls import Recorder

if TYPE_CHECKING:
    from collections.abc import Callable

# Lambda refuses synchronous answers over 6 MB: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
LARGEST_ANSWER = 5_500_000


def load(name: str) -> Callable[[Any, Any], Any]:
    """The handler function that Lambda would call for `module.function`."""
    module, _, function = name.rpartition(".")
    found: Callable[[Any, Any], Any] = getattr(importlib.import_module(module.replace("/", ".")), function)
    return found


_watch = Watch(allowed=os.environ.get("AWS_LAMBDA_RUNTIME_API", ""))
_recorder = Recorder(time.perf_counter, _watch)
_recorder.install()
_watch.install()
_original: Callable[[Any, Any], Any] | None = None
_fault: dict[str, str] | None = None
try:
    _original = load(os.environ["TWINSTAGE_HANDLER"])
except (Exception, SystemExit) as _error:  # noqa: BLE001 whatever the import of foreign code raises is its outcome
    _fault = {"type": "Runtime.ImportModuleError", "message": f"{type(_error).__name__}: {_error}"}
_recorder.loaded()


def handler(event: Any, context: Any) -> dict[str, Any]:
    """Run the original handler once. Its exceptions, and its attempts to exit, are part of the answer."""
    response, error = None, _fault
    _recorder.begin()
    if _original is not None:
        try:
            response = marshalled(_original(event, context))
        except MarshalError as failure:
            error = {"type": "Runtime.MarshalError", "message": str(failure)}
        except (Exception, SystemExit) as failure:  # noqa: BLE001 the same
            error = {"type": type(failure).__name__, "message": str(failure)}
    calls, unrecorded = _recorder.take()
    answer = {**ENVELOPE, "response": response, "error": error, "calls": calls, "unrecorded": unrecorded}
    if len(json.dumps(answer)) > LARGEST_ANSWER:
        raise RuntimeError(f"the {len(calls)} recorded calls exceed what Lambda can answer with")
    return answer
