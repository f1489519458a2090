"""TWA016: an Allow names its actions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.isolation.audit.rule import Finding, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.isolation.audit.subject import Subject

_WALLS = frozenset({"identity", "boundary"})


def _check(subject: Subject) -> Iterator[Finding]:
    for grant in subject.grants:
        if grant.wall not in _WALLS:
            continue
        for place, statement in grant.statements:
            if statement.effect != "Allow":
                continue
            if statement.not_actions:
                yield Finding(place, "it allows all actions but some", grant.resource, role=grant.role)
            for action in statement.actions:
                if "*" in action or "?" in action:
                    told = f"{action} covers what AWS adds tomorrow"
                elif not subject.table.matching(action):
                    told = f"{action} is no action that is known"
                else:
                    continue
                yield Finding(place, told, grant.resource, role=grant.role, action=action)


RULE = Rule(
    "TWA016",
    "An Allow names its actions, each one known",
    "A pattern of actions grows with AWS, and an action that the table does not know may do anything: nothing can be proven of either.",
    "Write each action out. If AWS has a new one, make the table again: tools/action_table.py.",
    _check,
)
