"""How risky a change is, by what its rehearsal showed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.model.approval import RISKS

if TYPE_CHECKING:
    from collections.abc import Mapping

LOW, MEDIUM, HIGH = RISKS


def assess(
    declared: str | None, differences: int | None, exploration: Mapping[str, Any] | None
) -> tuple[str, tuple[str, ...]]:
    """The risk of an approved change, and the reasons. What a scenario declares can raise it, and never lower it.

    `differences`: in how many places the candidate ended otherwise than the baseline; None: not compared. `exploration`: `explore.json`.
    """
    found = [_by_end_state(differences), _by_exploration(exploration)]
    if declared is not None:
        found.append((declared, f"the scenario says {declared}"))
    level = max((risk for risk, _ in found), key=RISKS.index)
    return level, tuple(reason for risk, reason in found if risk == level)


def _by_end_state(differences: int | None) -> tuple[str, str]:
    if differences is None:
        return MEDIUM, "the end states of two arms were not compared"
    if differences:
        places = "a declared place" if differences == 1 else f"{differences} declared places"
        return HIGH, f"the candidate ends otherwise than the baseline in {places}"
    return LOW, "the candidate ends as the baseline does"


def _by_exploration(exploration: Mapping[str, Any] | None) -> tuple[str, str]:
    if exploration is None:
        return MEDIUM, "no other order of its calls was tried"
    if exploration.get("certified") is True:
        return LOW, "a certificate says that no order of its calls breaks an invariant"
    return MEDIUM, "other orders of its calls were tried, and there is no certificate"
