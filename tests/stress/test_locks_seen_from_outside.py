"""Locks that handlers make of items and record sets, as their calls show them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.stress.virtual_time import table, world
from twinstage.stress.virtual.items import Written, conflicts_of, kept_of, key_of, written_by
from twinstage.stress.virtual.locks import Locks
from twinstage.world.contained import Call

A, B, C = 1, 2, 3
DATABASES = world(*table("locks")).databases


class Held(list[tuple[str, int, int]]):
    """What was told of holds, in order."""

    def __call__(self, key: str, begin_ns: int, end_ns: int) -> None:
        self.append((key, begin_ns, end_ns))


def test_a_lock_is_held_from_the_write_that_took_it_to_its_holders_last_one() -> None:
    held = Held()
    locks = Locks(held)

    locks.written("x", A, 10, conditional=True)
    locks.written("x", A, 20, conditional=False)  # it says that it is still there
    locks.refused("x", 25)
    locks.written("x", A, 30, conditional=False)
    locks.ended(A, ["x"])
    locks.written("x", B, 40, conditional=True)
    locks.written("x", B, 45, conditional=True)
    locks.ended(B, ["x"])

    assert held == [("x", 10, 30), ("x", 40, 45)]


def test_a_lock_that_nobody_gave_back_was_held_as_long_as_others_were_refused() -> None:
    held = Held()
    locks = Locks(held)

    locks.written("lease", A, 10, conditional=True)
    locks.ended(A, ["lease"])
    assert locks.refused("lease", 50)
    assert locks.refused("lease", 70)
    locks.written("lease", B, 90, conditional=True)
    locks.close()

    assert held == [("lease", 10, 70), ("lease", 90, 90)]


def test_a_lease_that_was_refused_while_its_holder_ran_outlives_it() -> None:
    held = Held()
    locks = Locks(held)

    locks.written("lease", A, 10, conditional=True)
    locks.refused("lease", 20)
    locks.ended(A, ["lease"])
    locks.refused("lease", 70)
    locks.written("lease", B, 90, conditional=True)
    locks.close()

    assert held == [("lease", 10, 70), ("lease", 90, 90)]


def test_what_is_taken_once_and_for_all_is_no_lock() -> None:
    """An idempotency key: refused to all who come later, to the end."""
    held = Held()
    locks = Locks(held)

    locks.written("done", A, 10, conditional=True)
    locks.ended(A, ["done"])
    locks.refused("done", 50)
    locks.refused("done", 900)
    locks.close()

    assert held == []


def test_a_lock_that_was_given_back_once_was_held_though_nobody_took_it_again() -> None:
    held = Held()
    locks = Locks(held)

    locks.written("x", A, 10, conditional=True)
    locks.refused("x", 20)
    locks.written("x", A, 30, conditional=False)
    locks.close()

    assert held == [("x", 10, 30)]


def test_of_many_items_those_taken_longest_ago_are_forgotten_as_at_the_end_of_a_run() -> None:
    held = Held()
    locks = Locks(held)

    locks.written("done", A, 10, conditional=True)
    locks.refused("done", 50)
    for number in range(10_000):
        locks.written(f"own-{number}", B, 60, conditional=True)
    locks.close()

    assert held == []


def test_holds_of_an_item_are_told_once_a_second_invocation_had_it() -> None:
    held = Held()
    locks = Locks(held)

    for holder, at in ((A, 10), (B, 30), (C, 50)):
        locks.written("x", holder, at, conditional=True)
        locks.written("x", holder, at + 5, conditional=False)
        locks.written(f"own-{holder}", holder, at, conditional=True)
        locks.ended(holder, ["x", f"own-{holder}"])
        assert len(held) == {A: 0, B: 2, C: 3}[holder]
    locks.close()

    assert held == [("x", 10, 15), ("x", 30, 35), ("x", 50, 55)]


def test_what_is_written_without_a_condition_takes_no_lock() -> None:
    held = Held()
    locks = Locks(held)

    locks.written("x", A, 10, conditional=False)
    locks.written("x", B, 20, conditional=False)
    locks.close()

    assert held == []


def call(operation: str, parameters: dict[str, Any], service: str = "dynamodb") -> Call:
    return Call(service, operation, parameters, "us-east-1", None)


@pytest.mark.parametrize(
    ("asked", "written"),
    [
        (
            call("PutItem", {"TableName": "locks", "Item": {"by": {"S": "me"}, "id": {"S": "a"}}}),
            [Written("locks/id=a", conditional=False)],
        ),
        (
            call("DeleteItem", {"TableName": "locks", "Key": {"id": {"S": "a"}}, "ConditionExpression": "#b = :me"}),
            [Written("locks/id=a", conditional=True)],
        ),
        (
            call(
                "TransactWriteItems",
                {
                    "TransactItems": [
                        {
                            "ConditionCheck": {
                                "TableName": "locks",
                                "Key": {"id": {"S": "a"}},
                                "ConditionExpression": "x",
                            }
                        },
                        {"Update": {"TableName": "arn:aws:dynamodb:r:1:table/locks", "Key": {"id": {"B": b"\1"}}}},
                    ]
                },
            ),
            [Written("locks/id=a", conditional=True), Written("locks/id=AQ==", conditional=False)],
        ),
        (call("GetItem", {"TableName": "locks", "Key": {"id": {"S": "a"}}}), []),
        (call("GetParameter", {"Name": "a"}, "ssm"), []),
    ],
)
def test_the_items_that_a_call_writes(asked: Call, written: list[Written]) -> None:
    assert written_by(asked, DATABASES, "us-east-1") == written


def test_a_condition_check_that_held_wrote_nothing() -> None:
    checked = {"TableName": "locks", "Key": {"id": {"S": "a"}}, "ConditionExpression": "x"}
    put = {"TableName": "locks", "Item": {"id": {"S": "b"}}, "ConditionExpression": "x"}
    transaction = call("TransactWriteItems", {"TransactItems": [{"ConditionCheck": checked}, {"Put": put}]})
    alone = call("PutItem", put)

    assert kept_of(transaction, written_by(transaction, DATABASES, "us-east-1")) == [
        Written("locks/id=b", conditional=True)
    ]
    assert kept_of(alone, written_by(alone, DATABASES, "us-east-1")) == [Written("locks/id=b", conditional=True)]


@pytest.mark.parametrize("key", [{}, {"id": {}}])
def test_a_key_that_the_service_will_refuse_has_a_name_all_the_same(key: dict[str, Any]) -> None:
    asked = call("UpdateItem", {"TableName": "locks", "Key": key})

    (one,) = written_by(asked, DATABASES, "us-east-1")

    assert one.key.startswith("locks/")


def test_a_record_set_is_one_lock_however_its_name_is_spelt() -> None:
    def key(**record_set: Any) -> str:
        change = {"Action": "CREATE", "ResourceRecordSet": {"Type": "A", **record_set}}
        parameters = {"HostedZoneId": "Z1", "ChangeBatch": {"Changes": [change]}}
        (one,) = written_by(call("ChangeResourceRecordSets", parameters, "route53"), {}, "us-east-1")
        return one.key

    assert key(Name="A.example") == key(Name="a.example.") == "Z1/a.example. A"
    assert key(Name="a.example.", SetIdentifier="blue") == "Z1/a.example. A blue"


def test_record_sets_that_are_created_or_deleted_are_written_under_a_condition() -> None:
    changes = [
        {"Action": action, "ResourceRecordSet": {"Name": f"{action.lower()}.example.", "Type": "TXT"}}
        for action in ("CREATE", "UPSERT", "DELETE")
    ]
    parameters = {"HostedZoneId": "/hostedzone/Z1", "ChangeBatch": {"Changes": changes}}

    written = written_by(call("ChangeResourceRecordSets", parameters, "route53"), {}, "us-east-1")

    assert [one.conditional for one in written] == [True, False, True]
    assert written[0].key == "Z1/create.example. TXT"
    assert conflicts_of("InvalidChangeBatch", {}, written) == written[:1]


def test_of_a_cancelled_transaction_those_that_met_a_condition_conflicted() -> None:
    written = [Written("t/id=a", conditional=True), Written("t/id=b", conditional=True)]
    reasons = {"CancellationReasons": [{"Code": "None"}, {"Code": "ConditionalCheckFailed"}]}

    assert conflicts_of("TransactionCanceledException", reasons, written) == written[1:]
    assert conflicts_of("ConditionalCheckFailedException", {}, written) == written[:1]
    assert conflicts_of("ValidationException", {}, written) == []


def test_a_call_is_about_what_it_writes_or_else_reads() -> None:
    get = call("GetItem", {"TableName": "locks", "Key": {"id": {"S": "a"}}})

    assert key_of(get, []) == "locks/id=a"
    assert key_of(get, [Written("other/id=b", conditional=False)]) == "other/id=b"
    assert key_of(call("Scan", {"TableName": "locks"}), []) is None
