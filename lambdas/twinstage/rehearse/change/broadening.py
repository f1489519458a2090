"""What a template's IAM policies allow that the template before it did not, by witness: an action and an ARN.

Each principal's policies are asked as a whole, on one side and on the other: is there a text that the new statements cover and the old ones do not? Conditions of a new
statement count as true, an old statement counts only where it is under no condition that the new one is not under, and lets in whomever the new one does; a Deny that
is gone or altered is told by itself, and one for some principals only refuses nothing to the others.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from twinstage.isolation.audit.reach import Prover
from twinstage.isolation.audit.template import listed, properties
from twinstage.isolation.audit.values import readable, reference
from twinstage.isolation.policy.actions import action_table
from twinstage.rehearse.change.holdings import NOBODY, Holding, holdings
from twinstage.rehearse.change.plan import Guard, PlannedChange

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from twinstage.isolation.audit.template import Template
    from twinstage.isolation.policy.document import Statement

_MOST_TOLD: Final = 3
_EVERYBODY: Final = "everybody"


def broadened(stack: str, before: Template | None, after: Template | None) -> Iterator[PlannedChange]:
    """What policies newly allow, one change a statement or policy, in the order of the holders; then what they allow no longer."""
    old, new = (holdings(template) if template else {} for template in (before, after))
    gone = {key: Holding() for key in old if key not in new and before and after and _outlived(before, after, key[1])}
    for (kind, holder), held in sorted({**new, **gone}.items(), key=lambda each: each[0]):
        subject, place = f"{stack}/{holder}", f"iam/{kind}"
        for reason in _more(old.get((kind, holder), Holding()), held):
            yield PlannedChange("resource", subject, "add", "undecided", f"newly allowed: {reason}", place=place)
    for (kind, holder), held in sorted(old.items(), key=lambda each: each[0]):
        for reason in _more(new[kind, holder], held) if (kind, holder) in new else ():
            subject, told = f"{stack}/{holder}", f"no longer allowed: {reason}"
            yield PlannedChange("resource", subject, "remove", "undecided", told, place=f"iam/{kind}")


def broadening_guard(changes: tuple[PlannedChange, ...]) -> Guard:
    """Whether anything is newly allowed to anybody."""
    found = [f"{change.subject}: {change.reason}" for change in changes if change.action == "add"]
    more = len(found) - _MOST_TOLD
    observed = "; ".join(found[:_MOST_TOLD]) + (f"; and {more} more" if more > 0 else "")
    way_out = "narrow the statement, or --allow iam-broadening once somebody has agreed to it"
    return Guard("iam-broadening", observed or "nothing newly allowed", "nothing newly allowed", not found, way_out)


def _outlived(before: Template, after: Template, holder: str) -> bool:
    """Whether what a policy that goes was for stays, as far as one knows: what a Deny refused there is allowed then."""
    resource = before.resources.get(holder)
    if resource is None:
        return True
    given = [reference(each) for member in properties(resource).values() for each in listed(member)]
    targets = [target[0] for target in given if target]
    return str(resource["Type"]).endswith("Policy") and (
        not targets or any(name in after.resources for name in targets)
    )


def _more(old: Holding, new: Holding) -> Iterator[str]:
    """What `new` allows and `old` does not."""
    plain, kept = ({_bare(statement) for statement in held.statements} for held in (old, new))
    for deny in (each for each in old.statements if each.effect == "Deny" and _bare(each) not in kept):
        yield f"what a Deny of {', '.join(deny.actions or deny.not_actions)} refused"
    fresh = [each for each in new.statements if each.effect == "Allow" and _bare(each) not in plain]
    for statement in fresh:
        if let_in := _principals(statement) - _all_principals(old):
            yield f"{', '.join(sorted(let_in))} may {', '.join(statement.actions or ('anything but some',))}"
    refused = [each for each in new.statements if each.effect == "Deny" and _for_everybody(each)]
    prover = Prover(action_table(), NOBODY)
    for leak in prover.leaks([("", each) for each in (*fresh, *refused)], lambda asked: _own(prover, old, asked)):
        others = f" and {leak.others} more actions" if leak.others else ""
        yield f"{leak.action}{others} on {readable(leak.witness)}"
    for statement in fresh:
        for pattern in _unknown(old, statement):
            yield f"{readable(pattern)}, which is no action that is known here"
    yield from sorted(set(new.others) - set(old.others))
    for bound in sorted(set(old.bounds) - set(new.bounds)):
        yield f"what the permissions boundary {readable(bound)} held back"


def _own(prover: Prover, old: Holding, asked: Statement) -> Mapping[str, list[str]]:
    """Action in lower case -> the resources that old statements allow it on to whomever the new one does, under no condition that it is not under."""
    found: dict[str, list[str]] = {}
    for statement in _counting(old, asked):
        # What NotResource excludes is no pattern: such a statement counts for nothing here, unless it stays as it is.
        resources = () if statement.not_resources else statement.resources or ("*",)
        for action in prover.actions(statement):
            found.setdefault(action.lower(), []).extend(r for r in resources if "${" not in r)
    return found


def _unknown(old: Holding, asked: Statement) -> Iterator[str]:
    """The actions of a statement that no table knows, and no old statement names for the same resources."""
    for pattern in asked.actions:
        if not action_table().matching(pattern):
            named = (each for each in _counting(old, asked) if pattern in each.actions or "*" in each.actions)
            if not any("*" in each.resources or set(asked.resources) <= set(each.resources) for each in named):
                yield pattern


def _counting(old: Holding, asked: Statement) -> Iterator[Statement]:
    """The old statements that allow something to whomever `asked` does, wherever it does; who is newly let in is told by name, and not asked for again."""
    known = _all_principals(old)
    for statement in old.statements:
        if statement.effect == "Allow" and set(statement.conditions) <= set(asked.conditions):
            let_in = _principals(statement)
            if asked.not_principals is not None or statement.not_principals is not None:
                counts = statement.not_principals == asked.not_principals
            else:
                counts = _EVERYBODY in let_in or _principals(asked) & known <= let_in
            if counts:
                yield statement


def _for_everybody(statement: Statement) -> bool:
    return statement.not_principals is None and (statement.principals is None or statement.principals.everyone)


def _principals(statement: Statement) -> set[str]:
    held = statement.principals
    if statement.not_principals is not None:
        return {"everybody but some"}
    if held is None:
        return set()
    named = {*held.aws, *held.services, *held.federated, *held.canonical_users}
    return {readable(name) for name in named} | ({_EVERYBODY} if held.everyone else set())


def _all_principals(held: Holding) -> set[str]:
    return {name for statement in held.statements if statement.effect == "Allow" for name in _principals(statement)}


def _bare(statement: Statement) -> Statement:
    """A statement without its name, and with its lists in one order: what it does."""
    return replace(
        statement,
        sid="",
        actions=tuple(sorted(statement.actions)),
        not_actions=tuple(sorted(statement.not_actions)),
        resources=tuple(sorted(statement.resources)),
        not_resources=tuple(sorted(statement.not_resources)),
        conditions=tuple(sorted(statement.conditions, key=repr)),
    )
