"""What a template's change comes to beside its steps: calls that its roles allow no longer, and what of it nobody rehearsed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from twinstage.model.finding import Finding
from twinstage.model.role_change import role_change_of
from twinstage.validate.authorisation import needed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from twinstage.model.role_change import RoleChange
    from twinstage.validate.evidence import Evidence

CANDIDATE: Final = "candidate"
DENIED: Final = "plan-denied"
NOT_REHEARSED: Final = "plan-not-rehearsed"
_MOST_TOLD: Final = 3
_MOST_KEPT: Final = 20


def check_template(evidence: Evidence) -> Iterator[Finding]:
    """One finding over the roles that change and the calls that the replay recorded, and one over what was planned and not rehearsed; each only where there is any.

    The calls are the candidate's; where nothing but the template's other resources changes there is no candidate, and its code is what the baseline runs.
    """
    template = evidence.scenario.document.get("change", {}).get("template", {})
    if roles := [role_change_of(entry) for entry in template.get("roles", ())]:
        yield _denied_finding(evidence, roles)
    if left := [dict(entry) for entry in template.get("not_rehearsed", ())]:
        told = "; ".join(f"{each['type']} ({', '.join(each['logical_ids'])}): {each['why']}" for each in left)
        given = {"not_rehearsed": left}
        yield Finding(NOT_REHEARSED, "safety", None, told, arm=CANDIDATE, counts=False, evidence=given)


def _denied_finding(evidence: Evidence, roles: list[RoleChange]) -> Finding:
    name = evidence.scenario.subject
    arm = evidence.arm(name)
    outcomes = arm.outcomes if arm else ()
    denied = [each for role in roles for each in _denied(outcomes, role)]
    functions = [role.function for role in roles]
    asked = sum(len(outcome["calls"] or ()) for outcome in outcomes if outcome["function"] in functions)
    unread = sorted({each for role in roles for each in role.unread})
    given = {"functions": functions, "calls": asked, "denied": denied[:_MOST_KEPT], "unread": unread}
    passed, message = _told(denied, unread)
    if not denied:
        message = f"of {asked} recorded calls of {', '.join(functions)} none is allowed by the role before and not by the role afterwards"
        if unknown := [each for role in roles if role.may_deny for each in _unknown(outcomes, role.function)]:
            passed, message = None, "; ".join(unknown)
    return Finding(DENIED, "safety", passed, message, arm=name, evidence=given)  # type: ignore[arg-type]  # an arm of the scenario


def _told(denied: Sequence[Mapping[str, Any]], unread: Sequence[str]) -> tuple[bool | None, str]:
    """Whether nothing is denied, and what is."""
    if not denied:
        return True, ""
    first = denied[0]
    kinds = sorted({f"{each['action']} on {each['resource']}" for each in denied})
    message = (
        f"{len(denied)} recorded calls would be denied: {'; '.join(kinds[:_MOST_TOLD])}; "
        f"first call {first['call']} of {first['function']} in event {first['event']}"
    )
    # What nobody read may allow it.
    return (None, f"{message}; unless {', '.join(unread)}") if unread else (False, message)


def _unknown(outcomes: Sequence[Mapping[str, Any]], function: str) -> Iterator[str]:
    """Why nobody can say what a function's role refuses; nothing where its calls are known."""
    own = [outcome["calls"] for outcome in outcomes if outcome["function"] == function]
    if untold := sum(calls is None for calls in own):
        yield f"what {function} called in {untold} of {len(own)} invocations is not known: nor is what its role refuses"
    elif not any(own):
        yield f"no call of {function} was recorded: what its role refuses is not known"


def _denied(outcomes: Sequence[Mapping[str, Any]], role: RoleChange) -> Iterator[dict[str, Any]]:
    """Each recorded call of a function that its role allowed, and allows no longer, in their order."""
    for outcome in outcomes:
        calls = outcome["calls"] or () if outcome["function"] == role.function else ()
        for index, call in enumerate(calls):
            for action, resource in needed(call):
                if role.newly_denied(action, resource):
                    place = {"function": role.function, "event": outcome["event"], "call": index}
                    # Which region and account it is does not matter here.
                    yield {**place, "action": action, "resource": resource.split(":", 5)[-1]}
                    break
