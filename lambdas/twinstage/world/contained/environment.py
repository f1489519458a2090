"""One Lambda execution environment: its handler runs until it asks something of AWS or ends, and waits there until it is resumed."""

from __future__ import annotations

import contextvars
import json
import math
import random
import time
import uuid
from functools import cache, cached_property, lru_cache
from typing import TYPE_CHECKING, Any, NoReturn

import greenlet  # type: ignore[import-untyped]  # it has no types

from twinstage.model.errors import TwinstageError
from twinstage.world.contained.call import Asked, Ended
from twinstage.world.contained.files import remove_files
from twinstage.world.contained.heart import heart
from twinstage.world.contained.running import running, suspended
from twinstage.world.contained.runtime import (
    Context,
    Fault,
    exit_status,
    exited,
    failure,
    find_handler,
    marshalled,
    parsed,
    raised,
    timed_out,
)
from twinstage.world.contained.threads import Threads, running_loop, set_running_loop
from twinstage.world.contained.view import View

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from twinstage.world.contained.call import Answered, Failed
    from twinstage.world.contained.function import Function

# Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html (init phase: limited to 10 seconds)
_INIT_S = 10.0
_NS = 1_000_000_000
_DAY_S = 86_400
# How often code that is unwound may catch that and try something else.
_PATIENCE = 20


class _Parked(BaseException):
    """Unwinds the code of an environment that was parked."""


