"""Fixes that work and fixes that do not: two enactors, a planner that emits three plans, two generations kept, one endpoint.

I1: a name answers nothing. I3: a stale plan overwrites a newer one. I5: the wedge, which one more plan and a fresh enactor do not mend. I4
(the rollback target exists) fails even without any concurrency where the cleaner does not spare it, so it is not part of the table.
"""

from __future__ import annotations

from typing import Any

import pytest

from twinstage.world.contained import run_contained

OUTAGE = {"I1", "I3", "I5"}
# In CI one fix that works, one that does not, and one whose lock expires: tests/scenarios/test_enactor_fixes.py has the whole table by the scenario's own handlers.
long = pytest.mark.long


def broken(plans: list[list[int | None]], **document: Any) -> set[str]:
    found = run_contained("tests.explore.golden:figures", {"plans": plans, **document})
    assert not found["truncated"]
    assert found["unanswered"] == []
    return set(found["first"]) & OUTAGE


@pytest.mark.parametrize(
    ("variant", "ids"),
    [
        pytest.param("", OUTAGE, id="as shipped", marks=long),
        pytest.param("recheck", set(), id="re-check after the lock, with the preamble in the flip batch", marks=long),
        pytest.param("recheck nolock", OUTAGE, id="re-check without a lock", marks=long),
        pytest.param("guard", OUTAGE, id="cleaner skips the active tree: read, then delete", marks=long),
        pytest.param("guard locked", {"I3"}, id="the same guard under the zone lock"),
        pytest.param("cas", set(), id="compare-and-set on a generation record inside the flip batch"),
        pytest.param("casdel", {"I3"}, id="conditional delete inside one batch", marks=long),
        pytest.param(
            "nolock cas casdel", set(), id="compare-and-set flip and conditional delete, no lock at all", marks=long
        ),
        pytest.param("tolerate", {"I1", "I3"}, id="tolerate a missing rollback target only", marks=long),
    ],
)
def test_every_schedule_of_a_fix(variant: str, ids: set[str]) -> None:
    assert broken([[None], [None]], race={"planner": 3, "variant": variant}) == ids


@pytest.mark.long  # 179,307 states
def test_the_guard_under_a_lock_that_may_expire_does_not_keep_the_active_tree() -> None:
    race = {"planner": 3, "variant": "guard locked lapse", "expiries": 1}
    assert broken([[None], [None]], race=race) == OUTAGE


@pytest.mark.parametrize(
    ("variant", "ids"),
    [
        pytest.param("guard locked lapse", OUTAGE, id="guard under the lock, delete not fenced", marks=long),
        pytest.param("guard locked lapse fence", {"I3"}, id="guard under the lock, delete fenced by the lock"),
        pytest.param("recheck lapse", set(), id="re-check, flip fenced by the lock", marks=long),
        pytest.param("cas casdel lapse", set(), id="compare-and-set flip and conditional delete", marks=long),
    ],
)
def test_every_schedule_of_a_fix_whose_lock_expires_and_is_taken_over(variant: str, ids: set[str]) -> None:
    assert broken([[11], [13]], race={"variant": variant, "expiries": 1}) == ids
