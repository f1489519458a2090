"""What passes between a contained handler and whoever answers its calls."""

from __future__ import annotations

import copy
import marshal
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True, slots=True)
class Call:
    """One AWS call of a handler, as botocore would send it.

    `service` is boto3's name of it (`route53`), `operation` the API's (`ChangeResourceRecordSets`); `region` is the client's, None where it
    has none or a partition's pseudo region. `parameters` are what they are once every customisation of botocore and of the resource layer
    ran and they were validated; they belong to this object and may not be changed. Calls with equal `key`s are equal, and
    equal ones have equal keys where their parameters came in the same order; None where these hold what has no exact form in bytes
    (a time). What was read from a file is there as bytes.
    """

    service: str
    operation: str
    parameters: Mapping[str, Any]
    region: str | None
    key: bytes | None


@dataclass(frozen=True)
class Answered:
    """A call that succeeded. `response` is what the service's parser would give, without ResponseMetadata; the handler gets a copy."""

    response: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def copied(self) -> Callable[[], dict[str, Any]]:
        """A maker of copies that share nothing with the response: the handler may change what it is given."""
        return _copier(dict(self.response))


@dataclass(frozen=True)
class Failed:
    """A call that the service refused: raised in the handler as botocore's own exception of that code.

    `members` are what the service's error has beyond Code and Message (`CancellationReasons`, `messages`, `Item`). With `retries` the client's own
    retry handler is put the refusal first, and where it wants to retry, the handler sleeps and the same call is asked again; without, nothing is retried.
    """

    error: str
    message: str
    status: int = 400
    members: Mapping[str, Any] = field(default_factory=dict)
    retries: bool = False

    @cached_property
    def copied(self) -> Callable[[], dict[str, Any]]:
        """A maker of copies of the parsed error."""
        return _copier({"Error": {"Message": self.message, "Code": self.error}, **self.members})


@dataclass(frozen=True, slots=True)
class Asked:
    """A handler waits for the answer to `call`. `slept_s`: the virtual seconds it slept since its previous call, or its start."""

    call: Call
    slept_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Ended:
    """An invocation is over.

    `outcome` is `{"outcome": "success", "response": ...}`, the response as its JSON is read back, or `{"outcome": "error", "error": the
    type's name, "message": ...}` with the names that Lambda tells. `slept_s` as in Asked.
    """

    outcome: Mapping[str, Any]
    slept_s: float = 0.0


# Leaves of an answer that nobody can change.
_UNCHANGING: Final = frozenset({str, int, float, bool, bytes, type(None), datetime, date, Decimal})


def _copier(value: dict[str, Any]) -> Callable[[], dict[str, Any]]:
    """The fastest exact way to copy: marshal for plain values, member by member where there are times or decimals, else as anything is copied."""
    try:
        packed = marshal.dumps(value)
    except ValueError:
        return partial(_copied if _is_copied(value) else copy.deepcopy, value)
    return partial(marshal.loads, packed)


def _copied(value: Any) -> Any:
    kind = type(value)
    if kind is dict:
        return {name: _copied(entry) for name, entry in value.items()}
    return [_copied(entry) for entry in value] if kind is list else value


def _is_copied(value: Any) -> bool:
    """Whether a copy of lists and dicts alone is a copy of the whole."""
    kind = type(value)
    if kind is dict:
        return all(type(name) is str and _is_copied(entry) for name, entry in value.items())
    return all(map(_is_copied, value)) if kind is list else kind in _UNCHANGING
