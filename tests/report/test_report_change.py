"""What a report tells of the change itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.report.files import render
from twinstage.report.run_model import load_run
from twinstage.world.jsons import get_json, put_json

if TYPE_CHECKING:
    from twinstage.world.store import Store

REFUSED = {"outcome": "refused", "error": "InvalidChangeBatch", "message": "it was <b>not</b> found"}


def planned(**more: Any) -> dict[str, Any]:
    entry = {"kind": "record", "subject": "ex.test.", "place": "new.ex.test. A", "action": "add"}
    change = {**entry, "category": "undecided", "reason": "nobody <i>asked</i> before", "forward_only": True}
    guard = {"guard": "share", "observed": "records-1: 2 of 3", "passed": False, "allowed": True}
    return {
        "digest": "sha256:1234",
        "changes": [change],
        "guards": [guard, {**guard, "guard": "ttl", "passed": True}],
        **more,
    }


def applied(store: Store, number: int, event: str, **outcome: Any) -> None:
    call = {"n": 0, "service": "route53", "operation": "ChangeResourceRecordSets", "parameters": {}}
    told = {"event": event, "seq": number - 2, "outcome": "success", "calls": [call], "type": "dns_update"}
    put_json(store, f"apply/candidate/{number:04d}.json", {**told, **outcome})


def with_steps(store: Store) -> None:
    """The run's scenario, with a change of records."""
    scenario = get_json(store, "input/scenario.json")
    step = {"id": "records-1", "kind": "records", "zone": "ex.test.", "changes": []}
    put_json(store, "input/scenario.json", {**scenario, "change": {**scenario.get("change", {}), "steps": [step]}})


def test_the_plan_and_the_steps_are_told_and_nothing_of_them_is_markup(approved: Store) -> None:
    with_steps(approved)
    put_json(approved, "input/plan.json", planned())
    applied(approved, 0, "change-records-1")
    applied(approved, 1, "change-records-2", **REFUSED)

    page, text = (render(load_run(approved))[name].decode() for name in ("report.html", "report.md"))

    for found in (page, text):
        assert "change-records-2" in found
        assert "InvalidChangeBatch" in found
        assert "new.ex.test. A" in found
        assert "records-1: 2 of 3" in found
        assert "<b>not</b>" not in found
        assert "<i>asked</i>" not in found
    assert 'id="change"' in page
    assert "forward only" in page
    assert "sha256:1234" in page


def test_how_far_a_run_came_names_apply_where_the_change_has_steps(approved: Store) -> None:
    with_steps(approved)

    text = render(load_run(approved))["report.md"].decode()

    assert "Apply (candidate) not reached" in text


def test_a_run_that_was_not_planned_and_applied_nothing_has_no_such_section(approved: Store) -> None:
    page, text = (render(load_run(approved))[name].decode() for name in ("report.html", "report.md"))

    assert 'id="change"' not in page
    assert "### The change" not in text
