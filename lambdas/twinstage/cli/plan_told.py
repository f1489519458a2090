"""A plan as people read it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from twinstage.cli.console import Console
    from twinstage.rehearse.change.plan import Guard, Plan, PlannedChange

_SIGNS: Final = {"add": "+", "change": "~", "remove": "-"}


def tell_plan(console: Console, plan: Plan) -> None:
    """Every change with its category and reason, every guard with what it saw, and the digest."""
    for change in plan.changes:
        _say(console, _change(change))
    if not plan.changes:
        _say(console, "nothing changes")
    for guard in plan.guards:
        _say(console, _guard(guard))
    if plan.announced:
        _say(console, "what breaks is announced by a higher major version")
    _say(console, f"plan {plan.digest}")
    _say(console, f"  of {plan.subject}, against {plan.against}")


def _change(change: PlannedChange) -> str:
    where = f" {change.place}" if change.place else ""
    marks = ", forward-only" if change.forward_only else ""
    marks += f", in caches for {change.rollback_s} s after a rollback" if change.rollback_s else ""
    return f"{_SIGNS[change.action]} {change.category:12} {change.kind} {change.subject}{where}: {change.reason}{marks}"


def _guard(guard: Guard) -> str:
    if guard.passed:
        return f"  passes   {guard.id}: {guard.observed}"
    if guard.allowed:
        return f"  allowed  {guard.id}: {guard.observed}; limit: {guard.limit}"
    return f"  REFUSES  {guard.id}: {guard.observed}; limit: {guard.limit}; way out: {guard.way_out}"


def _say(console: Console, text: str) -> None:
    """A line in which names of other people's are nothing but text to a terminal."""
    console.say("".join(c if c.isprintable() else f"\\u{{{ord(c):x}}}" for c in text))
