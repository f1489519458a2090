"""The snapshot manifest: one form for each state, an id for each snapshot of it."""

from __future__ import annotations

import copy
import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from twinstage.model.canonical import canonical_json
from twinstage.model.errors import InputError
from twinstage.model.manifest import (
    FunctionManifest,
    FunctionVersion,
    HealthCheckManifest,
    Manifest,
    Part,
    TableManifest,
    ZoneManifest,
    manifest_digest,
    new_manifest,
    read_manifest,
)

if TYPE_CHECKING:
    from collections.abc import Callable

CAPTURED = {"at": "2026-01-01T00:00:00Z", "account": "111111111111", "region": "us-east-1"}
SCHEMA = {
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
}
CONFIGURATION = {
    "Runtime": "python3.12",
    "Handler": "index.handler",
    "MemorySize": 128,
    "Timeout": 3,
    "Environment": {"TABLE": "plans"},
}
CODE = Part("d" * 64, 40)
PARTS = (Part("c" * 64, 30, 2, 0), Part("e" * 64, 20, 1, 3))
PLAIN = new_manifest(
    CAPTURED,
    "tests",
    [
        ZoneManifest("Z2", "b.example.", False, 2, Part("b" * 64, 10)),
        ZoneManifest("Z1", "ä.example.", True, 2, Part("a" * 64, 10)),
    ],
    [TableManifest("plans", SCHEMA, 3, PARTS, 2)],
    [FunctionManifest("enactor", CONFIGURATION, CODE)],
)
FULL = new_manifest(
    {
        **CAPTURED,
        "sources": {
            "zones": {"b.example.": {"from": "2026-01-01T00:00:00Z", "to": "2026-01-01T00:00:01Z", "by": "list"}}
        },
    },
    "tests",
    [
        ZoneManifest(
            "Z2",
            "b.example.",
            False,
            2,
            Part("b" * 64, 10),
            "of the team",
            {"team": "dns"},
            ({"VPCId": "vpc-1", "VPCRegion": "us-east-1"},),
        )
    ],
    [TableManifest("plans", SCHEMA, 3, PARTS, 2, {"one_in": 100}, ("owner.email",))],
    [
        FunctionManifest(
            "enactor",
            CONFIGURATION,
            CODE,
            (FunctionVersion("1", CONFIGURATION, Part("f" * 64, 4)),),
            ({"Name": "live", "FunctionVersion": "1"},),
            ("TOKEN",),
        )
    ],
    health_checks=[HealthCheckManifest("hc-1", {"Type": "TCP", "IPAddress": "192.0.2.1", "Port": 53}, {"team": "dns"})],
    masking={"rules": "0" * 64, "key": "1" * 16},
    parent="sha256:" + "9" * 64,
)


def document(manifest: Manifest = PLAIN) -> dict[str, Any]:
    result: dict[str, Any] = json.loads(json.dumps(manifest.document()))
    return result


def problems_of(broken: Any) -> list[tuple[str, str]]:
    with pytest.raises(InputError) as caught:
        read_manifest(broken, "snapshot.json")
    assert {problem.file for problem in caught.value.problems} == {"snapshot.json"}
    return [(problem.pointer, problem.message) for problem in caught.value.problems]


@pytest.mark.parametrize("manifest", [PLAIN, FULL, new_manifest(CAPTURED, "tests", [], [], [])])
def test_what_is_written_is_what_is_read(manifest: Manifest) -> None:
    assert read_manifest(document(manifest)) == manifest


def test_what_is_empty_is_left_out_so_that_each_state_has_one_form() -> None:
    content = document()["content"]
    assert set(content) == {"zones", "health_checks", "tables", "functions"}
    assert set(content["zones"][0]) == {"id", "name", "private", "record_sets", "part"}
    assert set(content["tables"][0]) == {"name", "schema", "items", "part_bits", "parts"}
    assert set(content["functions"][0]) == {"name", "configuration", "code"}


def test_the_id_is_the_sha256_of_the_canonical_bytes_of_the_whole_document() -> None:
    assert f"sha256:{hashlib.sha256(canonical_json(FULL.document())).hexdigest()}" == FULL.id


def test_the_digest_names_the_state_and_the_id_the_snapshot() -> None:
    later = new_manifest(
        {**CAPTURED, "at": "2027-01-01T00:00:00Z"}, "later", PLAIN.zones, PLAIN.tables, PLAIN.functions
    )
    child = replace(PLAIN, parent=PLAIN.id)

    assert later.digest == child.digest == PLAIN.digest == manifest_digest(document()["content"])
    assert len({later.id, child.id, PLAIN.id}) == 3


def test_the_order_of_capture_does_not_matter() -> None:
    again = new_manifest(CAPTURED, "tests", reversed(PLAIN.zones), PLAIN.tables, PLAIN.functions)
    assert (again.digest, [zone.id for zone in again.zones]) == (PLAIN.digest, ["Z1", "Z2"])


