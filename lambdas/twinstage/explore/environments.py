"""What serves a container's messages: contained handlers, and recorded calls that nobody's code makes again."""

from __future__ import annotations

from functools import cache
from math import inf
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from twinstage.explore.case import Batch, ItemWrite
from twinstage.world.contained import Answered, Asked, Call, Ended, Failed

if TYPE_CHECKING:
    from collections.abc import Callable

    from twinstage.world.contained import Function

    Reply: TypeAlias = Answered | Failed
    Event: TypeAlias = Asked | Ended
    Environments: TypeAlias = Callable[..., "Environment"]
    """Makes an environment: called as `(function, identity=..., seed=..., now_s=...)`."""


class Environment(Protocol):
    """One execution environment: invocations one after another, each suspended at every AWS call.

    `refusals`: what a handler wanted of this machine or of the network, and did not get. `clock_read`: whether the code that ran since the
    last `begin` or `resume` looked at any clock. `still`: so many sleeps from now on take no time.
    """

    clock_read: bool
    still: int

    @property
    def refusals(self) -> list[str]:
        """What was refused, in words."""

    @property
    def now_s(self) -> float:
        """The environment's clock, in seconds since the epoch."""

    def begin(self, event: Any, *, request_id: str, now_s: float | None = None) -> Event:
        """Begin an invocation."""

    def resume(self, answer: Reply, *, now_s: float | None = None) -> Event:
        """Answer the call that the invocation waits for."""

    def park(self) -> None:
        """Leave it aside for good, wherever it is."""


def contained(function: Function, *, identity: str, seed: int, now_s: float) -> Environment:
    """A handler in this process; see `twinstage.world.contained`, whose `install` must have prepared it."""
    environment: Environment = _contained_class()(function, identity=identity, seed=seed, now_s=now_s)
    return environment


@cache
def _contained_class() -> Any:
    """Made when it is first needed: what runs handlers is imported by nobody else."""
    from twinstage.world.contained import Environment as Contained

    class Stillable(Contained):
        """An environment whose time can be made to stand still."""

        still = 0

        def pass_time(self, seconds: float) -> None:
            """Let time pass, unless it stands still. Who waits without an end does so until the invocation's time is over all the same."""
            if self.still and seconds != inf:
                self.still -= 1
            else:
                super().pass_time(seconds)

    return Stillable


class RecordedCall:
    """The environment of a recorded change: it makes its one call, and ends with what the call was answered."""

    def __init__(self, delivery: Batch | ItemWrite, region: str, now_s: float) -> None:
        self.now_s, self.refusals, self.clock_read, self.still = now_s, list[str](), False, 0
        self._call = _batch_call(delivery, region) if isinstance(delivery, Batch) else _item_call(delivery, region)

    def begin(self, event: Any, *, request_id: str, now_s: float | None = None) -> Asked:
        """Make the call."""
        self.now_s = max(self.now_s, now_s or 0.0)
        return Asked(self._call)

    def resume(self, answer: Reply, *, now_s: float | None = None) -> Ended:
        """End: as a success, or with the service's refusal."""
        self.now_s = max(self.now_s, now_s or 0.0)
        if isinstance(answer, Failed):
            return Ended({"outcome": "error", "error": answer.error, "message": answer.message})
        return Ended({"outcome": "success", "response": None})

    def park(self) -> None:
        """Nothing is suspended here."""


def _batch_call(batch: Batch, region: str) -> Call:
    parameters = {"HostedZoneId": batch.zone_id, "ChangeBatch": {"Changes": list(batch.changes)}}
    return Call("route53", "ChangeResourceRecordSets", parameters, region, None)


def _item_call(write: ItemWrite, region: str) -> Call:
    if write.new_image is None:
        return Call("dynamodb", "DeleteItem", {"TableName": write.table, "Key": write.key}, region, None)
    return Call("dynamodb", "PutItem", {"TableName": write.table, "Item": write.new_image}, region, None)
