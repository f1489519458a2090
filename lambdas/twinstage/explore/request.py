"""One AWS call, compiled once: which shards of the world it touches, and what it reads and writes there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.explore.change_ids import submitted_at
from twinstage.world.contained import Answered, Failed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.explore.footprint import Footprint


_CHANGES_KEPT = 4096


class Request:
    """A call as the graph knows it: compared by identity, as equal calls are one request.

    `shards` are the indices of the shards it touches, None for the whole world. `shape` is equal for two requests of one operation on the
    same keys, whatever else they say: a lock taken with a later expiry has the shape of the one before. `memo` is what it did so far, by
    shard ids and epoch. `prepared` is its answer where that was prepared.
    """

    __slots__ = (
        "eventual",
        "footprint",
        "id",
        "memo",
        "operation",
        "parameters",
        "prepared",
        "region",
        "service",
        "shape",
        "shards",
    )

    def __init__(
        self,
        number: int,
        name: tuple[str, str, str],
        parameters: Mapping[str, Any],
        footprint: Footprint,
        shape: int,
        *,
        eventual: bool,
    ) -> None:
        self.id, self.parameters, self.footprint, self.shape = number, parameters, footprint, shape
        self.service, self.operation, self.region = name
        self.shards: tuple[int, ...] | None = footprint.shards
        self.eventual = eventual
        self.memo: dict[Any, Any] = {}
        self.prepared: Answered | Failed | None = None

    def __repr__(self) -> str:
        return f"Request({self.service} {self.operation} {self.parameters!r})"


class Answer:
    """What a call was answered with, interned: equal answers are one object. `change`: it tells of a Route 53 change.

    The id and the time of a Route 53 change are no part of it: they follow from who asked, and when.
    """

    __slots__ = ("_changes", "change", "id", "reply")

    def __init__(self, number: int, reply: Answered | Failed, *, change: bool = False) -> None:
        self.id, self.reply, self.change = number, reply, change
        self._changes: dict[str, Answered] = {}

    def delivered(self, change_id: str, at_s: float) -> Answered | Failed:
        """The reply as the caller gets it: a change gets its own id and the time at which it was submitted."""
        if not self.change or isinstance(self.reply, Failed):
            return self.reply
        found = self._changes.get(change_id)
        if found is None:
            told = {"Id": f"/change/{change_id}", "SubmittedAt": submitted_at(at_s)}
            info = {**self.reply.response["ChangeInfo"], **told}
            found = Answered({**self.reply.response, "ChangeInfo": info})
            if len(self._changes) < _CHANGES_KEPT:
                self._changes[change_id] = found
        return found

    @property
    def outcome(self) -> str:
        """`success`, or the error's code."""
        return self.reply.error if isinstance(self.reply, Failed) else "success"

    def __repr__(self) -> str:
        return f"Answer({self.reply!r})"
