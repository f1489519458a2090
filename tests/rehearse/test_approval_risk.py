"""How many have to approve follows from what the rehearsal showed, and a scenario can only raise it."""

from __future__ import annotations

import itertools

import pytest

from twinstage.model.approval import RISKS
from twinstage.rehearse.approval.risk import assess

CERTIFIED, TRIED = {"certified": True}, {"certified": False}


@pytest.mark.parametrize(
    ("differences", "exploration", "risk"),
    [
        (0, CERTIFIED, "low"),
        (0, TRIED, "medium"),
        (0, None, "medium"),
        (None, CERTIFIED, "medium"),
        (1, CERTIFIED, "high"),
        (7, None, "high"),
    ],
)
def test_the_worst_that_was_shown_is_the_risk(differences: int | None, exploration: object, risk: str) -> None:
    found, reasons = assess(None, differences, exploration)  # type: ignore[arg-type]  # a document, or none

    assert found == risk
    assert reasons


@pytest.mark.parametrize(("declared", "differences"), list(itertools.product(RISKS, [None, 0, 3])))
def test_what_a_scenario_declares_raises_it_and_never_lowers_it(declared: str, differences: int | None) -> None:
    shown, _ = assess(None, differences, CERTIFIED)
    found, reasons = assess(declared, differences, CERTIFIED)

    assert RISKS.index(found) == max(RISKS.index(shown), RISKS.index(declared))
    assert (f"the scenario says {declared}" in reasons) == (RISKS.index(declared) >= RISKS.index(shown))
