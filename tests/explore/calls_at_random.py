"""Worlds and calls at random, close enough together that calls meet: few names, few keys, few values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st
from scripted import a, alias, call, change, delete, get, listing, put, txt
from starts import AT, REGION, world

from twinstage.explore.interned import InternedWorld

if TYPE_CHECKING:
    from twinstage.world.contained import Call
    from twinstage.world.memory.aws import AwsState

NAMES = ("example.com.", "a.example.com.", "b.a.example.com.", "b.example.com.", "c.example.com.", "\\052.example.com.")
KEYS = ("j", "k", "l")

PAIRS_TABLE = {
    "TableName": "pairs",
    "AttributeDefinitions": [
        {"AttributeName": "pk", "AttributeType": "S"},
        {"AttributeName": "sk", "AttributeType": "N"},
        {"AttributeName": "v", "AttributeType": "N"},
    ],
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "by-v",
            "KeySchema": [{"AttributeName": "v", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }
    ],
    "LocalSecondaryIndexes": [
        {
            "IndexName": "by-v-in-pk",
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "v", "KeyType": "RANGE"}],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }
    ],
    "BillingMode": "PAY_PER_REQUEST",
}

names, keys, numbers = st.sampled_from(NAMES), st.sampled_from(KEYS), st.integers(0, 2)


@st.composite
def record_sets(draw: st.DrawFn) -> dict[str, Any]:
    name, value = draw(names), draw(numbers)
    kind = draw(st.sampled_from(["A", "A", "weighted", "TXT", "CNAME", "alias", "alias", "MX"]))
    if kind == "A":
        return a(name, f"10.0.0.{value}")
    if kind == "weighted":
        return a(name, f"10.0.0.{value}", SetIdentifier=draw(st.sampled_from("xy")), Weight=value)
    if kind == "alias":
        routed = {"SetIdentifier": draw(st.sampled_from("xy")), "Weight": 1} if draw(st.booleans()) else {}
        return alias(name, draw(names), **routed)
    if kind == "TXT":
        return txt(name, str(value))
    text = f"t{value}.example.com" + draw(st.sampled_from(["", "."]))
    own = {"Value": text if kind == "CNAME" else f"10 {text}"}
    return {"Name": name, "Type": kind, "TTL": 60, "ResourceRecords": [own]}


@st.composite
def batches(draw: st.DrawFn) -> Call:
    changes = []
    for record in draw(st.lists(record_sets(), min_size=1, max_size=3)):
        action = draw(st.sampled_from(["CREATE", "DELETE", "UPSERT", "UPSERT", "assert"]))
        changes += [("DELETE", record), ("CREATE", record)] if action == "assert" else [(action, record)]
    return change(*changes)


def pairs_key(pk: str, sk: int) -> dict[str, Any]:
    return {"pk": {"S": pk}, "sk": {"N": str(sk)}}


def pairs_item(pk: str, sk: int, value: int) -> dict[str, Any]:
    return {**pairs_key(pk, sk), "v": {"N": str(value)}}


pairs = st.builds(pairs_key, keys, numbers)
pairs_items = st.builds(pairs_item, keys, numbers, numbers)
conditions = st.sampled_from(
    [
        {},
        {"ConditionExpression": "attribute_not_exists(pk)"},
        {"ConditionExpression": "v < :v", "ExpressionAttributeValues": {":v": {"N": "2"}}},
    ]
)
returned = st.sampled_from(
    [{}, {"ReturnValues": "ALL_OLD"}, {"ReturnConsumedCapacity": "TOTAL"}, {"ReturnItemCollectionMetrics": "SIZE"}]
)


def _query(pk: str, low: int, more: dict[str, Any]) -> Call:
    values = {":p": {"S": pk}, ":s": {"N": str(low)}}
    condition = "pk = :p AND sk >= :s"
    return call(
        "dynamodb",
        "Query",
        TableName="pairs",
        KeyConditionExpression=condition,
        ExpressionAttributeValues=values,
        **more,
    )


def _by_value(value: int, index: str, pk: str) -> Call:
    values = {":v": {"N": str(value)}} | ({":p": {"S": pk}} if index == "by-v-in-pk" else {})
    condition = "pk = :p AND v = :v" if index == "by-v-in-pk" else "v = :v"
    return call(
        "dynamodb",
        "Query",
        TableName="pairs",
        IndexName=index,
        KeyConditionExpression=condition,
        ExpressionAttributeValues=values,
    )


def _update(key: dict[str, Any], number: int, more: dict[str, Any]) -> Call:
    values = {":n": {"N": str(number)}, **more.get("ExpressionAttributeValues", {})}
    return call(
        "dynamodb",
        "UpdateItem",
        TableName="pairs",
        Key=key,
        UpdateExpression="ADD v :n",
        **{**more, "ExpressionAttributeValues": values},
    )


def _transaction(written: dict[str, Any], checked: dict[str, Any], token: str) -> Call:
    items: list[dict[str, Any]] = [{"Put": {"TableName": "pairs", "Item": written}}]
    if {"pk": written["pk"], "sk": written["sk"]} != checked:
        condition = {"TableName": "pairs", "Key": checked, "ConditionExpression": "attribute_exists(pk)"}
        items.append({"ConditionCheck": condition})
    return call("dynamodb", "TransactWriteItems", TransactItems=items, ClientRequestToken=token)


zone_calls = st.one_of(
    batches(),
    batches(),
    st.builds(
        listing,
        st.one_of(st.none(), names),
        st.none(),
        st.sampled_from([None, 1, 2]),
    ),
    st.just(call("route53", "GetHostedZone", Id="Z1")),
    st.just(call("route53", "ListHostedZones")),
)
item_calls = st.one_of(
    st.builds(get, keys),
    st.builds(put, keys, numbers),
    st.builds(delete, keys),
    st.builds(lambda key: call("dynamodb", "GetItem", TableName="pairs", Key=key), pairs),
    st.builds(
        lambda item, more, tell: call("dynamodb", "PutItem", TableName="pairs", Item=item, **more, **tell),
        pairs_items,
        conditions,
        returned,
    ),
    st.builds(
        lambda key, more, tell: call("dynamodb", "DeleteItem", TableName="pairs", Key=key, **more, **tell),
        pairs,
        conditions,
        returned,
    ),
    st.builds(_update, pairs, numbers, conditions),
    st.builds(_query, keys, numbers, st.sampled_from([{}, {"Limit": 1}, {"ScanIndexForward": False, "Limit": 1}])),
    st.builds(_by_value, numbers, st.sampled_from(["by-v", "by-v-in-pk"]), keys),
    st.just(call("dynamodb", "Scan", TableName="pairs")),
    st.just(call("dynamodb", "DescribeTable", TableName="pairs")),
    st.just(call("dynamodb", "ListTables")),
    st.builds(_transaction, pairs_items, pairs, st.sampled_from(["token-1", "token-2"])),
    st.builds(
        lambda one, two: call(
            "dynamodb", "BatchGetItem", RequestItems={"pairs": {"Keys": [one]}, "items": {"Keys": [{"pk": {"S": two}}]}}
        ),
        pairs,
        keys,
    ),
    st.builds(
        lambda one, two: call(
            "dynamodb",
            "BatchWriteItem",
            RequestItems={
                "pairs": [{"PutRequest": {"Item": one}}],
                "items": [{"DeleteRequest": {"Key": {"pk": {"S": two}}}}],
            },
        ),
        pairs_items,
        keys,
    ),
    st.builds(
        lambda one: call("dynamodb", "TransactGetItems", TransactItems=[{"Get": {"TableName": "pairs", "Key": one}}]),
        pairs,
    ),
    st.just(call("dynamodb", "GetItem", TableName="missing", Key={"pk": {"S": "x"}})),
    st.just(call("dynamodb", "PutItem", TableName="items", Item={"no-key": {"S": "x"}})),
)
calls = st.one_of(zone_calls, zone_calls, item_calls, item_calls, st.just(call("sts", "GetCallerIdentity")))

START = world(a("a.example.com.", "10.0.0.1"), txt("c.example.com.", "1"), items={"j": 1, "k": 2}, tables=[PAIRS_TABLE])
"""What the calls at random are made upon, after some calls at random."""


def interned(start: AwsState = START) -> InternedWorld:
    return InternedWorld(start, now_s=AT, expiry_s=300.0, region=REGION)
