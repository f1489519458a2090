"""What tables hold at the edges of DynamoDB goes the whole road, each edge by itself.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.acceptance.road import imported
from tests.world.dump_files import write
from twinstage.model.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.acceptance.road import Arrived
    from twinstage.model.manifest import Manifest
    from twinstage.world.store import DirectoryStore

    Arrives = Callable[[Manifest], Arrived]


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def nested(depth: int) -> dict[str, Any]:
    value: dict[str, Any] = {"S": "bottom"}
    for level in range(depth):
        value = {"L": [value, {"NULL": True}]} if level % 2 else {"M": {"down": value, "a.b[0]": {"BOOL": False}}}
    return value


def with_keys(*values: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"pk": {"S": "p"}, "sk": {"N": str(i)}, "v": value} for i, value in enumerate(values)]


ITEMS: dict[str, list[dict[str, Any]]] = {
    "numbers of 38 digits": with_keys(
        {"N": "1" * 38},
        {"N": "-" + "9" * 38},
        {"N": "0." + "0" * 20 + "3" * 18},
        {"N": "12345678901234567890.123456789012345678"},
    ),
    "exponents": with_keys(
        {"N": "1E+125"},
        {"N": "-9.9999999999999999999999999999999999999E+125"},
        {"N": "1e-130"},
        {"N": "1E2"},
        {"N": "-0"},
    ),
    "numbers spelled in other ways": with_keys({"N": "007"}, {"N": "1.500"}, {"N": "+3"}, {"N": "0.0"}, {"N": ".5"}),
    "empty strings": with_keys({"S": ""}, {"M": {"e": {"S": ""}}}, {"L": []}, {"M": {}}, {"SS": ["", "a"]}),
    "empty bytes": with_keys({"B": ""}, {"BS": ["", "AA=="]}),
    "sets of bytes": with_keys({"BS": [b64(bytes([i])) for i in (255, 0, 128)]}),
    "sets of numbers": with_keys({"NS": ["3", "-1", "10", "2.50", "1E+100"]}, {"NS": ["0"]}),
    "sets of strings": with_keys({"SS": ["b", "a", "ä", "😀", "\ufffd"]}),
    "as deep as may be": with_keys(nested(31)),
    "an item of 400 KB": [{"pk": {"S": "p"}, "sk": {"N": "1"}, "v": {"S": "x" * (400 * 1024 - 9)}}],
    "characters": with_keys(
        {"S": "\u0000\u0001\u001f\u007f"}, {"S": "ẞ\u2028\u2029"}, {"S": "😀e\u0301é"}, {"S": "\uffff"}
    ),
    "names of attributes": [
        {
            "pk": {"S": "p"},
            "sk": {"N": "1"},
            " ": {"S": "x"},
            "#n": {"S": "x"},
            "ü😀": {"S": "x"},
            "S": {"S": "N"},
            "Item": {"M": {}},
        }
    ],
    "a time to live that is over": with_keys({"N": "1"}, {"N": "1000000000"}),
    "partitions that differ in little": [
        {"pk": {"S": key}, "sk": {"N": number}}
        for key in ("a", "A", "a ", "á", "a\u0301")
        for number in ("1", "1.1", "-1")
    ],
    "nothing": [],
}
KEYS: dict[str, tuple[str, list[dict[str, str]]]] = {
    "binary keys": ("B", [{"B": b64(key)} for key in (b"\x00", b"\xff", b"\x00\x00", b"a")]),
    "number keys": ("N", [{"N": key} for key in ("1", "-1", "1E+2", "0.001", "-0.0", "9" * 38)]),
    "string keys": ("S", [{"S": key} for key in ("a", "\u0000", "x" * 2048, "😀", '"', "\\")]),
}


def dumped(folder: Path, items: list[dict[str, Any]], *, pk: str = "S", sk: str | None = "N", **more: Any) -> Path:
    """A table as the AWS CLI prints it."""
    types = {"pk": pk} | ({"sk": sk} if sk else {})
    table = {
        "TableName": "plans",
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": kind} for name, kind in types.items()],
        "KeySchema": [{"AttributeName": n, "KeyType": k} for n, k in zip(types, ("HASH", "RANGE"), strict=False)],
        "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"},
        "ItemCount": len(items),
        **more,
    }
    scan = {"Items": items, "Count": len(items), "ScannedCount": len(items)}
    return write(folder, {"plans.json": {"Table": table}, "plans.items.json": json.dumps(scan)})


@pytest.mark.parametrize("edge", ITEMS)
def test_an_edge_of_dynamodb(arrives: Arrives, store: DirectoryStore, tmp_path: Path, edge: str) -> None:
    manifest = imported(store, tables=dumped(tmp_path / "tables", ITEMS[edge]))
    assert manifest.tables[0].items == len(ITEMS[edge])

    arrives(manifest)


@pytest.mark.parametrize("edge", KEYS)
def test_keys_of_every_type(arrives: Arrives, store: DirectoryStore, tmp_path: Path, edge: str) -> None:
    kind, keys = KEYS[edge]
    items = [{"pk": key} for key in keys]

    arrives(imported(store, tables=dumped(tmp_path / "tables", items, pk=kind, sk=None)))


def test_all_items_in_any_order_have_one_digest(store: DirectoryStore, tmp_path: Path) -> None:
    items = [
        item | {"sk": {"N": str(n)}}
        for n, item in enumerate(one for edge in ITEMS for one in ITEMS[edge] if "400" not in edge)
    ]
    turned = [{name: item[name] for name in reversed(item)} for item in reversed(items)]

    digests = {
        imported(store, tables=dumped(tmp_path / name, some)).digest for name, some in (("a", items), ("b", turned))
    }

    assert len(digests) == 1


def test_one_number_has_one_digest_however_it_is_spelled(store: DirectoryStore, tmp_path: Path) -> None:
    spellings = ("150", "1.5E2", "150.00", "0150", "+150", "15e1")

    digests = {
        imported(
            store, tables=dumped(tmp_path / str(n), [{"pk": {"S": "p"}, "sk": {"N": told}, "v": {"NS": [told]}}])
        ).digest
        for n, told in enumerate(spellings)
    }

    assert len(digests) == 1


def test_a_table_of_several_parts(arrives: Arrives, store: DirectoryStore, tmp_path: Path) -> None:
    items = [{"pk": {"S": f"p{i % 97}"}, "sk": {"N": str(i)}, "v": {"N": str(i * i)}} for i in range(10_001)]
    manifest = imported(store, tables=dumped(tmp_path / "tables", items))
    assert len(manifest.tables[0].parts) > 1

    assert arrives(manifest).written.items == 10_001


def test_a_table_with_everything_that_one_can_have(arrives: Arrives, store: DirectoryStore, tmp_path: Path) -> None:
    """Replicas, archival, encryption, indexes with throughput of zero: what a twin does not have stands in the snapshot and is listed."""
    throughput = {"ReadCapacityUnits": 0, "WriteCapacityUnits": 0, "NumberOfDecreasesToday": 0}
    index = {
        "IndexName": "by-owner",
        "KeySchema": [{"AttributeName": "owner", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["b", "a"]},
        "IndexStatus": "ACTIVE",
        "ProvisionedThroughput": throughput,
        "IndexSizeBytes": 0,
        "ItemCount": 0,
        "IndexArn": "arn:aws:dynamodb:us-east-1:111111111111:table/plans/index/by-owner",
    }
    definitions = [{"AttributeName": n, "AttributeType": t} for n, t in (("owner", "S"), ("pk", "S"), ("sk", "N"))]
    more: dict[str, Any] = {
        "AttributeDefinitions": definitions,
        "ProvisionedThroughput": throughput,
        "GlobalSecondaryIndexes": [index],
        "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        "SSEDescription": {"Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": "arn:aws:kms:us-east-1:1:key/k"},
        "Replicas": [{"RegionName": "eu-west-1", "ReplicaStatus": "ACTIVE"}],
        "TableClassSummary": {"TableClass": "STANDARD_INFREQUENT_ACCESS"},
        "DeletionProtectionEnabled": True,
        "WarmThroughput": {"ReadUnitsPerSecond": 12000, "WriteUnitsPerSecond": 4000, "Status": "ACTIVE"},
    }
    folder = dumped(tmp_path / "tables", [{"pk": {"S": "p"}, "sk": {"N": "1"}, "owner": {"S": "x"}}], **more)
    expiry = {"TimeToLiveDescription": {"TimeToLiveStatus": "ENABLED", "AttributeName": "gone"}}
    manifest = imported(store, tables=write(folder, {"plans.ttl.json": expiry}))

    came = arrives(manifest)

    listed = {s["field"] for s in came.fidelity["substitutions"] if s["subject"] == "plans"}
    assert listed == {"DeletionProtectionEnabled", "Replicas", "SSESpecification", "TableClass"}


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ({"pk": {"S": "p"}, "sk": {"N": "1"}, "v": {"S": "x" * (400 * 1024)}}, "Item size has exceeded the maximum"),
        ({"pk": {"S": "x" * 2049}, "sk": {"N": "1"}}, "Size of hashkey has exceeded the maximum size limit"),
        ({"pk": {"S": "p"}, "sk": {"N": "1"}, "n" * 65_536: {"S": ""}}, "Attribute name is too large"),
        ({"pk": {"S": "p"}, "sk": {"N": "1"}, "v": nested(32)}, "Nesting Levels have exceeded supported limits"),
        ({"pk": {"S": "p"}, "sk": {"N": "1"}, "v": {"S": "\ud800"}}, "half of a surrogate pair"),
        ({"pk": {"S": "p"}, "sk": {"N": "1"}, "v": {"N": "1E-131"}}, "out of range"),
        ({"pk": {"S": "p"}, "sk": {"N": "1"}, "v": {"N": "1_000"}}, "is not a number"),
        ({"pk": {"S": "p"}, "sk": {"N": "1"}, "v": {"BS": ["AA==", "AB=="]}}, "an element appears twice"),
        ({"pk": {"S": "p"}, "sk": {"N": "1"}, "v": {"M": {"": {"S": "x"}}}}, "must not be empty"),
    ],
)
def test_what_dynamodb_would_not_hold_is_refused_with_its_place(
    store: DirectoryStore, tmp_path: Path, item: dict[str, Any], message: str
) -> None:
    folder = dumped(tmp_path / "tables", [{"pk": {"S": "p"}, "sk": {"N": "0"}}, item])

    with pytest.raises(InputError) as caught:
        imported(store, tables=folder)

    (problem,) = caught.value.problems
    assert message in problem.message
    assert problem.pointer.startswith("/Items/1")
