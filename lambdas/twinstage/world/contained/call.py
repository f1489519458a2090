"""What passes between a contained handler and whoever answers its calls."""

from __future__ import annotations

import copy
import marshal
import pickle
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

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

    `members` are what the service's error has beyond Code and Message (`CancellationReasons`, `messages`, `Item`).
    """

    error: str
    message: str
    status: int = 400
    members: Mapping[str, Any] = field(default_factory=dict)

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


def _copier(value: dict[str, Any]) -> Callable[[], dict[str, Any]]:
    """The fastest exact way to copy: marshal for plain values, pickle where there are times or decimals, else copy by copy."""
    for packer in (marshal, pickle):
        try:
            packed, loads = packer.dumps(value), packer.loads
        except (ValueError, TypeError, AttributeError, pickle.PicklingError):
            continue
        return lambda: loads(packed)
    return lambda: copy.deepcopy(value)
