"""The schemas are the truth for whatever crosses a boundary, so they are held to their own examples."""

from __future__ import annotations

import copy
import re
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from twinstage.model.validation import line_of, pointer, schema, schema_names, schema_problems, schema_violations

EVENT: dict[str, Any] = {
    "id": "e1",
    "timestamp": "2025-10-19T02:14:07.5Z",
    "type": "dns_update",
    "payload": {
        "zone": "ex.test.",
        "changes": [
            {
                "Action": "UPSERT",
                "ResourceRecordSet": {
                    "Name": "a.ex.test.",
                    "Type": "A",
                    "TTL": 60,
                    "ResourceRecords": [{"Value": "192.0.2.1"}],
                    "SetIdentifier": "one",
                    "Weight": 10,
                },
            }
        ],
    },
    "expected": {"outcome": "refused", "error": "InvalidChangeBatch"},
}
SCENARIO: dict[str, Any] = {
    "schema": "twinstage:scenario:1",
    "name": "enactor-update",
    "capture": {"zones": ["ex.test."], "functions": ["enactor"]},
    "change": {"functions": {"enactor": {"code": "candidate", "handler": "app.handler"}}},
    "events": {"file": "events.jsonl"},
    "invariants": [
        {"id": "I1", "kind": "resolves", "names": ["api.ex.test."]},
        {"id": "I2", "kind": "never_decreases", "names": ["api.ex.test."], "generation": "plan-{generation}."},
    ],
    "criteria": {"performance": {"max_calls_ratio": 1.5}},
    "seed": 0,
}
PART = {"sha256": "0" * 64, "size_bytes": 3}
SNAPSHOT: dict[str, Any] = {
    "schema": "twinstage:snapshot:2",
    "digest": "sha256:" + "0" * 64,
    "parent": None,
    "captured": {"at": "2026-01-01T00:00:00Z", "account": "111111111111", "region": "us-east-1"},
    "tool": "twinstage 0.1.0",
    "content": {
        "zones": [{"id": "Z1", "name": "ex.test.", "private": False, "record_sets": 2, "part": PART}],
        "health_checks": [],
        "tables": [],
        "functions": [],
    },
}
VALID = {"event": EVENT, "scenario": SCENARIO, "snapshot": SNAPSHOT}


def without(document: dict[str, Any], *path: Any) -> dict[str, Any]:
    changed = copy.deepcopy(document)
    place: Any = changed
    for step in path[:-1]:
        place = place[step]
    del place[path[-1]]
    return changed


def having(document: dict[str, Any], value: Any, *path: Any) -> dict[str, Any]:
    changed = copy.deepcopy(document)
    place: Any = changed
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return changed


