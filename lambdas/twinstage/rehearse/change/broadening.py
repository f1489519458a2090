"""What a template's IAM policies allow that the template before it did not, by witness: an action and an ARN.

Each principal's policies are asked as a whole, on one side and on the other: is there a text that the new statements cover and the old ones do not? An intrinsic that
cannot be resolved stands for itself: equal expressions are taken for equal values. Conditions of a new statement count as true, an old statement counts only where it
is under no condition that the new one is not under; a Deny that is gone or altered is told by itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from twinstage.isolation.audit.identity import Identity
from twinstage.isolation.audit.reach import Prover
from twinstage.isolation.audit.template import listed, properties
from twinstage.isolation.audit.values import CLOSE, OPEN, UNKNOWN, Resolver, readable, reference, token
from twinstage.isolation.policy.actions import action_table
from twinstage.isolation.policy.document import parse_policy
from twinstage.model.canonical import digest
from twinstage.model.errors import InputError
from twinstage.rehearse.change.plan import Guard, PlannedChange

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from twinstage.isolation.audit.template import Template
    from twinstage.isolation.policy.document import Kind, Statement

_ATTACHED: Final = ("Roles", "Users", "Groups")
_MOST_TOLD: Final = 3


@dataclass(frozen=True)
class Holding:
    """What one holder (a role, a managed policy, a resource with a policy) has: statements, the managed policies it is given, and why a policy could not be read."""

    statements: tuple[Statement, ...] = ()
    attached: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()

    def joined(self, other: Holding) -> Holding:
        """Both together."""
        return Holding(
            self.statements + other.statements, self.attached + other.attached, self.unreadable + other.unreadable
        )


def broadened(stack: str, before: Template | None, after: Template | None) -> Iterator[PlannedChange]:
    """What policies newly allow, one change a statement or policy, in the order of the holders; then what they allow no longer."""
    old, new = (_holdings(template) if template else {} for template in (before, after))
    for (kind, holder), held in sorted(new.items()):
        subject, place = f"{stack}/{holder}", f"iam/{kind}"
        was = old.get((kind, holder), Holding())
        for reason in _more(was, held):
            yield PlannedChange("resource", subject, "add", "undecided", f"newly allowed: {reason}", place=place)
    for (kind, holder), held in sorted(old.items()):
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


def _more(old: Holding, new: Holding) -> Iterator[str]:
    """What `new` allows and `old` does not."""
    plain = {_bare(statement) for statement in old.statements}
    fresh = tuple(("", each) for each in new.statements if _bare(each) not in plain or each.effect == "Deny")
    kept = {_bare(statement) for statement in new.statements}
    for deny in (each for each in old.statements if each.effect == "Deny" and _bare(each) not in kept):
        yield f"what a Deny of {', '.join(deny.actions or deny.not_actions)} refused"
    for _, statement in fresh:
        if statement.effect == "Allow" and (let_in := _principals(statement) - _all_principals(old)):
            yield f"{', '.join(sorted(let_in))} may {', '.join(statement.actions or ('anything but some',))}"
    prover = Prover(action_table(), _NOBODY)
    for leak in prover.leaks(fresh, lambda statement: _own(prover, old, statement)):
        others = f" and {leak.others} more actions" if leak.others else ""
        yield f"{leak.action}{others} on {readable(leak.witness)}"
    for policy in sorted(set(new.attached) - set(old.attached)):
        yield f"whatever the managed policy {readable(policy)} does"
    for problem in sorted(set(new.unreadable) - set(old.unreadable)):
        yield f"what a policy says that cannot be read: {problem}"


def _own(prover: Prover, old: Holding, asked: Statement) -> Mapping[str, list[str]]:
    """Action in lower case -> the resources that old statements allow it on, wherever they are under no condition that the new one is not under."""
    found: dict[str, list[str]] = {}
    for statement in old.statements:
        if statement.effect == "Allow" and set(statement.conditions) <= set(asked.conditions):
            # What NotResource excludes is no pattern: such a statement counts for nothing here, unless it stays as it is.
            resources = () if statement.not_resources else statement.resources or ("*",)
            for action in prover.actions(statement):
                found.setdefault(action.lower(), []).extend(r for r in resources if "${" not in r)
    return found


def _principals(statement: Statement) -> set[str]:
    held = statement.principals
    if statement.not_principals is not None:
        return {"everybody but some"}
    if held is None:
        return set()
    named = {*held.aws, *held.services, *held.federated, *held.canonical_users}
    return {readable(name) for name in named} | ({"everybody"} if held.everyone else set())


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


class _Opaque(Resolver):
    """Values of a template in which what cannot be resolved is a name of its own expression."""

    def text(self, value: Any) -> str:
        """A scalar or an intrinsic as text; the same for equal expressions."""
        found = super().text(value)
        return found.replace(UNKNOWN, token(digest(value)[7:19], "value")) if isinstance(value, dict) else found


# Where nobody says which account and region a template is for, they stand for themselves.
_NOBODY: Final = Identity("platform", "", f"{OPEN}AWS::AccountId{CLOSE}", "", f"{OPEN}AWS::Region{CLOSE}")


def _holdings(template: Template) -> dict[tuple[str, str], Holding]:
    """(kind of policy, logical id of its holder) -> what it has."""
    where = template.deployment.where
    identity = replace(_NOBODY, twin_account=where[0], region=where[1]) if where else _NOBODY
    resolver = _Opaque(template, identity)
    found: dict[tuple[str, str], Holding] = {}

    def add(kind: Kind, holder: str, held: Holding) -> None:
        found[kind, holder] = found.get((kind, holder), Holding()).joined(held)

    for name, resource in template.resources.items():
        held, type_ = properties(resource), str(resource["Type"])
        if "AssumeRolePolicyDocument" in held:
            add("trust", name, _read(resolver, held["AssumeRolePolicyDocument"], "trust"))
        for policy in listed(held.get("Policies")) if type_.startswith("AWS::IAM::") else ():
            if isinstance(policy, dict):
                add("identity", name, _read(resolver, policy.get("PolicyDocument"), "identity"))
        if "ManagedPolicyArns" in held:
            arns = tuple(resolver.text(each) for each in listed(held["ManagedPolicyArns"]))
            add("identity", name, Holding(attached=arns))
        if "PolicyDocument" in held:
            own = type_ in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy")
            kind: Kind = "identity" if own else "resource"
            for holder in _holders(resolver, held, name) if type_ == "AWS::IAM::Policy" else [name]:
                add(kind, holder, _read(resolver, held["PolicyDocument"], kind))
        if "KeyPolicy" in held:
            add("resource", name, _read(resolver, held["KeyPolicy"], "resource"))
        if type_ == "AWS::Lambda::Permission":
            function = reference(held.get("FunctionName"))
            holder = function[0] if function else resolver.text(held.get("FunctionName"))
            add("resource", holder, _read(resolver, _permission(held), "resource"))
    return found


def _holders(resolver: Resolver, held: Mapping[str, Any], name: str) -> list[str]:
    """Whom an inline policy is attached to: by logical id where it is of this template, else by name."""
    found = [
        str(each["Ref"]) if isinstance(each, dict) and isinstance(each.get("Ref"), str) else resolver.text(each)
        for member in _ATTACHED
        for each in listed(held.get(member))
    ]
    return found or [name]


def _permission(held: Mapping[str, Any]) -> dict[str, Any]:
    """What a Lambda permission says, as the statement that Lambda makes of it.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
    """
    who = held.get("Principal")
    service = isinstance(who, str) and who.endswith(".amazonaws.com")
    statement = {
        "Effect": "Allow",
        "Principal": who if who == "*" else {"Service" if service else "AWS": who},
        "Action": held.get("Action"),
        "Resource": held.get("FunctionName"),
    }
    from_ = {"ArnLike": ("aws:SourceArn", "SourceArn"), "StringEquals": ("aws:SourceAccount", "SourceAccount")}
    asked = {operator: {key: held[name]} for operator, (key, name) in from_.items() if name in held}
    return {"Version": "2012-10-17", "Statement": [{**statement, **({"Condition": asked} if asked else {})}]}


def _read(resolver: Resolver, document: Any, kind: Kind) -> Holding:
    try:
        return Holding(parse_policy(resolver.value(document), kind=kind).statements)
    except InputError as error:
        return Holding(unreadable=tuple(f"{problem.pointer}: {problem.message}" for problem in error.problems))
