"""A planned change of a table's schema: in place, another table, or what cannot be taken back."""

from __future__ import annotations

from typing import Any

import pytest

from tests.state.production_parts import SCHEMA
from twinstage.rehearse.change.tables import table_changes

BY_SK = {
    "IndexName": "by-sk",
    "KeySchema": [{"AttributeName": "sk", "KeyType": "HASH"}],
    "Projection": {"ProjectionType": "ALL"},
}
FULL: dict[str, Any] = {
    **SCHEMA,
    "GlobalSecondaryIndexes": [BY_SK],
    "TimeToLive": {"AttributeName": "until"},
    "PointInTimeRecovery": True,
    "StreamSpecification": {"StreamViewType": "NEW_IMAGE"},
    "DeletionProtectionEnabled": True,
}
NUMBERS = [{"AttributeName": "pk", "AttributeType": "N"}, {"AttributeName": "sk", "AttributeType": "N"}]
PROVISIONED: dict[str, Any] = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}


def without(*members: str) -> dict[str, Any]:
    return {name: value for name, value in FULL.items() if name not in members}


@pytest.mark.parametrize(
    ("after", "place", "category", "forward_only"),
    [
        ({**FULL, "KeySchema": FULL["KeySchema"][:1]}, "KeySchema", "breaking", True),
        ({**FULL, "AttributeDefinitions": NUMBERS}, "AttributeDefinitions/pk", "breaking", True),
        ({**FULL, "LocalSecondaryIndexes": [BY_SK]}, "LocalSecondaryIndexes/by-sk", "breaking", True),
        (without("GlobalSecondaryIndexes"), "GlobalSecondaryIndexes/by-sk", "breaking", False),
        (
            {**FULL, "GlobalSecondaryIndexes": [BY_SK, {**BY_SK, "IndexName": "more"}]},
            "GlobalSecondaryIndexes/more",
            "non-breaking",
            False,
        ),
        (
            {**FULL, "GlobalSecondaryIndexes": [{**BY_SK, "Projection": {"ProjectionType": "KEYS_ONLY"}}]},
            "GlobalSecondaryIndexes/by-sk",
            "breaking",
            False,
        ),
        ({**FULL, "BillingMode": "PROVISIONED"}, "BillingMode", "undecided", False),
        ({**FULL, "TimeToLive": {"AttributeName": "other"}}, "TimeToLive", "undecided", True),
        (without("TimeToLive"), "TimeToLive", "non-breaking", False),
        (without("PointInTimeRecovery"), "PointInTimeRecovery", "non-breaking", True),
        (without("StreamSpecification"), "StreamSpecification", "breaking", True),
        (without("DeletionProtectionEnabled"), "DeletionProtectionEnabled", "undecided", False),
        ({**FULL, "TableClass": "STANDARD_INFREQUENT_ACCESS"}, "TableClass", "non-breaking", False),
    ],
)
def test_each_change_has_its_place_its_category_and_whether_there_is_a_way_back(
    after: dict[str, Any], place: str, category: str, forward_only: bool
) -> None:
    [found], _ = table_changes("plans", FULL, after, items=7)
    assert (found.place, found.category, found.forward_only) == (place, category, forward_only)


def test_throughput_that_is_lowered_may_throttle_and_more_does_not() -> None:
    before: dict[str, Any] = {**SCHEMA, "BillingMode": "PROVISIONED", "ProvisionedThroughput": PROVISIONED}
    for units, category in ((4, "undecided"), (6, "non-breaking")):
        after = {**before, "ProvisionedThroughput": {**PROVISIONED, "WriteCapacityUnits": units}}
        [found], _ = table_changes("plans", before, after, items=0)
        assert found.category == category


def test_a_table_that_holds_items_is_not_replaced_without_somebody_s_word() -> None:
    other_key = {**FULL, "KeySchema": FULL["KeySchema"][:1]}
    _, [_, full] = table_changes("plans", FULL, other_key, items=7)
    assert (full.id, full.passed, full.limit) == ("items-replaced", False, "0 items")
    assert full.observed == "7 items in a table that is replaced (KeySchema)"
    [change], [_, empty] = table_changes("plans", FULL, other_key, items=0)
    assert empty.passed
    assert not change.forward_only


def test_the_same_schema_is_no_change() -> None:
    changes, [accepted, guard] = table_changes("plans", FULL, dict(reversed(FULL.items())), items=7)
    assert (changes, accepted.passed, guard.passed) == ((), True, True)


def test_what_dynamodb_would_refuse_is_refused_in_its_words_and_nobody_can_let_it_through() -> None:
    _, [told, _] = table_changes("plans", FULL, {**FULL, "AttributeDefinitions": NUMBERS[:1]}, items=0)
    assert (told.id, told.passed, told.final) == ("accepted", False, True)
    assert told.observed.startswith("ValidationException: ")
