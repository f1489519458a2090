"""What a Task gives and how long it takes: service times drawn from a model, errors by name, limits of concurrency, and real functions where they are given.

What a model does not know is assumed, and every assumption is told: nothing that a result rests on is silent.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from twinstage.model.errors import TwinstageError
from twinstage.simulate.kernel import Resource
from twinstage.simulate.pipeline.failures import HEARTBEAT_TIMEOUT, THROTTLED, TIMEOUT, StateFailure

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping

    from twinstage.simulate.distributions import Distribution
    from twinstage.simulate.kernel import Event, Simulation

    Steps = Generator[Event | int, Any, Any]
    Tasks = Callable[[str, Any], Any]
    """A real transform: (resource, input) -> output; of `lambda:invoke` the function's name and payload. Raises StateFailure for a call that fails."""

ECHO: Final = object()
"""The output of a call of which only times are known: what it was given."""
# "The default value is 99999999."
NO_TIMEOUT_S: Final = 99_999_999


@dataclass(frozen=True)
class Service:
    """How one resource answers. `errors`: name to probability; `failed`: how long calls take that fail (None: as long as others).

    `servers`: calls beyond so many wait in a line (None: never); `limit`: a call beyond so many is refused with Lambda's TooManyRequestsException.
    `output`: what a call gives, ECHO where that is not known. `basis`: where this comes from, in words.
    """

    durations: Distribution
    errors: Mapping[str, float] = field(default_factory=dict)
    failed: Distribution | None = None
    servers: int | None = None
    limit: int | None = None
    output: Any = ECHO
    basis: str = "given"


@dataclass(frozen=True)
class PipelineModel:
    """What is known of a pipeline's surroundings. `services`: by a state's name, or else by its resource; `otherwise`: of every other resource.

    `overheads`: by type of state, what a visit takes beside its calls; `items`: by a Map's name, what its ItemReader reads.
    """

    services: Mapping[str, Service] = field(default_factory=dict)
    otherwise: Service | None = None
    overheads: Mapping[str, Distribution] = field(default_factory=dict)
    items: Mapping[str, Any] = field(default_factory=dict)

    def service(self, state: str, resource: str) -> Service | None:
        """How a state's resource answers."""
        return self.services.get(state) or self.services.get(resource) or self.otherwise


@dataclass(frozen=True)
class Call:
    """One attempt of a Task. `arn`: its Resource; `heartbeat_s`: only of those that wait for somebody's token."""

    state: str
    resource: str
    arn: str
    input: Any
    timeout_s: float
    heartbeat_s: float | None


@dataclass(frozen=True)
class Served:
    """A call that is over, in nanoseconds: when it was made, when a server took it, when it ended."""

    resource: str
    asked: int
    began: int
    ended: int
    error: str = ""


