"""A database is a value: a fork is a reference, and what is done to one is not done to the other."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from dynamo_calls import ACCOUNT, REGION, START, Dynamo, definitions, index, n, s
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, rule

from twinstage.world.memory.dynamodb import Database, DynamoRefused, empty_database, execute


def everything(database: Database) -> dict[str, Any]:
    """What a reader can see of every table, and of their streams."""
    seen: dict[str, Any] = {}
    for name in execute(database, "ListTables", {}, now=START)[1]["TableNames"]:
        seen[name] = (
            execute(database, "DescribeTable", {"TableName": name}, now=START)[1],
            execute(database, "Scan", {"TableName": name}, now=START)[1],
            execute(database, "Scan", {"TableName": name, "IndexName": "global"}, now=START)[1],
        )
    return {**seen, "streams": execute(database, "ListStreams", {}, now=START)[1], "sequence": database.sequence}


def test_a_fork_and_its_origin_go_their_own_ways() -> None:
    origin = Dynamo()
    origin.create()
    origin.put({"pk": s("a"), "x": n(1)})
    fork = Dynamo(origin.database)
    fork.put({"pk": s("a"), "x": n(2)})
    fork.create("another")
    origin.put({"pk": s("b")})
    assert origin.get({"pk": s("a")}) == {"pk": s("a"), "x": n(1)}
    assert fork.get({"pk": s("a")}) == {"pk": s("a"), "x": n(2)}
    assert fork.get({"pk": s("b")}) is None
    assert origin("ListTables")["TableNames"] == ["table"]


def test_the_same_calls_give_the_same_database() -> None:
    def run() -> Dynamo:
        dynamo = Dynamo()
        dynamo.create(StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"})
        for number in range(5):
            dynamo.put({"pk": s(str(number))})
        return dynamo

    assert run().database == run().database


PKS, VALUES = st.sampled_from("abc").map(s), st.integers(0, 3).map(n)


class Forks(RuleBasedStateMachine):
    """Any calls on any fork leave every other as it was seen to be."""

    forks = Bundle("forks")

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[Database, dict[str, Any]]] = []

    @initialize(target=forks)
    def begin(self) -> Database:
        database = empty_database(account=ACCOUNT, region=REGION)
        dynamo = Dynamo(database)
        dynamo.create(
            "table",
            "pk:S",
            definitions=definitions("g:N"),
            GlobalSecondaryIndexes=[index("global", "g")],
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        )
        return self.note(dynamo.database)

    def note(self, database: Database) -> Database:
        self.seen = [*self.seen[-8:], (database, deepcopy(everything(database)))]
        for earlier, was in self.seen:
            assert everything(earlier) == was
        return database

    def done(self, database: Database, operation: str, **request: Any) -> Database:
        asked = deepcopy(request)
        try:
            after, response = execute(database, operation, request, now=START)
        except DynamoRefused:
            return self.note(database)
        finally:
            assert request == asked
        self.note(after)
        spoil(response)
        spoil(request)
        return self.note(after)

    @rule(target=forks, fork=forks, pk=PKS, g=VALUES)
    def put(self, fork: Database, pk: Any, g: Any) -> Database:
        item = {"pk": dict(pk), "g": dict(g), "list": {"L": [{"M": {"in": dict(g)}}]}}
        return self.done(fork, "PutItem", TableName="table", Item=item, ReturnValues="ALL_OLD")

    @rule(target=forks, fork=forks, pk=PKS, g=VALUES, values=st.sampled_from(["ALL_NEW", "UPDATED_NEW", "UPDATED_OLD"]))
    def update(self, fork: Database, pk: Any, g: Any, values: str) -> Database:
        return self.done(
            fork,
            "UpdateItem",
            TableName="table",
            Key={"pk": dict(pk)},
            UpdateExpression="SET g = :g, #l = if_not_exists(#l, :l)",
            ExpressionAttributeNames={"#l": "list"},
            ExpressionAttributeValues={":g": dict(g), ":l": {"L": [{"M": {"in": dict(g)}}]}},
            ReturnValues=values,
        )

    @rule(target=forks, fork=forks, pk=PKS)
    def delete(self, fork: Database, pk: Any) -> Database:
        return self.done(fork, "DeleteItem", TableName="table", Key={"pk": dict(pk)}, ReturnValues="ALL_OLD")

    @rule(target=forks, fork=forks, pk=PKS, other=PKS)
    def transact(self, fork: Database, pk: Any, other: Any) -> Database:
        actions = [
            {"Put": {"TableName": "table", "Item": {"pk": dict(pk), "set": {"NS": ["2", "1"]}}}},
            {
                "Delete": {
                    "TableName": "table",
                    "Key": {"pk": dict(other)},
                    "ConditionExpression": "attribute_exists(pk)",
                }
            },
        ]
        return self.done(fork, "TransactWriteItems", TransactItems=actions)

    @rule(target=forks, fork=forks)
    def delete_the_table(self, fork: Database) -> Database:
        return self.done(fork, "DeleteTable", TableName="table")


def spoil(value: Any) -> None:
    """Change everything that can be changed in a request or a response."""
    if isinstance(value, dict):
        for inner in value.values():
            spoil(inner)
        value.clear()
    elif isinstance(value, list):
        for inner in value:
            spoil(inner)
        value.clear()


TestForks = Forks.TestCase
