"""One request to a target under load and what comes of it, and the target itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

if TYPE_CHECKING:
    import ssl

THROTTLED: Final = "throttled:"
FAILED: Final = "failed:"
TIMEOUT: Final = "timeout"


@dataclass(frozen=True)
class Endpoint:
    """Where connections go: `addresses` in turn, all of one server; `tls` and the name that its certificate must be of, or neither."""

    addresses: tuple[tuple[str, int], ...]
    tls: ssl.SSLContext | None = None
    server_name: str = ""


class Request(NamedTuple):
    """A request as it goes over the wire, whole. `operation`: what it is counted as; `key`: of a table's item or whatever else it may crowd upon."""

    operation: str
    data: bytes
    key: str | None = None


class Reply(NamedTuple):
    """An answer as it came: `head` with its status line and headers, `body` without its framing."""

    status: int
    head: bytes
    body: bytes

    def header(self, name: bytes) -> str | None:
        """The value of the header of that lower-case name, the first one, or None."""
        begin = self.head.lower().find(b"\r\n" + name + b":")
        if begin < 0:
            return None
        begin += len(name) + 3
        end = self.head.find(b"\r\n", begin)
        return self.head[begin : end if end >= 0 else None].strip().decode("latin-1")


class Outcome(NamedTuple):
    """What an answer comes to. `error` None, or its class: `throttled:<code>`, `failed:<code>`. `service_ns`: how long the target says it took, None where it does not.

    `read_units`, `write_units`: capacity consumed. `invocation`: of a function whose log was asked for. `calls`: what a function called, in its order.
    """

    error: str | None = None
    service_ns: int | None = None
    read_units: float = 0.0
    write_units: float = 0.0
    invocation: Invocation | None = None
    calls: tuple[CallMade, ...] = ()


class CallMade(NamedTuple):
    """One call that a function under load made: `name` is `dynamodb.PutItem`; `refused`: the error code of one that was throttled, None of any other."""

    name: str
    busy_ns: int
    refused: str | None = None


class Invocation(NamedTuple):
    """What the platform reports of one invocation of a function: what is paid for, its memory, and the initialisation of a new environment (None: of none)."""

    billed_ns: int
    memory_mb: int
    used_mb: int
    init_ns: int | None = None


class Held(NamedTuple):
    """A resource that every request holds while it is served: its id, its kind, how many it can serve at one time (None: not known), and what it is of."""

    resource: str
    kind: str
    capacity: float | None
    detail: str


class FollowUp(NamedTuple):
    """The answer does not say yet how it ended: `request` asks, `after_ns` from now. `subject` is the target's own: whose end it is."""

    request: Request
    after_ns: int
    subject: str


class LoadTarget(Protocol):
    """What load is offered to."""

    @property
    def endpoint(self) -> Endpoint:
        """Where it is."""

    @property
    def held(self) -> Held | None:
        """What each request holds while it is served, where that is known."""

    def request(self, number: int) -> Request:
        """The request number `number` of the whole load, from 0: the given ones in turn."""

    def subject(self, number: int) -> tuple[str, str | None]:
        """Operation and key of the request of that number, without making it."""

    def outcome(self, request: Request, reply: Reply, following: FollowUp | None = None) -> Outcome | FollowUp:
        """What an answer to a request comes to, or the answer to the question how it ended. Takes any answer, and never raises."""
