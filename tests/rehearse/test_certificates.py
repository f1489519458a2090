"""What certifies a case: its states; or, where they do not fit, a reduced search, which names what it cannot tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.rehearse.racing import I1, I3, RACE, document, explored, finding, flip, inputs, violation
from twinstage.model.validation import schema_violations

if TYPE_CHECKING:
    from pathlib import Path

FIXED = {"FIX": "yes"}
CAPPED = {**RACE, "max_states": 4}
RECOVERS = {**I3, "id": "I5", "kind": "recovers", "at_least": 4}
RECOVERY = {"messages": [flip(4)]}


def certified(
    tmp_path: Path, case: dict[str, Any], *invariants: dict[str, Any], fixed: bool = True, **section: Any
) -> Any:
    scenario = document({"cases": [case], "recorded": False, **section}, invariants=[*(invariants or (I1, I3))])
    found = explored(inputs(tmp_path, scenario, candidate_environment=FIXED if fixed else None), arms=["candidate"])
    assert list(schema_violations("explore", found)) == []
    return found


def test_a_graph_that_fits_is_certified_by_its_states(tmp_path: Path) -> None:
    (case,) = certified(tmp_path, RACE)["cases"]
    assert (case["certified"], case["certificate"], case["reduction"]) == (True, "states", None)


def test_a_graph_that_does_not_fit_is_certified_by_a_reduced_search(tmp_path: Path) -> None:
    found = certified(tmp_path, CAPPED)
    (case,) = found["cases"]
    assert (case["capped"], case["exhausted"], case["certificate"], case["uncovered"]) == (True, False, "reduction", [])
    assert case["reduction"]["complete"]
    assert (found["certified"], found["verdict"]) == (True, "APPROVED")
    assert "executions stand for them" in finding(found, "explored-I3")["message"]


def test_what_breaks_is_found_where_the_graph_does_not_fit(tmp_path: Path) -> None:
    found = certified(tmp_path, CAPPED, fixed=False)
    assert found["verdict"] == "REJECTED"
    assert violation(found, "I3")["confirmed"]


def test_recoverability_is_asked_of_every_state_and_no_reduction_tells_of_it(tmp_path: Path) -> None:
    found = certified(tmp_path, CAPPED, I1, I3, RECOVERS, recovery=RECOVERY)
    (case,) = found["cases"]
    assert (case["certified"], case["certificate"], case["uncovered"]) == (False, "reduction", ["I5"])
    assert found["verdict"] == "INCONCLUSIVE"
    assert "does not reach every state, which I5 is asked of" in finding(found, "explore-complete")["message"]
    told = {each["check"]: each["evidence"] for each in found["findings"] if each["check"].startswith("explored-I")}
    assert {check: evidence["every_schedule"] for check, evidence in told.items()} == {
        "explored-I1": True,
        "explored-I3": True,
        "explored-I5": False,
    }


@pytest.mark.parametrize("case", [{**CAPPED, "perturb": {"crashes": 1}}, {**CAPPED, "certify": False}])
def test_no_reduction_is_made_where_something_may_go_wrong_or_nobody_asks_for_a_certificate(
    tmp_path: Path, case: dict[str, Any]
) -> None:
    (found,) = certified(tmp_path, case)["cases"]
    assert (found["certified"], found["certificate"], found["reduction"]) == (False, None, None)
