"""A state machine that sends random requests to the memory world and to another DynamoDB, and compares every answer."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.contract.answers import canonical, merged, plain, snake, unordered
from tests.contract.deviations import Refusal
from tests.contract.dynamo import attribute_definitions, index, key_schema, refusal
from tests.contract.generated import (
    Expression,
    attributes,
    conditions,
    index_keys,
    items,
    keys,
    sort_conditions,
    updates,
)  # fmt: skip
from tests.contract.wordings import LOCAL
from twinstage.world.memory.aws import MemoryAws, ServiceRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.contract.dynamo import Dynamo

SHAPE = {
    "KeySchema": key_schema("p", "s"),
    "AttributeDefinitions": attribute_definitions(p="S", s="N", g="S", r="N"),
    "GlobalSecondaryIndexes": [index("by-g", "g", "r")],
    "LocalSecondaryIndexes": [index("by-r", "p", "r", {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["n"]})],
    "BillingMode": "PAY_PER_REQUEST",
    "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
}
STREAMS = "dynamodbstreams"
old_values = st.sampled_from(("NONE", "ALL_OLD"))
maybe_condition = st.none() | conditions()


class Agreement(RuleBasedStateMachine):
    """Subclassed with the `other` DynamoDB; `memory` may be replaced by a broken one to show that a break is found."""

    other: Dynamo

    @initialize(first=st.lists(items(), max_size=8, unique_by=lambda item: repr((item["p"], item["s"]))))
    def make_table(self, first: list[Any]) -> None:
        """The same table in both, with items in it."""
        self.memory, self.table = self.new_memory(), self.other.name()
        self.both("CreateTable", {"TableName": self.table, **SHAPE}, compared=False)
        self.write(first, [])

    def new_memory(self) -> MemoryAws:
        """An empty memory world."""
        return MemoryAws(clock=lambda: 1_700_000_000.0)

    def teardown(self) -> None:
        """Leave the other without the table."""
        if hasattr(self, "table"):
            self.other.dynamodb.delete_table(TableName=self.table)

    def both(self, operation: str, parameters: dict[str, Any], *, compared: bool = True, ordered: bool = True) -> Any:
        """Ask both, and compare. Returns the memory world's answer, or its Refusal."""
        mine, theirs = self.ask_memory(operation, parameters), self.ask_other(operation, parameters)
        if compared:
            given, expected = (mine, theirs) if ordered else (unordered(mine), unordered(theirs))
            self.compare(operation, parameters, given, expected)
        return mine

    def compare(self, operation: str, parameters: dict[str, Any], mine: Any, theirs: Any) -> None:
        """Fail, with the request and both answers, where the answers differ."""
        assert mine == theirs, f"{operation} {parameters}\nmemory: {mine}\n{self.other.implementation}: {theirs}"

    def ask_memory(self, operation: str, parameters: dict[str, Any]) -> Any:
        """The memory world's answer, or its Refusal with a cancelled transaction's reasons."""
        try:
            return self.plain(self.memory.answer("dynamodb", operation, parameters))
        except ServiceRefused as refused:
            return self.refused(Refusal(refused.error, refused.message), refused.members)

    def ask_other(self, operation: str, parameters: dict[str, Any]) -> Any:
        """The other's answer in the same form."""
        try:
            return self.plain(getattr(self.other.dynamodb, snake(operation))(**parameters))
        except ClientError as error:
            return self.refused(refusal(dict(error.response)), dict(error.response))

    def plain(self, answer: Any) -> Any:
        """An answer in the form that is compared with this other."""
        return plain(answer, spelled=self.other.implementation != LOCAL)

    def refused(self, said: Refusal, members: Mapping[str, Any]) -> Any:
        """An error with the members that a client may read."""
        reasons = self.plain(members.get("CancellationReasons") or [])
        if self.other.implementation == LOCAL:
            failed = [reason for reason in reasons if reason["Code"] == "ValidationError"]
            if failed:
                # Which the peer answers as the error of the one item.
                return Refusal("ValidationException", failed[0]["Message"]), None, []
            # Of a check its reason has a full stop, of a write it has none.
            reasons = [
                {name: str(value).rstrip(".") if name == "Message" else value for name, value in reason.items()}
                for reason in reasons
            ]
        return said, self.plain(members.get("Item")), reasons

    def exists(self, key: dict[str, Any]) -> bool:
        """Whether the memory world has the item."""
        return "Item" in self.ask_memory("GetItem", {"TableName": self.table, "Key": key})

    @rule(item=items(), condition=maybe_condition, returned=old_values)
    def put(self, item: Any, condition: Expression | None, returned: str) -> None:
        """PutItem."""
        more = condition and condition.parameters("ConditionExpression")
        shown = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"} if condition else None
        self.both("PutItem", merged({"TableName": self.table, "Item": item, "ReturnValues": returned}, more, shown))

    @rule(key=keys, condition=maybe_condition, returned=old_values)
    def delete(self, key: Any, condition: Expression | None, returned: str) -> None:
        """DeleteItem."""
        more = condition and condition.parameters("ConditionExpression")
        self.both("DeleteItem", merged({"TableName": self.table, "Key": key, "ReturnValues": returned}, more))

    @rule(
        key=keys,
        update=updates(),
        condition=maybe_condition,
        returned=st.sampled_from(("NONE", "ALL_OLD", "ALL_NEW", "UPDATED_OLD", "UPDATED_NEW")),
    )
    def update(self, key: Any, update: Expression, condition: Expression | None, returned: str) -> None:
        """UpdateItem, but for what the peer is known to do otherwise: nothing made by taking away, and parts of attributes returned."""
        if self.other.implementation == LOCAL:
            if returned.startswith("UPDATED") and any(sign in update.text for sign in ".["):
                returned = "ALL_NEW"
            if update.text.startswith(("REMOVE", "DELETE")) and not self.exists(key):
                return
        request = merged(
            {"TableName": self.table, "Key": key, "ReturnValues": returned},
            update.parameters("UpdateExpression"),
            condition and condition.parameters("ConditionExpression", len(update.values)),
        )
        self.both("UpdateItem", request)

    @rule(key=keys, changed=index_keys)
    def move_in_indexes(self, key: Any, changed: dict[str, Any]) -> None:
        """UpdateItem of the indexes' keys."""
        if changed:
            text = "SET " + ", ".join(f"{name} = {{}}" for name in changed)
            update = Expression(text, tuple(changed.values()))
            self.both("UpdateItem", {"TableName": self.table, "Key": key, **update.parameters("UpdateExpression")})

    @rule(key=keys)
    def get(self, key: Any) -> None:
        """GetItem."""
        self.both("GetItem", {"TableName": self.table, "Key": key, "ConsistentRead": True})

    @rule(partition=st.sampled_from("ab"), sort=sort_conditions, filtered=maybe_condition, forward=st.booleans(),
          limit=st.integers(1, 5) | st.none())  # fmt: skip
    def query(
        self, partition: str, sort: Expression, filtered: Expression | None, forward: bool, limit: int | None
    ) -> None:
        """Query, page after page."""
        condition = Expression("p = {}" + sort.text, ({"S": partition}, *sort.values))
        request = merged(
            {"TableName": self.table, "ScanIndexForward": forward},
            condition.parameters("KeyConditionExpression"),
            filtered and filtered.parameters("FilterExpression", len(condition.values)),
            limit and {"Limit": limit},
        )
        start: dict[str, Any] = {}
        while True:
            mine, theirs = (ask("Query", {**request, **start}) for ask in (self.ask_memory, self.ask_other))
            last = mine.get("LastEvaluatedKey") if isinstance(mine, dict) else None
            if last and self.other.implementation == LOCAL and "LastEvaluatedKey" not in theirs:
                # The peer sees that a page ends where the range does.
                assert self.ask_memory("Query", {**request, "ExclusiveStartKey": last})["ScannedCount"] == 0
                last = mine.pop("LastEvaluatedKey") and None
            self.compare("Query", {**request, **start}, mine, theirs)
            if not last:
                return
            start = {"ExclusiveStartKey": last}

    @rule(
        name=st.sampled_from(("by-g", "by-r")), value=st.sampled_from(("red", "blue", "a", "b")), forward=st.booleans()
    )
    def query_index(self, name: str, value: str, forward: bool) -> None:
        """Query of an index; items of one index key come in no order that is known."""
        condition = Expression("g = {}" if name == "by-g" else "p = {}", ({"S": value},))
        request = {"TableName": self.table, "IndexName": name, "ScanIndexForward": forward}
        self.both("Query", merged(request, condition.parameters("KeyConditionExpression")), ordered=False)

    @rule(filtered=maybe_condition, name=st.sampled_from((None, "by-g", "by-r")), counted=st.booleans())
    def scan(self, filtered: Expression | None, name: str | None, counted: bool) -> None:
        """Scan of the table or an index; AWS does not say what a scan's filter sees of what an index does not project."""
        filtered = filtered if name != "by-r" else None
        request = merged(
            {"TableName": self.table},
            filtered and filtered.parameters("FilterExpression"),
            name and {"IndexName": name},
            {"Select": "COUNT"} if counted else None,
        )
        self.both("Scan", request, ordered=counted)

    @rule(writes=st.lists(items(), max_size=4), deletes=st.lists(keys, max_size=3))
    def batch_write(self, writes: Any, deletes: Any) -> None:
        """BatchWriteItem, now and then with an item twice."""
        self.write(writes, deletes)

    def write(self, writes: Any, deletes: Any) -> None:
        """One BatchWriteItem, if there is anything to write."""
        requests = [{"PutRequest": {"Item": item}} for item in writes] + [
            {"DeleteRequest": {"Key": key}} for key in deletes
        ]
        if requests:
            self.both("BatchWriteItem", {"RequestItems": {self.table: requests}})

    @rule(wanted=st.lists(keys, min_size=1, max_size=5))
    def batch_get(self, wanted: Any) -> None:
        """BatchGetItem; what it finds comes in no order that is known."""
        answer = {"RequestItems": {self.table: {"Keys": wanted, "ConsistentRead": True}}}
        mine, theirs = (ask("BatchGetItem", answer) for ask in (self.ask_memory, self.ask_other))
        if isinstance(mine, dict) and isinstance(theirs, dict):
            mine, theirs = (sorted(found["Responses"][self.table], key=canonical) for found in (mine, theirs))
        self.compare("BatchGetItem", answer, mine, theirs)

    @rule(
        parts=st.lists(
            st.tuples(st.sampled_from(("Put", "Delete", "Update", "ConditionCheck")), keys, attributes(), updates(), conditions(), st.booleans()),
            min_size=1, max_size=4, unique_by=lambda part: repr(part[1]),
        )
    )  # fmt: skip
    def transact(self, parts: Any) -> None:
        """TransactWriteItems of different items."""
        self.both("TransactWriteItems", {"TransactItems": [self.action(*part) for part in parts]})

    def action(
        self, kind: str, key: Any, content: Any, update: Expression, condition: Expression, checked: bool
    ) -> Any:
        """One item of a transaction."""
        if kind == "Update" and self.other.implementation == LOCAL and update.text.startswith(("REMOVE", "DELETE")):
            kind = "Delete"
        subject: dict[str, Any] = {"Item": {**key, **content}} if kind == "Put" else {"Key": key}
        start = len(update.values) if kind == "Update" else 0
        return {
            kind: merged(
                {"TableName": self.table, **subject},
                update.parameters("UpdateExpression") if kind == "Update" else None,
                condition.parameters("ConditionExpression", start) if checked or kind == "ConditionCheck" else None,
            )
        }

    @rule(wanted=st.lists(keys, min_size=1, max_size=4))
    def transact_get(self, wanted: Any) -> None:
        """TransactGetItems, now and then with an item twice."""
        gets = [{"Get": {"TableName": self.table, "Key": key}} for key in wanted]
        self.both("TransactGetItems", {"TransactItems": gets})

    @rule()
    def read_stream(self) -> None:
        """Everything in the stream. What happened to one item is in order; between items there is none."""
        mine = self.changes(lambda operation, request: self.memory.answer(STREAMS, operation, request))
        theirs = self.changes(lambda operation, request: getattr(self.other.streams, snake(operation))(**request))
        self.compare("GetRecords", {"of": self.table}, mine, theirs)

    def changes(self, ask: Callable[[str, dict[str, Any]], dict[str, Any]]) -> dict[str, list[Any]]:
        """The records of the table's stream, of each key in order."""
        [stream] = ask("ListStreams", {"TableName": self.table})["Streams"]
        arn = stream["StreamArn"]
        [shard] = ask("DescribeStream", {"StreamArn": arn})["StreamDescription"]["Shards"]
        start = {"StreamArn": arn, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
        iterator, found = ask("GetShardIterator", start)["ShardIterator"], defaultdict(list)
        while records := (answer := ask("GetRecords", {"ShardIterator": iterator}))["Records"]:
            for record in records:
                change = self.plain({"eventName": record["eventName"], **record["dynamodb"]})
                kept = {name: change.get(name) for name in ("eventName", "OldImage", "NewImage")}
                found[canonical(change["Keys"])].append(kept)
            iterator = answer["NextShardIterator"]
        return dict(found)

    @invariant()
    def same_items(self) -> None:
        """After every step both hold the same items."""
        if hasattr(self, "table"):
            self.both("Scan", {"TableName": self.table, "ConsistentRead": True}, ordered=False)
