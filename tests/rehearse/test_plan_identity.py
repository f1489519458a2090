"""A plan is known by its digest: the same for the same change of the same state, another for another byte of either."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twinstage.model.errors import InputError, SafetyError
from twinstage.model.validation import schema_violations
from twinstage.rehearse.change.fit import require_digest, require_state
from twinstage.rehearse.change.functions import FunctionCode, function_changes
from twinstage.rehearse.change.plan import Guard, Plan, plan_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

STATE = "sha256:" + "0" * 64
OTHER_STATE = "sha256:" + "1" * 64
GUARD = Guard("share", "40 %", "30 %", False, "split it, or --allow share")
FINAL = Guard("accepted", "refused", "the service's rules", False, "mend it", final=True)
files = st.dictionaries(st.sampled_from(["a.py", "b.py", "c.txt", "d.bin"]), st.binary(max_size=20), max_size=4)


def planned(before: Mapping[str, bytes], after: Mapping[str, bytes], against: str = STATE) -> Plan:
    old, new = (FunctionCode("a.handle", "python3.12", held) for held in (before, after))
    return plan_of(
        "app", against=against, made_of={"function/app": new.digest}, changes=function_changes("app", old, new)
    )


def held_to(*guards: Guard, allow: Collection[str] = ()) -> Plan:
    return plan_of("zone", against=STATE, made_of={}, changes=(), guards=guards, allow=allow)


@given(files)
def test_a_plan_of_nothing_is_empty(held: dict[str, bytes]) -> None:
    plan = planned(held, dict(held))
    assert (plan.changes, plan.breaking, plan.refusing) == ((), False, ())


@given(files, files, st.randoms(use_true_random=False))
def test_the_order_of_files_does_not_matter(old: dict[str, bytes], new: dict[str, bytes], random: object) -> None:
    shuffled = list(new.items())
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis gives a random.Random
    plan = planned(old, new)
    assert planned(dict(reversed(old.items())), dict(shuffled)).document() == plan.document()
    assert schema_violations("plan", plan.document()) == []


@given(files.filter(bool), st.data())
def test_another_byte_is_another_plan(new: dict[str, bytes], data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(new)))
    altered = {**new, name: new[name] + b"\n"}
    assert planned({}, altered).digest != planned({}, new).digest
    # Comments alone break nothing, and are another plan all the same.
    assert planned(new, altered).digest != planned(new, new).digest


def test_another_state_is_another_plan() -> None:
    assert planned({}, {}, OTHER_STATE).digest != planned({}, {}).digest


def test_a_guard_that_is_let_through_is_in_the_plan() -> None:
    refused, allowed = held_to(GUARD), held_to(GUARD, allow=["share"])
    assert (refused.refusing, allowed.refusing) == ((GUARD,), ())
    assert refused.digest != allowed.digest
    [told] = allowed.document()["guards"]
    assert (told["passed"], told["allowed"]) == (False, True)


def test_letting_a_guard_through_that_passes_changes_nothing() -> None:
    passing = replace(GUARD, passed=True)
    assert held_to(passing, allow=["share"]).digest == held_to(passing).digest


def test_what_there_is_no_guard_of_or_nobody_can_allow_is_told_at_once() -> None:
    with pytest.raises(InputError) as raised:
        held_to(GUARD, FINAL, allow=["accepted", "luck"])
    assert [problem.message for problem in raised.value.problems] == [
        "the guard accepted cannot be let through",
        "this plan has no guard luck",
    ]
    assert raised.value.problems[1].hint == "its guards that may be let through: share"


def test_the_digest_that_was_agreed_to_fits_whole_or_cut_short_and_no_other_does() -> None:
    plan = planned({}, {"a.py": b"x = 1\n"})
    for fitting in (plan.digest, plan.digest.removeprefix("sha256:"), plan.digest[:15], plan.digest[7:15].upper()):
        require_digest(plan, fitting)
    for other in ("", "sha256:", plan.digest[7:14], planned({}, {}).digest):
        with pytest.raises(SafetyError) as raised:
            require_digest(plan, other)
        assert (raised.value.code, raised.value.exit_code) == ("PLAN_CHANGED", 4)
        assert raised.value.details["observed"] == plan.digest


def test_a_plan_does_not_fit_a_state_that_has_moved_on() -> None:
    document = planned({}, {}).document()
    require_state(document, STATE)
    with pytest.raises(SafetyError, match=f"production is {OTHER_STATE} now"):
        require_state(document, OTHER_STATE)
