"""The snapshot manifest."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from twinstage.model.errors import InputError
from twinstage.model.manifest import (
    FunctionManifest,
    Manifest,
    Part,
    TableManifest,
    ZoneManifest,
    manifest_digest,
    new_manifest,
    read_manifest,
)

CAPTURED = {"at": "2026-01-01T00:00:00Z", "account": "111111111111", "region": "us-east-1"}
SCHEMA = {
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
}


def manifest() -> Manifest:
    return new_manifest(
        CAPTURED,
        "tests",
        [
            ZoneManifest("Z2", "b.example.", False, 2, Part("b" * 64, 10)),
            ZoneManifest("Z1", "ä.example.", True, 2, Part("a" * 64, 10)),
        ],
        [TableManifest("plans", SCHEMA, 3, (Part("c" * 64, 30, 3),))],
        [FunctionManifest("enactor", "python3.12", "index.handler", 128, 3, Part("d" * 64, 40), {"TABLE": "plans"})],
    )


def document() -> dict[str, Any]:
    result: dict[str, Any] = json.loads(json.dumps(manifest().document()))
    return result


def test_what_is_written_is_what_is_read() -> None:
    assert read_manifest(document()) == manifest()


def test_the_digest_covers_the_content_and_not_when_or_by_what_it_was_captured() -> None:
    again = new_manifest(
        {**CAPTURED, "at": "2027-01-01T00:00:00Z"}, "later", manifest().zones, manifest().tables, manifest().functions
    )

    assert again.digest == manifest().digest == manifest_digest(document()["content"])


def test_the_order_of_capture_does_not_matter() -> None:
    assert [zone.id for zone in manifest().zones] == ["Z1", "Z2"]


def test_a_changed_content_is_refused() -> None:
    tampered = document()
    tampered["content"]["zones"][0]["record_sets"] = 3

    with pytest.raises(InputError) as caught:
        read_manifest(tampered, "snapshot.json")

    assert [(p.file, p.pointer) for p in caught.value.problems] == [("snapshot.json", "/digest")]


def test_every_violation_of_the_schema_is_told_with_its_pointer() -> None:
    broken = document()
    broken["content"]["zones"][0]["part"]["sha256"] = "short"
    del broken["content"]["functions"][0]["configuration"]["Handler"]
    broken["content"]["tables"][0]["schema"]["BillingMode"] = "FREE"

    with pytest.raises(InputError) as caught:
        read_manifest(broken)

    assert [problem.pointer for problem in caught.value.problems] == [
        "/content/functions/0/configuration",
        "/content/tables/0/schema/BillingMode",
        "/content/zones/0/part/sha256",
    ]


@pytest.mark.parametrize(("collection", "key"), [("zones", "id"), ("tables", "name"), ("functions", "name")])
def test_a_name_used_twice_is_refused(collection: str, key: str) -> None:
    doubled = document()
    doubled["content"][collection].append(copy.deepcopy(doubled["content"][collection][0]))
    doubled["digest"] = manifest_digest(doubled["content"])

    with pytest.raises(InputError) as caught:
        read_manifest(doubled)

    last = len(doubled["content"][collection]) - 1
    assert [problem.pointer for problem in caught.value.problems] == [f"/content/{collection}/{last}/{key}"]


def test_a_default_written_out_is_refused_since_equal_state_has_one_form() -> None:
    told = document()
    told["content"]["functions"][0]["configuration"] |= {"Architectures": ["x86_64"], "EphemeralStorage": {"Size": 512}}
    told["digest"] = manifest_digest(told["content"])

    with pytest.raises(InputError) as caught:
        read_manifest(told)

    assert [problem.pointer for problem in caught.value.problems] == [
        "/content/functions/0/configuration/Architectures",
        "/content/functions/0/configuration/EphemeralStorage/Size",
    ]
