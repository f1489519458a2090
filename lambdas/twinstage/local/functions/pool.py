"""The workers of an engine: one a concurrent invocation, kept warm, with the credentials of their function's role."""

from __future__ import annotations

import datetime as dt
import shutil
import threading
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from twinstage.local.functions.archive import BadArchiveError, unpack
from twinstage.local.functions.containment import LAYERS, RUNTIME, TASK, Plan, interpreter_places, probe
from twinstage.local.functions.invocation import Invocation, failure
from twinstage.local.functions.provided import link_provided
from twinstage.local.functions.worker import Launch, Worker
from twinstage.model.errors import TwinstageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from twinstage.local.credentials import Key, Principals
    from twinstage.local.functions.containment import Take
    from twinstage.local.functions.invocation import FunctionSpec, Package, Result

_PYTHON = "python3.11"
# A worker whose session ends sooner than this after the function's own timeout is replaced.
_SESSION_MARGIN = dt.timedelta(seconds=60)
# How long closing waits for each asynchronous invocation, whose worker has been killed, to note its end.
_BACKGROUND_S = 5.0


class StoppedError(TwinstageError):
    """The engine stops; there are no workers any more."""

    def __init__(self) -> None:
        super().__init__("LOCAL_STOPPED", "the embedded AWS is stopping")


@dataclass(frozen=True)
class Ran:
    """An invocation's result and the log stream of the worker that ran it."""

    result: Result
    log_stream: str


@dataclass(frozen=True)
class Endpoint:
    """The engine's own: its URL and port, and what serves a connection that a worker made in its own network."""

    url: str
    port: int
    take: Take


@dataclass(frozen=True)
class _Place:
    """Where packages are unpacked to; the lock is held while they are."""

    directory: Path
    lock: threading.Lock = field(default_factory=threading.Lock)


