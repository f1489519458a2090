"""`twinstage replay` over a whole window: zones that come and go, items, failures, pace, invariants, and the snapshot it must come to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.state.memory_zones import change, rr
from tests.state.production_parts import item, production, write_dumps

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Ran

NEW = rr("new.ex.test.", "A", "192.0.2.9")
MADE = rr("a.made.test.", "A", "192.0.2.9")
KEYS = {"pk": {"S": "plan"}, "sk": {"N": "1"}}
PLAN, NEXT = item("plan", "1"), item("plan", "1", generation={"N": "2"})
FAILED = {"outcome": "error", "error": "Throttling"}


def event(second: int, type_: str, expected: dict[str, str] | None = None, **payload: Any) -> dict[str, Any]:
    found = {"id": f"e{second}", "timestamp": f"2026-01-01T00:00:{second:02d}Z", "type": type_, "payload": payload}
    return found | ({"expected": expected} if expected else {})


DAY = [
    event(0, "dns_update", zone="ex.test", changes=[change("CREATE", NEW)]),
    event(1, "zone_create", zone_id="ZMADE", zone="made.test.", private=False),
    event(2, "dns_update", zone_id="ZMADE", changes=[change("CREATE", MADE)]),
    event(3, "item_change", table="plans", keys=KEYS, old_image=PLAN, new_image=NEXT),
    event(4, "dns_update", FAILED, zone="ex.test", changes=[change("DELETE", NEW)]),
    event(5, "zone_create", zone_id="ZGONE", zone="gone.test.", private=True),
    event(6, "zone_delete", zone_id="ZGONE"),
]


@pytest.fixture
def replayed(twinstage: Callable[..., Ran], imported: Ran, tmp_path: Path) -> Callable[..., Ran]:
    """Replays events over the imported snapshot."""

    def run(events: list[dict[str, Any]], *options: object) -> Ran:
        file = tmp_path / "events.jsonl"
        file.write_text("".join(json.dumps(one) + "\n" for one in events))
        return twinstage("replay", "--snapshot", imported.document["snapshot"], "--events", file, *options)

    return run


@pytest.fixture
def afterwards(twinstage: Callable[..., Ran], tmp_path: Path) -> str:
    """The snapshot of what production held when the day was over, captured on its own."""
    from tests.state.memory_zones import alias
    from tests.state.production_parts import zone_id

    records = [rr("a.ex.test.", "A", "192.0.2.1"), alias("www.ex.test.", "A", "a.ex.test.", zone_id("ex.test")), NEW]
    held = production({"ex.test": records, "made.test": [MADE]}, {"plans": [NEXT]})
    write_dumps(tmp_path / "later", held)
    folders = [f"--{kind}={tmp_path / 'later' / kind}" for kind in ("zones", "tables")]
    return str(twinstage("snapshot", "import", *folders, "--json").document["snapshot"])


def test_the_log_comes_to_the_snapshot_that_was_captured_after_it(
    replayed: Callable[..., Ran], afterwards: str
) -> None:
    ran = replayed(DAY, "--expect", afterwards, "--json")
    assert (ran.code, ran.document["evidence"], ran.document["evidence_gaps"]) == (0, "complete", [])
    assert ran.document["expectation"]["equal"] is True
    assert (ran.document["events"], ran.document["applied"]) == (7, 6)
    assert ran.document["not_recurring"] == [{"error": "Throttling", "events": 1}]


@pytest.mark.parametrize(
    ("lost", "place", "kind"),
    [
        (0, ("ex.test.", "new.ex.test. A"), "missing"),
        (3, ("plans", '[{"S":"plan"},{"N":"1"}]'), "changed"),
        (6, ("gone.test.", ""), "unexpected"),
    ],
)
def test_an_event_that_is_missing_from_the_log_is_evidence_that_is_incomplete(
    replayed: Callable[..., Ran], afterwards: str, lost: int, place: tuple[str, str], kind: str
) -> None:
    day = [one for one in DAY if one["id"] != f"e{lost}"]
    ran = replayed(day, "--expect", afterwards, "--json")
    assert (ran.code, ran.document["evidence"]) == (3, "incomplete")
    (difference,) = ran.document["expectation"]["differences"]
    assert (difference.get("zone") or difference["table"], difference["key"], difference["kind"]) == (*place, kind)
    told = replayed(day, "--expect", afterwards)
    assert "evidence incomplete: snapshot and log do not come to" in told.out


def test_what_does_not_come_out_as_recorded_is_told_and_the_evidence_incomplete(replayed: Callable[..., Ran]) -> None:
    stale = event(9, "item_change", table="plans", keys=KEYS, old_image=PLAN, new_image=None)
    judged = event(
        8,
        "dns_update",
        {"outcome": "refused", "error": "InvalidChangeBatch"},
        zone="ex.test",
        changes=[change("DELETE", NEW)],
    )
    document = replayed([*DAY, judged, stale], "--json").document
    assert document["evidence_gaps"] == ["2 events did not come out as production recorded them"]
    assert [(one["event"], one["replayed"]["outcome"]) for one in document["diverging"]] == [
        ("e8", "success"),
        ("e9", "refused"),
    ]
    (entry,) = document["refused"]
    assert (entry["event"], entry["table"], entry["code"]) == ("e9", "plans", "ConditionalCheckFailedException")


def test_the_profile_tells_calls_by_operation_and_resource(replayed: Callable[..., Ran]) -> None:
    profile = replayed(DAY, "--json").document["profile"]
    assert [(row["operation"], row["resource"], row["count"]) for row in profile["calls"]] == [
        ("dynamodb PutItem", "plans", 1),
        ("route53 ChangeResourceRecordSets", "ZEXTEST", 1),
        ("route53 ChangeResourceRecordSets", "ZMADE", 1),
        ("route53 CreateHostedZone", "gone.test.", 1),
        ("route53 CreateHostedZone", "made.test.", 1),
        ("route53 DeleteHostedZone", "ZGONE", 1),
    ]
    assert sum(row["count"] for row in profile["events"]) == len(DAY)


def test_on_virtual_time_a_day_takes_no_time_and_nothing_is_late(replayed: Callable[..., Ran]) -> None:
    far = {
        **DAY[0],
        "id": "far",
        "timestamp": "2026-01-02T00:00:00Z",
        "payload": {"zone": "ex.test", "changes": [change("DELETE", NEW)]},
    }
    document = replayed([*DAY, far], "--pace", "virtual", "--json").document
    assert (document["pace"], document["lateness"]["events"], document["lateness"]["max_ms"]) == ("virtual", 8, 0.0)
    assert document["applied"] == 7


def test_a_replay_that_falls_behind_its_pace_is_invalid_and_not_slow(replayed: Callable[..., Ran]) -> None:
    ran = replayed(DAY, "--pace", "x1000000", "--max-late", "0", "--json")
    assert (ran.code, ran.document["lateness"]["valid"], ran.document["evidence"]) == (3, False, "incomplete")
    assert "the pace was not kept" in ran.document["evidence_gaps"][0]
    kept = replayed(DAY, "--pace", "x1000000", "--max-late", "600", "--json")
    assert (kept.code, kept.document["lateness"]["events"]) == (0, 7)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--pace", "slow"], "'slow' is no pace"),
        (["--pace", "virtual", "--world", "local"], "only the memory world has virtual time"),
        (["--world", "twin"], "--world twin and --run ID go together"),
        (["--run", "r1"], "--world twin and --run ID go together"),
        (["--expect", "sha256:00"], "no snapshot begins with"),
    ],
)
def test_options_that_make_no_sense_are_bad_input(
    replayed: Callable[..., Ran], options: list[str], message: str
) -> None:
    ran = replayed(DAY, *options)
    assert ran.code == 2
    assert message in ran.err


SCENARIO = """
schema: twinstage:scenario:1
name: kept
capture: {zones: [ex.test]}
production: {zones: dumps/zones}
events: {file: events.jsonl}
invariants:
  - {id: I1, title: a name that answers, kind: resolves, names: [a.ex.test]}
