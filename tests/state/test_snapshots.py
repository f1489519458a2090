"""Snapshots: what was captured comes back, equal state has an equal digest, and nothing damaged is ever used."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.state.memory_zones import MemoryZones, alias, rr
from tests.state.production_parts import (
    CAPTURED,
    CODE,
    CONFIGURATION,
    MemoryFunctions,
    MemoryTables,
    everything,
    item,
    production,
    write_dumps,
    write_json,
    zone_id,
)
from twinstage.model.archive import zip_directory, zip_files
from twinstage.model.errors import InputError
from twinstage.model.manifest import new_manifest, read_manifest
from twinstage.model.record_set import ordered
from twinstage.state import capture as capture_module
from twinstage.state.capture import Production, Selection, capture
from twinstage.state.comparable import comparable_snapshot, differences
from twinstage.state.snapshot import (
    OBJECTS,
    get_bytes,
    get_items,
    get_manifest,
    get_record_sets,
    manifest_key,
    parts_of,
    put_items,
    put_manifest,
    verify,
)
from twinstage.world.api_forms import code_sha256
from twinstage.world.dumps import FunctionDumps, NoZones, TableDumps, ZoneDumps
from twinstage.world.store import DirectoryStore

if TYPE_CHECKING:
    from pathlib import Path

    from twinstage.model.manifest import Manifest

RECORDS = [
    rr("a.ex.test.", "A", "192.0.2.2", "192.0.2.1"),
    rr("*.ex.test.", "TXT", '"x"'),
    alias("www.ex.test.", "A", "a.ex.test.", zone_id("ex.test")),
    rr("w.ex.test.", "A", "192.0.2.9", SetIdentifier="blue", Weight=0),
]
ITEMS = [
    item("plan", "2", tags={"SS": ["b", "a"]}),
    item("plan", "10", code={"B": "AAEC"}),
    item("lock", "1", n={"N": "1.50"}),
]


def source() -> Production:
    return production({"ex.test": RECORDS, "other.test": []}, {"plans": ITEMS, "empty": []}, {"enactor": CODE})


def snapshot_of(given_source: Production, store: DirectoryStore, **captured: str) -> Manifest:
    return capture(given_source, everything(given_source), store, captured={**CAPTURED, **captured}, tool="tests")


@pytest.fixture
def store(tmp_path: Path) -> DirectoryStore:
    return DirectoryStore(tmp_path / "store")


@pytest.fixture
def snapshot(store: DirectoryStore) -> Manifest:
    return snapshot_of(source(), store)


def test_everything_that_was_captured_comes_back(store: DirectoryStore, snapshot: Manifest) -> None:
    found = get_manifest(store, snapshot.digest)
    assert found == snapshot
    ex, other = found.zones
    assert (ex.id, ex.name, ex.private, ex.record_sets) == (zone_id("ex.test"), "ex.test.", False, 6)
    assert get_record_sets(store, ex.part) == list(source().zones.record_sets(ex.id))
    assert other.record_sets == 2
    empty, plans = found.tables
    assert (empty.items, empty.parts) == (0, ())
    assert plans.items == 3
    assert list(get_items(store, plans.parts[0])) == [
        {"n": {"N": "1.5"}, "pk": {"S": "lock"}, "sk": {"N": "1"}},
        {"code": {"B": "AAEC"}, "pk": {"S": "plan"}, "sk": {"N": "10"}},
        {"pk": {"S": "plan"}, "sk": {"N": "2"}, "tags": {"SS": ["a", "b"]}},
    ]
    (function,) = found.functions
    assert get_bytes(store, function.code) == CODE
    assert (function.runtime, function.environment) == ("python3.12", {"PLAN_TABLE": "plans"})
    verify(store, found)


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.randoms(use_true_random=False))
def test_equal_state_has_an_equal_digest_in_whatever_order_it_is_read(tmp_path: Path, order: Any) -> None:
    records = [
        r | {"ResourceRecords": order.sample(r["ResourceRecords"], len(r["ResourceRecords"]))}
        if "ResourceRecords" in r
        else r
        for r in RECORDS
    ]
    zones = [("ex.test", order.sample(records, len(records))), ("other.test", [])]
    tables = [("plans", order.sample(ITEMS, len(ITEMS))), ("empty", [])]
    shuffled = production(dict(order.sample(zones, 2)), dict(order.sample(tables, 2)), {"enactor": CODE})
    store = DirectoryStore(tmp_path / "store")
    assert snapshot_of(shuffled, store, at="2027-02-02T02:02:02Z").digest == snapshot_of(source(), store).digest


@pytest.mark.parametrize(
    "other",
    [
        production({"ex.test": RECORDS[1:], "other.test": []}, {"plans": ITEMS, "empty": []}, {"enactor": CODE}),
        production({"ex.test": RECORDS, "other.test": []}, {"plans": ITEMS[1:], "empty": []}, {"enactor": CODE}),
        production({"ex.test": RECORDS, "other.test": []}, {"plans": ITEMS, "empty": []}, {"enactor": CODE + b"."}),
        production({"ex.test": RECORDS}, {"plans": ITEMS, "empty": []}, {"enactor": CODE}),
    ],
)
def test_other_state_has_another_digest(store: DirectoryStore, snapshot: Manifest, other: Production) -> None:
    assert snapshot_of(other, store).digest != snapshot.digest


def test_items_are_stored_some_thousands_a_part(store: DirectoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capture_module, "ITEMS_A_PART", 2)
    (table,) = snapshot_of(production({}, {"plans": ITEMS}), store).tables
    assert [part.items for part in table.parts] == [2, 1]
    assert [i["pk"]["S"] for part in table.parts for i in get_items(store, part)] == ["lock", "plan", "plan"]


def test_equal_parts_are_stored_once(store: DirectoryStore, snapshot: Manifest) -> None:
    before = set(store.list(""))
    snapshot_of(source(), store)
    assert set(store.list("")) == before
    assert len(list(store.list(OBJECTS))) == len({part.sha256 for part in parts_of(snapshot)})


def damaged(store: DirectoryStore, manifest: Manifest) -> list[str]:
    """The parts that verification names."""
    with pytest.raises(InputError) as caught:
        verify(store, manifest)
    return [problem.file for problem in caught.value.problems]


@pytest.mark.parametrize("index", range(4))
@pytest.mark.parametrize("where", [0, -1, 20])
def test_a_flipped_byte_is_refused_with_the_part_named(
    store: DirectoryStore, snapshot: Manifest, index: int, where: int
) -> None:
    part = parts_of(snapshot)[index]
    content = bytearray(store.get(OBJECTS + part.sha256))
    content[where] ^= 1
    store.put(OBJECTS + part.sha256, bytes(content))
    assert damaged(store, snapshot) == [OBJECTS + part.sha256]


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(length=st.integers(0, 10_000))
def test_items_that_were_cut_off_anywhere_are_refused(tmp_path: Path, length: int) -> None:
    store = DirectoryStore(tmp_path / "store")
    part = put_items(store, ITEMS)
    whole = store.get(OBJECTS + part.sha256)
    store.put(OBJECTS + part.sha256, whole[: length % len(whole)])
    try:
        with pytest.raises(InputError, match=part.sha256):
            get_bytes(store, part)
    finally:
        store.put(OBJECTS + part.sha256, whole)


def test_parts_that_changed_places_are_both_named(store: DirectoryStore, snapshot: Manifest) -> None:
    a, b = (OBJECTS + zone.part.sha256 for zone in snapshot.zones)
    content = store.get(a), store.get(b)
    store.put(b, content[0])
    store.put(a, content[1])
    assert sorted(damaged(store, snapshot)) == sorted([a, b])


def test_a_part_that_is_not_there_is_named(store: DirectoryStore, snapshot: Manifest) -> None:
    part = snapshot.tables[1].parts[0]
    store.delete(OBJECTS + part.sha256)
    assert damaged(store, snapshot) == [OBJECTS + part.sha256]


@pytest.mark.parametrize(
    ("edit", "place"),
    [
        (lambda d: d["content"]["zones"][0].update(private=True), "/digest"),
        (lambda d: d["content"]["tables"][1].update(items=4), "/digest"),
        (lambda d: d["content"]["functions"][0]["configuration"]["Environment"].update(X="1"), "/digest"),
        (lambda d: d["content"]["zones"].append(d["content"]["zones"][0]), "/content/zones/2/id"),
        (lambda d: d["content"].pop("tables"), "/content"),
        (lambda d: d.update(digest="sha256:" + "0" * 64), "/digest"),
    ],
)
def test_an_edited_manifest_is_refused(store: DirectoryStore, snapshot: Manifest, edit: Any, place: str) -> None:
    key = manifest_key(snapshot.digest)
    document = json.loads(store.get(key))
    edit(document)
    store.put(key, json.dumps(document).encode())
    with pytest.raises(InputError) as caught:
        get_manifest(store, snapshot.digest)
    assert (key, place) in {(problem.file, problem.pointer) for problem in caught.value.problems}


def test_a_manifest_that_is_another_snapshots_is_refused(store: DirectoryStore, snapshot: Manifest) -> None:
    other = new_manifest(CAPTURED, "tests", [], [], [])
    put_manifest(store, other)
    store.put(manifest_key(snapshot.digest), store.get(manifest_key(other.digest)))
    with pytest.raises(InputError, match="a manifest is stored under its own digest"):
        get_manifest(store, snapshot.digest)


@pytest.mark.parametrize(
    ("content", "line"), [(b'{"schema":\n nonsense}', 2), (b"", 1), (b"\xff\xfe\x00", 0), (b"[]", 0)]
)
def test_a_manifest_that_is_no_manifest_is_refused(
    store: DirectoryStore, snapshot: Manifest, content: bytes, line: int
) -> None:
    store.put(manifest_key(snapshot.digest), content)
    with pytest.raises(InputError) as caught:
        get_manifest(store, snapshot.digest)
    assert caught.value.problems[0].line == line


def test_a_snapshot_that_is_not_there_is_refused_with_those_that_are(store: DirectoryStore, snapshot: Manifest) -> None:
    with pytest.raises(InputError, match=f"there are: {snapshot.digest}"):
        get_manifest(store, "sha256:" + "1" * 64)
    with pytest.raises(InputError, match="there are: none"):
        get_manifest(DirectoryStore(store.root / "elsewhere"), snapshot.digest)


def test_dumps_of_the_api_give_the_snapshot_that_a_capture_gives(
    tmp_path: Path, store: DirectoryStore, snapshot: Manifest
) -> None:
    write_dumps(tmp_path, source())
    dumps = Production(
        ZoneDumps(tmp_path / "zones"),
        TableDumps(tmp_path / "tables"),
        FunctionDumps(tmp_path / "functions", zip_directory),
    )
    selection = Selection(("ex.test.", "other.test."), ("empty", "plans"), ("enactor",))
    assert capture(dumps, selection, store, captured=CAPTURED, tool="tests").digest == snapshot.digest


def test_zones_that_are_not_there_or_there_twice_are_all_named(store: DirectoryStore) -> None:
    zones = source().zones
    assert isinstance(zones, MemoryZones)
    twice = MemoryZones(*zones.held.values())
    twice.held["ZAGAIN"] = twice.held[zone_id("ex.test")].__class__(
        **{**vars(twice.held[zone_id("ex.test")]), "id": "ZAGAIN"}
    )
    with pytest.raises(InputError) as caught:
        capture(
            Production(twice, MemoryTables(), MemoryFunctions()),
            Selection(("ex.test.", "no.test.", "other.test.")),
            store,
            captured=CAPTURED,
            tool="t",
        )
    assert [problem.message for problem in caught.value.problems] == [
        "ex.test.: 2 hosted zones have this name",
        "no.test.: 0 hosted zones have this name",
    ]
    assert list(store.list("")) == []


def test_what_a_snapshot_cannot_hold_is_refused_at_capture(store: DirectoryStore) -> None:
    node = MemoryFunctions({"web": CODE})
    node.configured |= {"Runtime": "nodejs22.x"}
    with pytest.raises(InputError, match=r"nodejs22\.x"):
        capture(
            Production(NoZones(), MemoryTables(), node), Selection((), (), ("web",)), store, captured=CAPTURED, tool="t"
        )
    tables = MemoryTables({"plans": ITEMS})
    with pytest.raises(InputError, match="'plans' appears twice"):
        capture(
            Production(NoZones(), tables, node), Selection((), ("plans", "plans")), store, captured=CAPTURED, tool="t"
        )


def test_there_is_no_zone_where_there_are_none() -> None:
    assert list(NoZones().zones()) == []
    with pytest.raises(LookupError):
        NoZones().record_sets("Z1")


@pytest.mark.parametrize(
    ("name", "document", "line", "place"),
    [
        ("zones/hosted-zones.json", {"Zones": []}, 1, "/HostedZones"),
        ("zones/hosted-zones.json", {"HostedZones": [{"Name": "ex.test."}]}, 1, "/HostedZones/0"),
        ("zones/hosted-zones.json", {"HostedZones": [{"Name": "gone.test.", "Id": "Z9"}]}, 0, "/HostedZones/0"),
        ("zones/ex.test.json", {"ResourceRecordSets": [{"Name": "a.ex.test."}]}, 1, "/ResourceRecordSets/0"),
        ("zones/ex.test.json", {"ResourceRecordSets": ["a"]}, 1, "/ResourceRecordSets/0"),
        ("tables/plans.json", {"Items": []}, 1, "/Table"),
        ("tables/plans.json", [], 1, "/Table"),
        ("tables/plans.json", {"Table": {"AttributeDefinitions": [], "KeySchema": []}}, 1, "/Items"),
        ("functions/enactor.json", {"FunctionName": "enactor"}, 1, ""),
    ],
)
def test_a_dump_that_is_not_the_apis_answer_is_refused_with_its_place(
    tmp_path: Path, store: DirectoryStore, name: str, document: Any, line: int, place: str
) -> None:
    write_dumps(tmp_path, source())
    write_json(tmp_path / name, document)
    with pytest.raises(InputError) as caught:
        capture(
            Production(
                ZoneDumps(tmp_path / "zones"),
                TableDumps(tmp_path / "tables"),
                FunctionDumps(tmp_path / "functions", zip_directory),
            ),
            Selection(("ex.test.",), ("plans",), ("enactor",)),
            store,
            captured=CAPTURED,
            tool="tests",
        )
    (problem,) = caught.value.problems
    assert (problem.file, problem.line, problem.pointer) == (str(tmp_path / name), line, place)


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        (b'{\n"HostedZones": [,]}', 2, "not JSON"),
        (b'{"HostedZones": [NaN]}', 0, "NaN is not a JSON number"),
        (b"\xff", 0, "not JSON"),
    ],
)
def test_a_dump_that_is_not_json_is_refused_with_its_line(
    tmp_path: Path, content: bytes, line: int, message: str
) -> None:
    (tmp_path / "hosted-zones.json").write_bytes(content)
    with pytest.raises(InputError, match=message) as caught:
        ZoneDumps(tmp_path)
    assert caught.value.problems[0].line == line


def test_a_missing_dump_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        ZoneDumps(tmp_path)


def test_a_functions_code_is_a_zip_or_a_folder_beside_its_configuration(tmp_path: Path) -> None:
    write_dumps(tmp_path, source())
    dumps = FunctionDumps(tmp_path / "functions", zip_directory)
    (tmp_path / "functions/enactor.zip").unlink()
    with pytest.raises(InputError, match=r"put enactor\.zip or the folder enactor/ there"):
        dumps.definition("enactor")
    (tmp_path / "functions/enactor").mkdir()
    (tmp_path / "functions/enactor/app.py").write_bytes(b"1")
    assert dumps.definition("enactor").code == zip_files({"app.py": b"1"})


@pytest.mark.parametrize(
    ("told", "pointer", "message"),
    [
        ({"PackageType": "Image"}, "/PackageType", "only zip packages can be cloned"),
        (
            {"Environment": {"Error": {"ErrorCode": "AccessDeniedException", "Message": "kms:Decrypt"}}},
            "/Environment/Error",
            "would not show the environment of enactor: AccessDeniedException: kms:Decrypt",
        ),
        (
            {"Layers": [{"Arn": "arn:aws:lambda:us-east-1:1:layer:numbers:3", "CodeSize": 1}]},
            "/Layers",
            "enactor uses layers, which are not captured: arn:aws:lambda:us-east-1:1:layer:numbers:3",
        ),
        ({"FileSystemConfigs": [{"Arn": "a"}]}, "/FileSystemConfigs", "enactor mounts a file system"),
        ({"CodeSha256": "AAAA"}, "/CodeSha256", "not AAAA"),
    ],
)
def test_a_function_whose_clone_would_be_another_is_refused_with_the_reason(
    tmp_path: Path, told: dict[str, Any], pointer: str, message: str
) -> None:
    write_dumps(tmp_path, source())
    file = tmp_path / "functions/enactor.json"
    document = {**json.loads(file.read_text()), **told}
    if "PackageType" in told:
        del document["Runtime"], document["Handler"]
    write_json(file, document)

    with pytest.raises(InputError) as caught:
        FunctionDumps(tmp_path / "functions", zip_directory).definition("enactor")

    (problem,) = caught.value.problems
    assert (problem.file, problem.pointer) == (str(file), pointer)
    assert message in problem.message


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ({"Architectures": ["x86_64"], "EphemeralStorage": {"Size": 512}, "Layers": []}, {}),
        ({"VpcConfig": {"SubnetIds": [], "SecurityGroupIds": [], "VpcId": ""}}, {}),
        ({"Architectures": ["arm64"]}, {"Architectures": ["arm64"]}),
        ({"EphemeralStorage": {"Size": 1024}}, {"EphemeralStorage": {"Size": 1024}}),
        (
            {"VpcConfig": {"SubnetIds": ["s-2", "s-1"], "SecurityGroupIds": ["g"], "VpcId": "vpc-1"}},
            {"VpcConfig": {"SubnetIds": ["s-1", "s-2"], "SecurityGroupIds": ["g"]}},
        ),
    ],
)
def test_a_snapshot_has_one_form_of_a_function_whether_defaults_are_told_or_not(
    tmp_path: Path, store: DirectoryStore, told: dict[str, Any], kept: dict[str, Any]
) -> None:
    write_dumps(tmp_path, source())
    file = tmp_path / "functions/enactor.json"
    write_json(file, {**json.loads(file.read_text()), **told})
    dumps = FunctionDumps(tmp_path / "functions", zip_directory)

    manifest = capture(
        Production(NoZones(), TableDumps(None), dumps),
        Selection(functions=("enactor",)),
        store,
        captured=CAPTURED,
        tool="tests",
    )

    assert manifest.functions[0].document()["configuration"] == {**CONFIGURATION, **kept}
    assert read_manifest(manifest.document()) == manifest


def test_a_zip_that_is_the_one_described_is_taken(tmp_path: Path) -> None:
    write_dumps(tmp_path, source())
    file = tmp_path / "functions/enactor.json"
    write_json(file, {**json.loads(file.read_text()), "CodeSha256": code_sha256(CODE)})

    assert FunctionDumps(tmp_path / "functions", zip_directory).definition("enactor").code == CODE


def test_a_dump_may_say_what_expires_and_what_is_backed_up(tmp_path: Path) -> None:
    write_dumps(tmp_path, source())
    file = tmp_path / "tables/plans.json"
    document = json.loads(file.read_text())
    document["TimeToLiveDescription"] = {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires"}
    document["ContinuousBackupsDescription"] = {
        "PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": "ENABLED"}
    }
    document["Table"]["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    index = {"KeySchema": [], "Projection": {"ProjectionType": "ALL"}, "IndexStatus": "ACTIVE"}
    document["Table"]["GlobalSecondaryIndexes"] = [{"IndexName": name, **index} for name in ("b", "a")]
    write_json(file, document)
    schema = TableDumps(tmp_path / "tables").schema("plans")
    assert schema["TimeToLive"] == {"AttributeName": "expires"}
    assert schema["PointInTimeRecovery"] is True
    assert schema["StreamSpecification"] == {"StreamViewType": "NEW_IMAGE"}
    assert [next(iter(i.items())) for i in schema["GlobalSecondaryIndexes"]] == [("IndexName", "a"), ("IndexName", "b")]
    assert "IndexStatus" not in schema["GlobalSecondaryIndexes"][0]


def test_differences_tell_what_was_added_removed_and_changed(store: DirectoryStore, snapshot: Manifest) -> None:
    changed = rr("a.ex.test.", "A", "192.0.2.3")
    added = rr("new.ex.test.", "A", "192.0.2.4")
    other = production(
        {"ex.test": [changed, added, *RECORDS[2:]], "third.test": []},
        {"plans": [item("plan", "2.0", tags={"SS": ["a", "b"]}), item("plan", "11"), ITEMS[2]]},
        {"enactor": CODE},
    )
    before, after = (comparable_snapshot(m, store) for m in (snapshot, snapshot_of(other, store)))
    assert [(d.get("zone") or d["table"], d["key"], d["kind"]) for d in differences(before, after)] == [
        ("ex.test.", "\\052.ex.test. TXT", "removed"),
        ("ex.test.", "a.ex.test. A", "changed"),
        ("ex.test.", "new.ex.test. A", "added"),
        ("other.test.", "", "removed"),
        ("third.test.", "", "added"),
        ("empty", "", "removed"),
        ("plans", '[{"S":"plan"},{"N":"10"}]', "removed"),
        ("plans", '[{"S":"plan"},{"N":"11"}]', "added"),
    ]
    (change,) = [d for d in differences(before, after) if d["kind"] == "changed"]
    assert (change["before"], change["after"]) == (ordered([RECORDS[0]])[0], ordered([changed])[0])
    assert after.counts() == {"zones": 2, "record_sets": 4, "tables": 1, "items": 3}


def test_only_the_apexs_own_ns_and_soa_are_left_out_of_a_comparison(store: DirectoryStore) -> None:
    records = [rr("ex.test.", "A", "192.0.2.9"), rr("sub.ex.test.", "NS", "ns.other.test.")]
    found = comparable_snapshot(snapshot_of(production({"ex.test": records}, {}), store), store)
    assert set(found.zones["ex.test."]) == {"ex.test. A", "sub.ex.test. NS"}


def test_two_states_differ_exactly_when_their_digests_do(store: DirectoryStore, snapshot: Manifest) -> None:
    same, state = (
        comparable_snapshot(snapshot_of(source(), store, at="later"), store),
        comparable_snapshot(snapshot, store),
    )
    assert (differences(state, same), same.digest()) == ([], state.digest())
    less = production({"ex.test": RECORDS}, {"plans": ITEMS, "empty": []}, {"enactor": CODE})
    fewer = comparable_snapshot(snapshot_of(less, store), store)
    assert differences(state, fewer)
    assert fewer.digest() != state.digest()