class Pool:
    """Runs invocations, at most `concurrency` at a time; the others wait. `root` is the pool's own directory."""

    def __init__(self, root: Path, endpoint: Endpoint, principals: Principals, concurrency: int) -> None:
        self._root, self._endpoint, self._principals, self._limit = root, endpoint, principals, concurrency
        self._empty = root / "root"
        self._empty.mkdir(parents=True)
        self._provided = link_provided(root / "runtime")
        self._slots = threading.BoundedSemaphore(concurrency)
        self._lock = threading.Lock()
        self._idle: dict[FunctionSpec, list[Worker]] = {}
        self._all: set[Worker] = set()
        self._unpacked: dict[tuple[str, ...], _Place] = {}
        self._closed = False
        self._background: set[threading.Thread] = set()

    def run(self, spec: FunctionSpec, invocation: Invocation) -> Ran:
        """Run an invocation to its end. Raises TrustError, BadArchiveError, StoppedError."""
        with self._slots:
            worker = self._take(spec)
            result = worker.invoke(invocation, spec.timeout_s)
            self._give_back(spec, worker)
            if self._closed and result.error:
                result = type(result)(
                    failure(invocation.request_id, "Sandbox.Stopped", "the embedded AWS stopped"), error=True
                )
            return Ran(result, worker.launch.log_stream)

    def submit(self, work: Callable[[], object]) -> None:
        """Do something beside the request, as for an asynchronous invocation. `work` ends soon after `close`."""

        def run() -> None:
            try:
                work()
            finally:
                with self._lock:
                    self._background.discard(threading.current_thread())

        thread = threading.Thread(target=run, name="async-invoke", daemon=True)
        with self._lock:
            if not self._closed:
                self._background.add(thread)
                thread.start()

    def forget(self, function_arn: str) -> None:
        """Stop the idle workers of a function, as when it is deleted."""
        with self._lock:
            gone = [spec for spec in self._idle if spec.arn == function_arn]
            workers = [worker for spec in gone for worker in self._idle.pop(spec)]
        self._stop(workers)

    def forget_all(self) -> None:
        """Stop every idle worker."""
        with self._lock:
            workers = [worker for waiting in self._idle.values() for worker in waiting]
            self._idle.clear()
        self._stop(workers)

    def kill_all(self) -> None:
        """Kill every worker, at work or not; invocations under way end with an error, and new ones get new workers."""
        with self._lock:
            workers = list(self._all)
            self._idle.clear()
        self._stop(workers)

    def close(self) -> None:
        """Kill every worker, and take no more invocations."""
        with self._lock:
            self._closed = True
            background = list(self._background)
        self.kill_all()
        for thread in background:
            thread.join(_BACKGROUND_S)

    @property
    def worker_count(self) -> int:
        """Live workers, idle and busy."""
        with self._lock:
            return len(self._all)

    def _take(self, spec: FunctionSpec) -> Worker:
        """A warm worker, or a new one. Workers of an older configuration, and the idlest beyond the limit, are stopped."""
        stale: list[Worker] = []
        found: Worker | None = None
        with self._lock:
            if self._closed:
                raise StoppedError
            for other in [s for s in self._idle if s.arn == spec.arn and s != spec]:
                stale += self._idle.pop(other)
            waiting = self._idle.get(spec, [])
            while waiting and found is None:
                worker = waiting.pop()
                if worker.usable and session_lasts(worker.launch.expires, spec.timeout_s, dt.datetime.now(dt.UTC)):
                    found = worker
                else:
                    stale.append(worker)
            if found is None:
                stale += self._evict(len(self._all) - len(stale) - self._limit + 1)
        self._stop(stale)
        return found or self._start(spec)

    def _evict(self, count: int) -> list[Worker]:
        """Take that many idle workers out, of the functions that have been idle longest first. The caller holds the lock."""
        evicted: list[Worker] = []
        for spec in list(self._idle):
            while self._idle[spec] and len(evicted) < count:
                evicted.append(self._idle[spec].pop(0))
            if not self._idle[spec]:
                del self._idle[spec]
        return evicted

    def _give_back(self, spec: FunctionSpec, worker: Worker) -> None:
        if worker.usable:
            with self._lock:
                if not self._closed:
                    # Popped and set again, so that the dict's order is that of last use.
                    workers = self._idle.pop(spec, [])
                    workers.append(worker)
                    self._idle[spec] = workers
                    return
        self._stop([worker])

    def _stop(self, workers: list[Worker]) -> None:
        for worker in workers:
            worker.stop()
        with self._lock:
            self._all.difference_update(workers)

    def _start(self, spec: FunctionSpec) -> Worker:
        code = self._directory(spec.code)
        layers = self._directory(*spec.layers) if spec.layers else None
        if layers is not None and (layers / "extensions").is_dir():
            raise BadArchiveError(
                f"a layer of {spec.name} brings Lambda extensions, which the embedded AWS does not run"
            )
        session = self._principals.service_session(spec.role, "lambda.amazonaws.com", spec.name)
        assert session.expires is not None  # noqa: S101  a session always expires
        now = dt.datetime.now(dt.UTC)
        plan = self._plan(spec, code, layers)
        stream = f"{now:%Y/%m/%d}/[{spec.version}]{uuid.uuid4().hex}"
        scratch = Path("/tmp") if plan.namespaces else self._scratch()  # noqa: S108  the worker's own
        environment = _environment(spec, session, self._endpoint.url, plan.folder, scratch, stream)
        worker = Worker(
            Launch(spec.arn, plan, self._endpoint.port, self._endpoint.take, environment, session.expires, stream)
        )
        with self._lock:
            self._all.add(worker)
            closed = self._closed
        if closed:
            worker.stop()
            raise StoppedError
        return worker

    def _plan(self, spec: FunctionSpec, code: Path, layers: Path | None) -> Plan:
        """What the worker sees, and where: in namespaces at the places that these things have on Lambda."""
        namespaces = not probe()
        shown = {str(code): TASK, str(self._provided): RUNTIME, **({str(layers): LAYERS} if layers else {})}
        seen = shown if namespaces else {place: place for place in shown}
        below = Path(seen[str(layers)]) / "python" if layers else None
        return Plan(
            paths=[seen[str(code)], *([str(below), str(below / "lib" / _PYTHON / "site-packages")] if below else [])],
            provided=seen[str(self._provided)],
            folder=seen[str(code)],
            namespaces=namespaces,
            memory_mb=spec.memory_mb,
            storage_mb=spec.storage_mb,
            root=str(self._empty),
            readable=interpreter_places(),
            shown=shown,
        )

    def _directory(self, *packages: Package) -> Path:
        """The unpacked packages, the later ones over the earlier; the same ones are unpacked once, by whoever needs them first."""
        with self._lock:
            digests = tuple(package.digest for package in packages)
            place = self._unpacked.setdefault(digests, _Place(self._root / "packages" / uuid.uuid4().hex))
        with place.lock:
            if not place.directory.exists():
                # Under another name until it is whole: a package that breaks half-way must not be run by the next one.
                partial = place.directory.with_suffix(".partial")
                shutil.rmtree(partial, ignore_errors=True)
                for package in packages:
                    unpack(package.content, partial)
                partial.rename(place.directory)
            return place.directory

    def _scratch(self) -> Path:
        directory = self._root / "tmp" / uuid.uuid4().hex
        directory.mkdir(parents=True)
        return directory


def session_lasts(expires: dt.datetime, timeout_s: float, now: dt.datetime) -> bool:
    """Whether credentials that end at `expires` are good for an invocation of up to `timeout_s` seconds, with a margin."""
    return expires - now > dt.timedelta(seconds=timeout_s) + _SESSION_MARGIN


def _environment(
    spec: FunctionSpec, session: Key, endpoint: str, code: str, scratch: Path, stream: str
) -> dict[str, str]:
    """What a function finds in its environment: its own variables, and those that Lambda reserves.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
    """
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin:/opt/bin",
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "HOME": str(scratch),
        "TMPDIR": str(scratch),
        **dict(spec.environment),
        "_HANDLER": spec.handler,
        "LAMBDA_TASK_ROOT": code,
        "AWS_ACCESS_KEY_ID": session.access_key_id,
        "AWS_SECRET_ACCESS_KEY": session.secret_access_key,
        "AWS_SESSION_TOKEN": session.token or "",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": spec.region,
        "AWS_DEFAULT_REGION": spec.region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{spec.runtime}",
        "AWS_LAMBDA_FUNCTION_NAME": spec.name,
        "AWS_LAMBDA_FUNCTION_VERSION": spec.version,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(spec.memory_mb),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": spec.log_group,
        "AWS_LAMBDA_LOG_STREAM_NAME": stream,
        "AWS_LAMBDA_LOG_FORMAT": spec.log_format,
        **({"AWS_LAMBDA_LOG_LEVEL": spec.log_level} if spec.log_level else {}),
        "NO_PROXY": "*",
    }