"""


def test_invariants_of_a_scenario_are_asked_after_every_change(replayed: Callable[..., Ran], tmp_path: Path) -> None:
    (tmp_path / "scenario.yaml").write_text(SCENARIO)
    kept = replayed(DAY[:1], "--invariants", tmp_path / "scenario.yaml", "--json")
    assert (kept.code, [each["held"] for each in kept.document["invariants"]]) == (0, [True])
    gone = event(1, "dns_update", zone="ex.test", changes=[change("DELETE", one) for one in RECORDS])
    back = event(2, "dns_update", zone="ex.test", changes=[change("CREATE", one) for one in RECORDS])
    broken = replayed([DAY[0], gone, back], "--invariants", tmp_path / "scenario.yaml", "--json")
    assert broken.code == 1
    (invariant,) = broken.document["invariants"]
    assert [(one["event"], one["zone"]) for one in invariant["violations"]] == [("e1", "ex.test.")]
    told = replayed([DAY[0], gone, back], "--invariants", tmp_path / "scenario.yaml")
    assert "I1 broke at e1" in told.out


RECORDS = [
    {
        "Name": "www.ex.test.",
        "Type": "A",
        "AliasTarget": {"HostedZoneId": "ZEXTEST", "DNSName": "a.ex.test.", "EvaluateTargetHealth": False},
    },
    rr("a.ex.test.", "A", "192.0.2.1"),
]
