"""Whether a plan still fits: the change is the one that was agreed to, and the state is the one that it was planned against."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from twinstage.model.errors import SafetyError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.rehearse.change.plan import Plan

_LEAST_DIGITS: Final = 8
_HINT: Final = "look at what changed with `twinstage plan`, then give the digest that it says"


def require_digest(plan: Plan, expected: str) -> None:
    """Nothing where the plan has this digest, which may be cut short to its first digits. Raises SafetyError where it is another plan."""
    digits = expected.removeprefix("sha256:").lower()
    if len(digits) >= _LEAST_DIGITS and plan.digest.removeprefix("sha256:").startswith(digits):
        return
    details = {"observed": plan.digest, "expected": expected, "against": plan.against, "made_of": dict(plan.made_of)}
    raise SafetyError("PLAN_CHANGED", f"the plan is {plan.digest} now, not {expected}", hint=_HINT, details=details)


def require_state(plan: Mapping[str, Any], state: str) -> None:
    """Nothing where a plan's document is for the state of this digest. Raises SafetyError where the state has moved on."""
    if plan["against"] == state:
        return
    details = {"observed": state, "expected": plan["against"], "plan": plan["digest"]}
    message = f"the plan is for the state {plan['against']}, and production is {state} now"
    raise SafetyError("PLAN_CHANGED", message, hint=_HINT, details=details)