class Environment:
    """One execution environment of `function`, on a clock and with randomness of its own.

    `identity` names it in errors and in request ids; `seed` and it determine all it draws. Its module code runs at the first `begin`
    (calls made while importing are Asked too), and its globals live on from invocation to invocation, but for one that ended as a process
    ends (timeout, sys.exit): the next begins with fresh modules. `install` must have prepared the process. One thread only.

    After `begin` or `resume`, `clock_read` says whether the code looked at any clock since (its log records' own times do not count): where it
    did not, what it did is the same at any time. `in_line`: it started threads, which were run in one legal order of many. `refusals`: what
    it tried and may not, by name (the network, processes). `calls`: how many it made so far.
    """

    def __init__(self, function: Function, *, identity: str, seed: int, now_s: float) -> None:
        self.function, self.identity, self.seed = function, identity, seed
        self.now_ns = self.booted_ns = _ns(now_s)
        self.clock_read = False
        self._slept_ns = 0
        self.in_line = False
        self.refusals: list[str] = []
        own, self._request_ids, self.identity_bytes = _names(identity, seed)
        self._log_stream = f"{_day(int(now_s) // _DAY_S)}/[$LATEST]{own}"
        self.calls = 0
        self.last_call = b""
        self.request_id = ""
        self._deadline_ns: float = math.inf
        self._hub: greenlet.greenlet = greenlet.getcurrent()
        self._task: greenlet.greenlet | None = None
        self._asking: greenlet.greenlet | None = None
        self._handler: Callable[[Any, Context], Any] | None = None
        self._spoilt = True
        self.parked = False
        self._refused = 0
        self._mine: set[greenlet.greenlet] = set()
        self.view: View
        self.threads: Threads
        self.file_names: Iterator[str] | None = None
        self.files: str | None = None
        self._context = contextvars.Context()
        self._loop: Any = None

    def begin(self, event: Any, *, request_id: str, now_s: float | None = None) -> Asked | Ended:
        """Invoke the function with `event`, and run to its first call or its end.

        `now_s` may move the clock forward, never back. Raises TwinstageError (BUSY) while an invocation runs.
        """
        if self._task is not None or self.parked:
            raise TwinstageError("BUSY", f"{self.identity} is serving an invocation already, or was parked")
        self._move(now_s)
        if self._spoilt:
            self.view, self.threads = View(self.function, self._log_stream), Threads(self)
            self._handler, self._spoilt, self._loop = None, False, None
            self.file_names, self._context = None, contextvars.Context()
            self.booted_ns = self.now_ns
        self._slept_ns, self.clock_read = 0, False
        self.request_id = request_id
        self._task = greenlet.greenlet(self._serve)
        # One thread of Lambda's serves every invocation: what it set (a decimal context) is still set.
        self._task.gr_context = self._context
        self.keep(self._task)
        return self._switch(self._task, json.dumps(event))

    def resume(self, answer: Answered | Failed, *, now_s: float | None = None) -> Asked | Ended:
        """Answer the call that was asked last, and run to the next or to the end.

        An answer that comes after the invocation's deadline finds nobody: it has timed out. Raises TwinstageError (NOTHING_ASKED).
        """
        asking = self._asking
        if asking is None:
            raise TwinstageError("NOTHING_ASKED", f"{self.identity} is waiting for no answer")
        self._move(now_s)
        if self.now_ns >= self._deadline_ns:
            return self._over(self._timed_out())
        self._slept_ns, self.clock_read = 0, False
        return self._switch(asking, answer)

    def park(self) -> None:
        """Leave it as it is, for good; nothing can be asked of it any more.

        Its memory is given back where that can be done unseen: its code is told to unwind, and whatever it tries on the way (calls, waits)
        is refused. What insists on running stays suspended until the process ends.
        """
        self._asking, self.parked = None, True
        for waiting in list(self._mine):
            self._switch(waiting, None)
        self._handler = None
        remove_files(self)

    @cached_property
    def generator(self) -> random.Random:
        """Whatever its code draws comes from here."""
        return random.Random(f"{self.identity}/{self.seed}")  # noqa: S311 reproducible on purpose

    @property
    def now_s(self) -> float:
        """The environment's time, in seconds since the Unix epoch."""
        return self.now_ns / _NS

    @property
    def output(self) -> str:
        """What the handler printed and logged since its modules were imported, up to 64 Ki characters."""
        return self.view.output.text

    def ask(self, asked: Asked) -> Answered | Failed:
        """From inside the handler: suspend it until it is resumed with the answer."""
        if self.parked:
            self._unwind()
        self.calls += 1
        self.last_call = _call_name(asked.call.service, asked.call.operation)
        self._asking = greenlet.getcurrent()
        if self._slept_ns:
            asked = Asked(asked.call, self._slept_ns / _NS)
        answer = self._hub.switch(asked)
        if self.parked:
            self._unwind()
        return answer  # type: ignore[no-any-return]

    def sleep(self, seconds: float) -> None:
        """From inside the handler: let virtual time pass, and its other threads go on meanwhile."""
        self.threads.wait(_never, seconds)

    def pass_time(self, seconds: float) -> None:
        """From inside the handler: move its clock. It returns only where the invocation's time is not over by then."""
        # Never less than the clock can show, or who waits for a fraction of that would wait for ever.
        wakes_ns = math.inf if seconds == math.inf else self.now_ns + max(_ns(seconds), seconds > 0)
        over = wakes_ns >= self._deadline_ns
        wakes_ns = int(self._deadline_ns if over else wakes_ns)
        self._slept_ns += wakes_ns - self.now_ns
        self.now_ns = wakes_ns
        if over:
            self._suspend_for_good(self._timed_out())

    def keep(self, waiting: greenlet.greenlet) -> None:
        """A greenlet of this environment's begins: it may not be dropped, and so be unwound, before it ended."""
        suspended.add(waiting)
        self._mine.add(waiting)

    def release(self, ended: greenlet.greenlet) -> None:
        """It is over."""
        suspended.discard(ended)
        self._mine.discard(ended)

    def hub(self) -> greenlet.greenlet:
        """From inside the handler: who resumed it."""
        return self._hub

    def stop_if_parked(self) -> None:
        """From inside the handler, where it was resumed after waiting: nothing of it may go on."""
        if self.parked:
            self._unwind()

    @property
    def starting(self) -> bool:
        """Whether its modules are still being imported."""
        return self._handler is None

    def refuse(self, what: str) -> None:
        """From inside the handler: note what was refused to it."""
        if what not in self.refusals:
            self.refusals.append(what)

    def exit(self, how: str) -> NoReturn:
        """From inside the handler: its process ends here and now, as by os._exit; nothing is unwound."""
        self._suspend_for_good(self._exited(how))

    def interrupt(self) -> None:
        """From a signal: if the handler's code is running, its time is over, whatever it was doing."""
        if greenlet.getcurrent() is not self._hub:
            self._suspend_for_good(self._timed_out())

    def overfill(self) -> None:
        """From a signal: if the handler's code is running, it has filled its /tmp, and ends with all that it kept there."""
        if greenlet.getcurrent() is not self._hub:
            remove_files(self)
            self.files = None
            self._suspend_for_good(self._exited("no space left on device"))

    def response_metadata(self, status: int) -> dict[str, Any]:
        """ResponseMetadata of the call asked last. The request id follows from identity, seed and the call's number."""
        request_id = f"{self._request_ids}{self.calls:012x}"
        return {
            "RequestId": request_id,
            "HTTPStatusCode": status,
            "HTTPHeaders": {"x-amzn-requestid": request_id},
            "RetryAttempts": 0,
        }

    def _switch(self, target: greenlet.greenlet, value: Any) -> Asked | Ended:
        self._asking = None
        self._hub = target.parent = greenlet.getcurrent()
        self.view.enter()
        if self._loop is not None:
            set_running_loop(self._loop)
        running.environment = self
        heart.enter(self)
        try:
            return target.switch(value)  # type: ignore[no-any-return]
        finally:
            heart.leave()
            running.environment = None
            self._loop = running_loop()
            if self._loop is not None:
                set_running_loop(None)
            self.view.leave()

    def _serve(self, event: str) -> Ended:
        """The greenlet's body: one invocation from its first line to its last."""
        outcome = self._invoke(event)
        self.release(greenlet.getcurrent())
        return self._over(outcome)

    def _invoke(self, event: str) -> Mapping[str, Any]:
        try:
            if self._handler is None:
                self._deadline_ns = self.now_ns + _ns(max(_INIT_S, self.function.timeout_s))
                self._handler = find_handler(self.function.handler)
            deadline_ns = self._deadline_ns = self.now_ns + _ns(self.function.timeout_s)
            context = Context(self.function, self.request_id, self._log_stream, deadline_ns)
            return {"outcome": "success", "response": marshalled(self._handler(parsed(event), context))}
        except Fault as fault:
            return failure(fault.error, fault.message)
        except Exception as error:  # noqa: BLE001 whatever the handler raises is its outcome
            return raised(error)
        except SystemExit as stop:
            return self._exited(exit_status(stop.code))
        except BaseException:  # noqa: BLE001 the runtime does not survive it
            return self._exited("exit status 1")

    def _exited(self, how: str) -> Mapping[str, Any]:
        self._spoilt = True
        return exited(self.request_id, how)

    def _timed_out(self) -> Mapping[str, Any]:
        self._spoilt = True
        return timed_out(self.request_id, self.function.timeout_s)

    def _suspend_for_good(self, outcome: Mapping[str, Any]) -> NoReturn:
        ended = self._over(outcome)
        while True:
            self._hub.switch(ended)
            if self.parked:
                self._unwind()

    def _unwind(self) -> NoReturn:
        self._refused += 1
        if self._refused <= _PATIENCE:
            raise _Parked
        while True:
            self._hub.switch(None)

    def _over(self, outcome: Mapping[str, Any]) -> Ended:
        self._task, self._asking, self._deadline_ns = None, None, math.inf
        if self._handler is None:
            self._spoilt = True
        return Ended(outcome, self._slept_ns / _NS)

    def _move(self, now_s: float | None) -> None:
        if now_s is not None:
            self.now_ns = max(self.now_ns, _ns(now_s))


@lru_cache(maxsize=4_096)
def _names(identity: str, seed: int) -> tuple[str, str, bytes]:
    """What follows from who an environment is: the end of its log stream's name, the beginning of its request ids, and its identity in bytes."""
    own = uuid.uuid5(uuid.NAMESPACE_OID, f"{identity}/{seed}")
    return own.hex, str(own)[:24], identity.encode()


@lru_cache(maxsize=64)
def _day(number: int) -> str:
    return time.strftime("%Y/%m/%d", time.gmtime(number * _DAY_S))


@cache
def _call_name(service: str, operation: str) -> bytes:
    return f"{service} {operation}".encode()


def _never() -> bool:
    return False


def _ns(seconds: float) -> int:
    return round(seconds * _NS)
