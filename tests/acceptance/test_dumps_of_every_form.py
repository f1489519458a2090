"""Dumps as people really have them: one state has one digest in every form, and what is not whole is refused with every problem at once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from tests.acceptance.road import imported
from tests.state.memory_zones import apex, rr
from tests.world.dump_files import problems, write
from twinstage.cli.commands.snapshot_import import import_command
from twinstage.model.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from twinstage.world.store import DirectoryStore

ID, NAME = "Z0123456789ABCDEFGHIJ", "ex.test."
LISTED = {"Id": f"/hostedzone/{ID}", "Name": NAME, "CallerReference": "1", "Config": {"PrivateZone": False}}
RECORDS = [*apex(NAME), rr("a.ex.test.", "A", "192.0.2.1"), rr("b.ex.test.", "TXT", '"x"')]
CUT = {"IsTruncated": True, "NextRecordName": "a.ex.test.", "NextRecordType": "A"}
ZONES: dict[str, dict[str, Any]] = {
    "the AWS CLI's answers": {
        "hosted-zones.json": {"HostedZones": [LISTED]},
        "z.json": {"ResourceRecordSets": RECORDS},
    },
    "lists alone, as a query prints them": {"zones.json": [LISTED], "ex.test.json": RECORDS},
    "upper case and no dots": {
        "zones.json": {"HostedZones": [LISTED | {"Name": "EX.Test"}]},
        "z.json": {"ResourceRecordSets": [r | {"Name": r["Name"].upper().rstrip(".")} for r in RECORDS]},
    },
    "pages in files of any name": {
        "zones.json": {"HostedZones": [LISTED]},
        "b.json": {"ResourceRecordSets": RECORDS[:2], **CUT},
        "a.json": {"ResourceRecordSets": RECORDS[2:], "IsTruncated": False},
    },
    "UTF-16, as Windows PowerShell redirects": {
        "zones.json": json.dumps({"HostedZones": [LISTED]}).encode("utf-16"),
        "z.json": json.dumps({"ResourceRecordSets": RECORDS}, indent=1).replace("\n", "\r\n").encode("utf-16"),
    },
}
TABLE = {
    "TableName": "plans",
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "ItemCount": 2,
}
# Their attributes are called as a record set's members are.
ITEMS = [{"pk": {"S": key}, "Name": {"S": "n"}, "Type": {"S": "t"}} for key in "ab"]
TABLES: dict[str, dict[str, Any]] = {
    "a scan": {"plans.json": {"Table": TABLE}, "plans.items.json": {"Items": ITEMS, "Count": 2, "ScannedCount": 2}},
    "a list alone": {"plans.json": {"Table": TABLE}, "plans.items.json": ITEMS},
    "pages": {
        "plans.json": {"Table": TABLE},
        "plans.1.json": {"Items": ITEMS[:1], "Count": 1, "LastEvaluatedKey": {"pk": {"S": "a"}}},
        "plans.2.json": {"Items": ITEMS[1:], "Count": 1},
    },
    "lines": {"plans.json": TABLE, "plans.jsonl": "\n".join(map(json.dumps, ITEMS))},
}


def test_a_zone_has_one_digest_in_every_form(store: DirectoryStore, tmp_path: Path) -> None:
    digests = {imported(store, zones=write(tmp_path / form, files)).digest for form, files in ZONES.items()}

    assert len(digests) == 1


def test_a_table_has_one_digest_in_every_form(store: DirectoryStore, tmp_path: Path) -> None:
    digests = {imported(store, tables=write(tmp_path / form, files)).digest for form, files in TABLES.items()}

    assert len(digests) == 1


@pytest.mark.parametrize(
    ("told", "pointer", "message"),
    [
        ({"Count": 3}, "/Count", "counts 3 items, and holds 2"),
        ({"Count": 2, "ScannedCount": 5}, "/ScannedCount", "a filter let 2 of 5 items through"),
    ],
)
def test_a_scan_that_left_items_out_is_refused(
    store: DirectoryStore, tmp_path: Path, told: dict[str, int], pointer: str, message: str
) -> None:
    folder = write(tmp_path, {"plans.json": {"Table": TABLE}, "plans.items.json": {"Items": ITEMS, **told}})

    assert problems(lambda: imported(store, tables=folder)) == [("plans.items.json", 1, pointer, message)]


def test_a_fault_in_a_list_alone_is_told_with_its_place_in_the_file(store: DirectoryStore, tmp_path: Path) -> None:
    tables = write(tmp_path / "t", {"plans.json": {"Table": TABLE}, "plans.items.json": [ITEMS[0], {"pk": {"N": "1"}}]})
    zones = write(tmp_path / "z", {"ex.test.json": [*RECORDS, rr("a.other.", "A", "192.0.2.1")]})

    assert [pointer for _, _, pointer, _ in problems(lambda: imported(store, tables=tables))] == ["/1/pk"]
    assert [pointer for _, _, pointer, _ in problems(lambda: imported(store, zones=zones))] == ["/4/Name"]


def test_the_faults_of_every_zone_and_table_are_told_at_once(tmp_path: Path) -> None:
    zones = write(tmp_path / "zones", {"ex.test.json": [*RECORDS, rr("c.ex.test.", "A", "x")]})
    tables = write(
        tmp_path / "tables",
        {
            name: content
            for table in ("one", "two")
            for name, content in (
                (f"{table}.json", {"Table": TABLE | {"TableName": table}}),
                (f"{table}.items.json", [{"pk": {"S": ""}}]),
            )
        },
    )

    def told(*options: Any) -> list[str]:
        arguments = [*map(str, options), "--out", str(tmp_path / "store")]
        result = CliRunner().invoke(import_command, arguments)
        assert isinstance(result.exception, InputError)
        return sorted(problem.file.rpartition("/")[2] for problem in result.exception.problems)

    assert told("--tables", tables) == ["one.items.json", "two.items.json"]
    assert told("--zones", zones, "--tables", tables) == ["ex.test.json", "one.items.json", "two.items.json"]
    assert not (tmp_path / "store" / "snapshots").exists()


@pytest.mark.parametrize(
    "change",
    [
        {"KeySchema": "x"},
        {"AttributeDefinitions": [None]},
        {"AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "Q"}]},
        {"KeySchema": [{"AttributeName": "pk", "KeyType": "RANGE"}]},
        {"GlobalSecondaryIndexes": "x"},
        {"BillingModeSummary": "x"},
        {"StreamSpecification": {"StreamEnabled": True}},
        {"ProvisionedThroughput": {"ReadCapacityUnits": "x", "WriteCapacityUnits": 1}},
        {"Replicas": [{}]},
        {"TableName": "a b"},
    ],
)
def test_a_description_that_no_table_has_is_refused_with_its_place(
    store: DirectoryStore, tmp_path: Path, change: dict[str, Any]
) -> None:
    folder = write(tmp_path, {"plans.json": {"Table": {**TABLE, "ItemCount": 0, **change}}})

    ((file, line, pointer, _),) = problems(lambda: imported(store, tables=folder))

    assert (file, line, pointer) == ("plans.json", 1, "/Table")


@pytest.mark.parametrize(
    "answer",
    [
        {"ResourceTagSet": None},
        {"ResourceTagSet": {"ResourceId": ID, "Tags": [{"Value": "x"}]}},
        {"HostedZone": LISTED, "VPCs": [{"VPCId": "vpc-1"}]},
        {"HostedZones": [{"Id": 5, "Name": 7}]},
        {"HostedZones": [LISTED | {"Config": "x"}]},
        {"HealthChecks": None},
    ],
)
def test_an_answer_of_another_shape_is_refused_with_its_file(
    store: DirectoryStore, tmp_path: Path, answer: dict[str, Any]
) -> None:
    folder = write(tmp_path, {"ex.test.json": RECORDS, "more.json": answer})

    ((file, line, _, message),) = problems(lambda: imported(store, zones=folder))

    assert (file, line) == ("more.json", 1)
    assert message.startswith("not the API's own answer")
