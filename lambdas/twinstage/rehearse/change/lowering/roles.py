"""The roles of captured functions whose policies are others afterwards, as grants that recorded calls can be held against.

What cannot be told of a resource (an id that only CloudFormation gives, an import) is any: such a grant allows more than it may, and never less.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from twinstage.isolation.audit.template import properties
from twinstage.isolation.audit.values import CLOSE, OPEN, UNKNOWN, reference
from twinstage.model.role_change import Grant, RoleChange
from twinstage.rehearse.change.holdings import Holding, holdings
from twinstage.rehearse.change.lowering.functions import FUNCTION

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from twinstage.isolation.audit.template import Template
    from twinstage.isolation.policy.document import Statement
    from twinstage.rehearse.change.lowering.values import Bindings

# What only CloudFormation, or only the request (a policy variable), tells.
_TOKEN: Final = re.compile(f"{OPEN}[^{CLOSE}]*{CLOSE}|{UNKNOWN}|[$]{{[^}}]*}}")
_ANY: Final = "*"
_ARN_PARTS: Final = 6
# Policies of AWS that allow nothing of zones, tables and functions:
# https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSLambdaBasicExecutionRole.html and its neighbours.
_ASIDE: Final = (
    "AWSLambdaBasicExecutionRole",
    "AWSLambdaVPCAccessExecutionRole",
    "AWSXRayDaemonWriteAccess",
    "CloudWatchLambdaInsightsExecutionRolePolicy",
)


def role_changes(before: Template, after: Template, bindings: Bindings) -> Iterator[RoleChange]:
    """One for each captured function whose role has other statements afterwards, in the order of the functions' logical ids."""
    old, new = holdings(before), holdings(after)
    for logical_id, held in sorted(after.of_type(FUNCTION)):
        if logical_id not in before.resources:
            continue
        named = held.get("FunctionName")
        name = bindings.functions.get(logical_id, named if isinstance(named, str) else "")
        if not bindings.is_captured("functions", name):
            continue
        had = _held(old, properties(before.resources[logical_id]))
        has = _held(new, held)
        if had is None or has is None or (had.statements, had.bounds) == (has.statements, has.bounds):
            continue
        unread = tuple(sorted({*_others(has), *(f"the permissions boundary {each}" for each in has.bounds)}))
        yield RoleChange(name, tuple(map(_grant, had.statements)), tuple(map(_grant, has.statements)), unread)


def _held(found: Mapping[tuple[str, str], Holding], function: Mapping[str, object]) -> Holding | None:
    """What a function's role has, where the role is of the template."""
    target = reference(function.get("Role"))
    return found.get(("identity", target[0])) if target else None


def _others(held: Holding) -> Iterator[str]:
    for each in held.others:
        if not any(f"/{policy} " in f"{each} " for policy in _ASIDE):
            yield _TOKEN.sub(_ANY, each)


def _grant(statement: Statement) -> Grant:
    return Grant(
        effect="Allow" if statement.effect == "Allow" else "Deny",
        actions=statement.actions,
        not_actions=statement.not_actions,
        resources=tuple(_pattern(each) for each in statement.resources),
        not_resources=tuple(_pattern(each) for each in statement.not_resources),
        # A Deny of what cannot be told may refuse something else.
        conditional=bool(statement.conditions) or (statement.effect == "Deny" and _untold(statement)),
    )


def _untold(statement: Statement) -> bool:
    """Whether something of its resources cannot be told, region and account aside."""
    patterns = (*statement.resources, *statement.not_resources)
    return any(_TOKEN.search(_parts(each)[-1] if len(_parts(each)) == _ARN_PARTS else each) for each in patterns)


def _pattern(resource: str) -> str:
    """A resource's pattern with any region and account, and any for what cannot be told."""
    parts = _parts(_TOKEN.sub(_ANY, resource))
    # What is no whole ARN is any, or an expression that stands for one.
    return ":".join([*parts[:3], _ANY, _ANY, *parts[5:]] if len(parts) == _ARN_PARTS else parts)


def _parts(resource: str) -> list[str]:
    return resource.split(":", _ARN_PARTS - 1)