class Services:
    """The resources of one simulation: they draw, they queue, they refuse."""

    def __init__(self, simulation: Simulation, model: PipelineModel, tasks: Tasks | None = None) -> None:
        self._simulation, self._model, self._tasks = simulation, model, tasks
        self._durations: dict[tuple[str, bool], Iterator[int]] = {}
        self._servers: dict[str, Resource] = {}
        self._in_flight: dict[str, int] = {}
        self.served: list[Served] = []
        self.assumed: set[str] = set()

    def call(self, call: Call) -> Steps:
        """One call, from now to its end. Gives its output; raises StateFailure."""
        service = self._model.service(call.state, call.resource)
        if service is None:
            hint = "give its service time in the model, or a trace that has it"
            raise TwinstageError(
                "NO_SERVICE_TIME", f"nothing is known of {call.resource}, which {call.state} calls", hint=hint
            )
        key = call.state if call.state in self._model.services else call.resource
        if service.limit is not None and self._in_flight.get(call.resource, 0) >= service.limit:
            now = self._simulation.now
            self.served.append(Served(call.resource, now, now, now, THROTTLED))
            raise StateFailure(
                THROTTLED, f"Rate Exceeded: {service.limit} calls of {call.resource} are in flight already."
            )
        times, error = [self._simulation.now], ""
        self._in_flight[call.resource] = self._in_flight.get(call.resource, 0) + 1
        try:
            output = yield from self._answered(call, key, service, times)
        except StateFailure as failure:
            error = failure.error
            raise
        finally:
            self._in_flight[call.resource] -= 1
            self.served.append(Served(call.resource, times[0], times[-1], self._simulation.now, error))
        return output

    def _answered(self, call: Call, key: str, service: Service, times: list[int]) -> Steps:
        """Wait for a server, be served. `times` gets the moment at which a server took the call."""
        failure, output = self._outcome(call, service, key)
        deadline = times[0] + int(call.timeout_s * 1_000_000_000)
        if service.servers is None:
            yield from self._serve(call, key, service, deadline, failed=failure is not None)
        else:
            resource = self._servers.setdefault(call.resource, Resource(self._simulation, service.servers))
            with resource.request() as turn:
                limited = call.timeout_s < NO_TIMEOUT_S
                yield (
                    self._simulation.any_of([turn, self._simulation.timeout(deadline - times[0])]) if limited else turn
                )
                times.append(self._simulation.now)
                if not turn.happened:
                    raise StateFailure(TIMEOUT, "")
                yield from self._serve(call, key, service, deadline, failed=failure is not None)
        if failure is not None:
            raise failure
        return output

    def _serve(self, call: Call, key: str, service: Service, deadline: int, *, failed: bool) -> Steps:
        duration = self._drawn(key, service, failed=failed)
        left = deadline - self._simulation.now
        heartbeat = int(call.heartbeat_s * 1_000_000_000) if call.heartbeat_s is not None else left
        if heartbeat < min(duration, left):
            # A callback's service is modelled as one stretch without a sign of life.
            yield heartbeat
            raise StateFailure(HEARTBEAT_TIMEOUT, "")
        yield min(duration, left)
        if duration > left:
            raise StateFailure(TIMEOUT, "")

    def _drawn(self, key: str, service: Service, *, failed: bool) -> int:
        own = failed and service.failed is not None
        durations = service.failed if own and service.failed is not None else service.durations
        if (key, own) not in self._durations:
            stream = self._simulation.stream(f"{'failing' if own else 'serving'} {json.dumps(key)}")
            self._durations[key, own] = durations.durations(stream)
        return next(self._durations[key, own])

    def _outcome(self, call: Call, service: Service, key: str) -> tuple[StateFailure | None, Any]:
        """The call's failure, or None and its output."""
        if service.errors:
            drawn = self._simulation.stream(f"errors {json.dumps(key)}").random()
            for name, probability in service.errors.items():
                drawn -= probability
                if drawn < 0:
                    return StateFailure(name, "drawn from the model"), None
        if self._tasks is not None:
            try:
                return None, self._real(call)
            except StateFailure as failure:
                return failure, None
        if service.output is not ECHO:
            self.assumed.add(f"every call of {key} gives the sample output")
            return None, service.output
        self.assumed.add(f"every call of {key} gives back its input: only times are known of it")
        return None, _enveloped(call.input.get("Payload")) if _invokes(call) else call.input

    def _real(self, call: Call) -> Any:
        tasks = self._tasks
        if tasks is None:
            raise TwinstageError("NO_TASKS", f"there is no function for {call.resource}")
        if not _invokes(call):
            return tasks(call.resource, call.input)
        return _enveloped(tasks(call.resource, call.input.get("Payload")))


def _invokes(call: Call) -> bool:
    return ":lambda:invoke" in call.arn and isinstance(call.input, dict) and ".waitForTaskToken" not in call.arn


def _enveloped(payload: Any) -> dict[str, Any]:
    """A function's result as `lambda:invoke` gives it: https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html."""
    return {"ExecutedVersion": "$LATEST", "Payload": payload, "StatusCode": 200}
