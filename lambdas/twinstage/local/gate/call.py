"""One request in IAM's terms: the actions it takes, each on a resource, and the condition keys it comes with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from twinstage.model.errors import TwinstageError

if TYPE_CHECKING:
    from collections.abc import Mapping


class UnmappedError(TwinstageError):
    """A request whose action or resource cannot be told: it is refused."""

    def __init__(self, what: str) -> None:
        super().__init__("LOCAL_UNMAPPED", what)


@dataclass(frozen=True)
class Asked:
    """An HTTP request as its service's protocol reads it. `account` is the caller's.

    `parameters`: the JSON body, the form, or the members of the path; `query` and `headers` (lower case) as they came, decoded.
    """

    service: str
    region: str
    account: str
    operation: str
    parameters: Mapping[str, Any]
    method: str = "POST"
    path: str = "/"
    host: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    copy_source: str = ""

    def arn(self, rest: str, *, service: str = "", account: str = "") -> str:
        """The ARN of something of the caller's, unless `rest` is one already."""
        if rest.startswith("arn:"):
            return rest
        return f"arn:aws:{service or self.service}:{self.region}:{account or self.account}:{rest}"

    def text(self, *names: str) -> str:
        """The first of these parameters that is given, as text; empty when none is."""
        for name in names:
            found = self.parameters.get(name)
            if isinstance(found, str) and found:
                return found
        return ""


@dataclass(frozen=True)
class Check:
    """One action on one resource. `owner`: the account that has it, where its ARN does not say."""

    action: str
    resource: str
    owner: str = ""


@dataclass(frozen=True)
class Call:
    """What a request has to be allowed, all of it. `context`: condition keys in lower case. `free`: AWS asks for no right at all."""

    operation: str
    checks: tuple[Check, ...]
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    free: bool = False