def places(value: Any, place: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every leaf of a document, by the steps that lead to it."""
    if isinstance(value, dict) and value:
        return [found for name, member in value.items() for found in places(member, (*place, name))]
    if isinstance(value, list) and value:
        return [found for index, member in enumerate(value) for found in places(member, (*place, index))]
    return [place]


def changed(value: Any) -> Any:
    """Another value of the same kind, as a careful forger would choose it."""
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case str():
            return value[:-1] + ("0" if value[-1:] != "0" else "1")
        case _:
            return [*value, "more"] if isinstance(value, list) else {"more": "x"}


@pytest.mark.parametrize("place", places(document(FULL)["content"]), ids=lambda place: "/".join(map(str, place)))
def test_whatever_is_changed_in_the_content_is_refused(place: tuple[Any, ...]) -> None:
    tampered = document(FULL)
    inside = tampered["content"]
    for step in place[:-1]:
        inside = inside[step]
    inside[place[-1]] = changed(inside[place[-1]])

    assert problems_of(tampered)


def test_parts_that_changed_places_are_refused() -> None:
    swapped = document()
    first, second = swapped["content"]["tables"][0]["parts"]
    first["sha256"], second["sha256"] = second["sha256"], first["sha256"]
    assert [pointer for pointer, _ in problems_of(swapped)] == ["/digest"]


def in_first_table(change: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    told = document()
    change(told["content"]["tables"][0])
    told["digest"] = manifest_digest(told["content"])
    return told


def test_a_tables_parts_are_its_buckets_in_order_and_add_up() -> None:
    assert problems_of(in_first_table(lambda table: table["parts"].reverse())) == [
        ("/content/tables/0/parts", "the parts of plans are not one for each of its 4 buckets, in order")
    ]
    assert problems_of(in_first_table(lambda table: table.update(part_bits=1)))[0][0] == "/content/tables/0/parts"
    assert problems_of(in_first_table(lambda table: table.update(items=4))) == [
        ("/content/tables/0/items", "plans has 4 items, its parts have 3")
    ]


def test_every_violation_of_the_schema_is_told_with_its_pointer() -> None:
    broken = document()
    broken["content"]["zones"][0]["part"]["sha256"] = "short"
    del broken["content"]["functions"][0]["configuration"]["Handler"]
    broken["content"]["tables"][0]["schema"]["BillingMode"] = "FREE"

    assert [pointer for pointer, _ in problems_of(broken)] == [
        "/content/functions/0/configuration",
        "/content/tables/0/schema/BillingMode",
        "/content/zones/0/part/sha256",
    ]


def test_a_manifest_of_another_version_says_so_in_one_sentence() -> None:
    old = document() | {"schema": "twinstage:snapshot:1"}
    assert problems_of(old) == [
        ("/schema", "a manifest of schema twinstage:snapshot:1, made by tests: this version reads twinstage:snapshot:2")
    ]


@pytest.mark.parametrize("nothing", [[], "text", None, {}, {"schema": "twinstage:verdict:1"}])
def test_what_is_no_manifest_is_refused(nothing: Any) -> None:
    assert problems_of(nothing)


@pytest.mark.parametrize(
    ("collection", "key"), [("zones", "id"), ("health_checks", "id"), ("tables", "name"), ("functions", "name")]
)
def test_a_name_used_twice_is_refused(collection: str, key: str) -> None:
    doubled = document(FULL)
    doubled["content"][collection].append(copy.deepcopy(doubled["content"][collection][0]))
    doubled["digest"] = manifest_digest(doubled["content"])

    assert [pointer for pointer, _ in problems_of(doubled)] == [f"/content/{collection}/1/{key}"]


def test_a_default_written_out_is_refused_since_equal_state_has_one_form() -> None:
    told = document()
    told["content"]["functions"][0]["configuration"] |= {"Architectures": ["x86_64"], "EphemeralStorage": {"Size": 512}}
    told["content"]["zones"][0] |= {"comment": "", "tags": {}, "vpcs": []}
    told["digest"] = manifest_digest(told["content"])

    assert [pointer for pointer, _ in problems_of(told)] == [
        "/content/functions/0/configuration/Architectures",
        "/content/functions/0/configuration/EphemeralStorage/Size",
        "/content/zones/0/comment",
        "/content/zones/0/tags",
        "/content/zones/0/vpcs",
    ]


def test_a_function_shows_its_configuration_and_lambdas_defaults() -> None:
    (function,) = PLAIN.functions
    assert (function.runtime, function.handler, function.memory_mb, function.timeout_s) == (
        "python3.12",
        "index.handler",
        128,
        3,
    )
    assert (function.environment, function.architecture, function.storage_mb, function.vpc) == (
        {"TABLE": "plans"},
        "x86_64",
        512,
        {},
    )
    assert [part.sha256[0] for part in FULL.functions[0].packages()] == ["d", "f"]
