"""What the role of a function may do before and after a change, as far as templates tell: what recorded calls are held against."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Grant:
    """One statement of an identity policy. Patterns have `*` and `?`; actions have no case; of X and not-X one is empty. Regions and accounts of ARNs are `*`: a twin has others.

    `conditional`: it stands under a condition, and nobody here knows whether that holds.
    """

    effect: Literal["Allow", "Deny"]
    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    not_resources: tuple[str, ...] = ()
    conditional: bool = False

    def covers(self, action: str, resource: str) -> bool:
        """Whether it speaks of an action on a resource."""
        named = _any(self.actions, action, re.IGNORECASE) or (
            bool(self.not_actions) and not _any(self.not_actions, action, re.IGNORECASE)
        )
        where = _any(self.resources, resource) or (bool(self.not_resources) and not _any(self.not_resources, resource))
        return named and where


@dataclass(frozen=True)
class RoleChange:
    """The role of a function. `unread` says in words what else it has afterwards that nobody here read, and that may allow or refuse something."""

    function: str
    before: tuple[Grant, ...]
    after: tuple[Grant, ...]
    unread: tuple[str, ...] = ()

    @property
    def may_deny(self) -> bool:
        """Whether something that was allowed can be refused afterwards: an Allow that is gone or another one, or a Deny that is new."""
        gone = any(grant.effect == "Allow" and grant not in self.after for grant in self.before)
        return gone or any(grant.effect == "Deny" and grant not in self.before for grant in self.after)

    def newly_denied(self, action: str, resource: str) -> bool:
        """Whether what was allowed before is not afterwards. What stands under a condition is given the benefit: it allows, and refuses nothing."""
        return _allows(self.before, action, resource) and not _allows(self.after, action, resource)

    def document(self) -> dict[str, Any]:
        """As a compiled scenario carries it."""
        before, after = ([asdict(grant) for grant in grants] for grants in (self.before, self.after))
        return {"function": self.function, "before": before, "after": after, "unread": list(self.unread)}


def role_change_of(document: Mapping[str, Any]) -> RoleChange:
    """The inverse of `RoleChange.document`."""
    before, after = (tuple(map(_grant, document[side])) for side in ("before", "after"))
    return RoleChange(document["function"], before, after, tuple(document["unread"]))


def _grant(document: Mapping[str, Any]) -> Grant:
    lists = {name: tuple(document[name]) for name in ("actions", "not_actions", "resources", "not_resources")}
    return Grant(document["effect"], **lists, conditional=document["conditional"])


def _allows(grants: tuple[Grant, ...], action: str, resource: str) -> bool:
    """As IAM decides: what is refused anywhere is refused (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html)."""
    speaking = [grant for grant in grants if grant.covers(action, resource)]
    refused = any(grant.effect == "Deny" and not grant.conditional for grant in speaking)
    return not refused and any(grant.effect == "Allow" for grant in speaking)


def _any(patterns: tuple[str, ...], text: str, flags: re.RegexFlag = re.NOFLAG) -> bool:
    return any(re.fullmatch(_expression(pattern), text, flags | re.DOTALL) for pattern in patterns)


def _expression(pattern: str) -> str:
    return re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