INVALID = [
    ("event", without(EVENT, "id"), ""),
    ("event", having(EVENT, "2025-10-19 02:14:07", "timestamp"), "/timestamp"),
    ("event", having(EVENT, "2025-10-19T02:14:07+02:00", "timestamp"), "/timestamp"),
    ("event", having(EVENT, "reboot", "type"), "/type"),
    ("event", without(EVENT, "payload", "zone"), "/payload"),
    ("event", having(EVENT, [], "payload", "changes"), "/payload/changes"),
    ("event", having(EVENT, "PUT", "payload", "changes", 0, "Action"), "/payload/changes/0/Action"),
    (
        "event",
        having(EVENT, "60", "payload", "changes", 0, "ResourceRecordSet", "TTL"),
        "/payload/changes/0/ResourceRecordSet/TTL",
    ),
    (
        "event",
        having(EVENT, "heavy", "payload", "changes", 0, "ResourceRecordSet", "Weight"),
        "/payload/changes/0/ResourceRecordSet/Weight",
    ),
    (
        "event",
        having(EVENT, 1, "payload", "changes", 0, "ResourceRecordSet", "Colour"),
        "/payload/changes/0/ResourceRecordSet",
    ),
    ("event", having(EVENT, {"function": "f", "event": 1}, "payload"), "/payload"),
    ("event", having(EVENT, "perhaps", "expected", "outcome"), "/expected/outcome"),
    ("scenario", having(SCENARIO, "twinstage:scenario:2", "schema"), "/schema"),
    ("scenario", having(SCENARIO, "Enactor Update", "name"), "/name"),
    ("scenario", having(SCENARIO, {}, "capture"), "/capture"),
    ("scenario", having(SCENARIO, ["a", "a"], "capture", "tables"), "/capture/tables"),
    ("scenario", without(SCENARIO, "invariants", 1, "generation"), "/invariants/1"),
    ("scenario", having(SCENARIO, "plan-{generation}", "invariants", 0, "generation"), "/invariants/0/generation"),
    (
        "scenario",
        having(SCENARIO, "{generation}-{generation}", "invariants", 1, "generation"),
        "/invariants/1/generation",
    ),
    ("scenario", having(SCENARIO, [], "invariants", 0, "names"), "/invariants/0/names"),
    (
        "scenario",
        having(SCENARIO, 0, "criteria", "performance", "max_calls_ratio"),
        "/criteria/performance/max_calls_ratio",
    ),
    ("scenario", having(SCENARIO, {"speed": 1}, "criteria", "safety"), "/criteria/safety"),
    ("scenario", having(SCENARIO, -1, "seed"), "/seed"),
    ("snapshot", having(SNAPSHOT, "sha256:abc", "digest"), "/digest"),
    ("snapshot", having(SNAPSHOT, "/hostedzone/Z1", "content", "zones", 0, "id"), "/content/zones/0/id"),
    ("snapshot", having(SNAPSHOT, -1, "content", "zones", 0, "part", "size_bytes"), "/content/zones/0/part/size_bytes"),
]


@pytest.mark.parametrize("name", schema_names())
def test_every_schema_is_a_schema_with_a_versioned_id_that_its_name_leads_to(name: str) -> None:
    Draft202012Validator.check_schema(schema(name))
    assert re.fullmatch(rf"twinstage:{name}:[1-9][0-9]*", schema(name)["$id"])
    assert schema(name)["$schema"] == Draft202012Validator.META_SCHEMA["$id"]


@pytest.mark.parametrize("name", VALID)
def test_a_document_of_the_form_has_no_violation(name: str) -> None:
    assert schema_violations(name, VALID[name]) == []


@pytest.mark.parametrize(("name", "document", "place"), INVALID)
def test_a_violation_names_its_place(name: str, document: dict[str, Any], place: str) -> None:
    assert {found for found, _ in schema_violations(name, document)} == {place}


def test_every_violation_is_told_at_once() -> None:
    wrong = having(having(without(SCENARIO, "events"), -1, "seed"), "?", "invariants", 0, "kind")
    assert [place for place, _ in schema_violations("scenario", wrong)] == ["", "/invariants/0/kind", "/seed"]


def test_a_long_message_is_cut() -> None:
    ((_, message),) = schema_violations("scenario", having(SCENARIO, "x" * 5000, "title"))
    assert len(message) == 201
    assert message.endswith("…")


def test_a_problem_has_the_line_of_the_nearest_place_that_is_known() -> None:
    lines = {"": 1, "/capture": 4, "/capture/zones": 5}
    assert line_of(lines, "/capture/zones/7/name") == 5
    assert line_of(lines, "/capture/tables") == 4
    assert line_of(lines, "/seed") == 1
    assert line_of({}, "/seed") == 0
    (problem,) = schema_problems("scenario", having(SCENARIO, -1, "seed"), "s.yaml", {"/seed": 9})
    assert (problem.file, problem.line, problem.pointer) == ("s.yaml", 9, "/seed")
    assert "twinstage schema scenario" in problem.hint


def test_a_pointer_escapes_what_has_a_meaning_in_it() -> None:
    assert pointer(["a/b", "c~d", 0]) == "/a~1b/c~0d/0"
    assert pointer([]) == ""
