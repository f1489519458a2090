"""Why a change batch is refused: the causes, the problems of one batch, and the error that carries them all."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

from twinstage.model.errors import TwinstageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from twinstage.model.record_set import RecordKey

ErrorCode = Literal["InvalidChangeBatch", "InvalidInput"]


class Cause(StrEnum):
    """The rules a change can break, one stable phrase each."""

    CNAME_BESIDE_ANOTHER = "CNAME beside another type"
    DELETE_MISMATCH = "DELETE does not match"
    CREATE_EXISTING = "CREATE of an existing set"
    ALIAS_TARGET_MISSING = "alias target missing"
    BAD_NAME = "bad name"
    BAD_VALUE = "bad value"
    DUPLICATE_VALUE = "duplicate value"
    OUTSIDE_ZONE = "outside the zone"
    REPEATED_IN_BATCH = "same set changed twice"
    APEX_RECORD_DELETED = "apex NS or SOA deleted"
    MIXED_ROUTING = "mixed routing policies"
    SAME_ROUTING_VALUE = "same routing value twice"
    LIMIT = "limit exceeded"
    SHAPE = "wrong shape"
    UNKNOWN_TYPE = "unknown type"
    UNKNOWN_ACTION = "unknown action"
    NOT_SUPPORTED = "not supported by Route 53"


@dataclass(frozen=True)
class Problem:
    """One broken rule. `message` is in AWS's words; name, type and set identifier say which change leads to it."""

    cause: Cause
    name: str
    type: str
    set_identifier: str | None
    message: str


def problem(cause: Cause, key: RecordKey, message: str) -> Problem:
    """Answer the problem of the change at `key`."""
    return Problem(cause, *key, message)


class ChangeRefused(TwinstageError):
    """Route 53 would refuse the batch, and nothing of it is applied.

    `error` is AWS's code, `message` AWS's text, `problems` every broken rule in the order of the batch.
    """

    def __init__(self, error: ErrorCode, problems: Iterable[Problem]) -> None:
        self.error = error
        self.problems = tuple(problems)
        texts = ", ".join(dict.fromkeys(found.message for found in self.problems))
        super().__init__(
            "ROUTE53_REFUSED",
            f"[{texts}]" if error == "InvalidChangeBatch" else texts,
            details={"error": error, "causes": [str(found.cause) for found in self.problems]},
        )
