"""Single changes of items as a log tells them: on a condition, and never twice where nobody knows whether the first was done."""

from __future__ import annotations

import pytest

from tests.replay.memory_items import MemoryCalls
from tests.state.production_parts import item
from twinstage.model.errors import AwsError
from twinstage.model.item import canonical_item
from twinstage.world.aws.item_changes import MOST_COMPARED, DynamoItemChanges
from twinstage.world.aws.retry import Retry
from twinstage.world.interface import Refused

KEY = {"pk": {"S": "a"}, "sk": {"N": "1"}}
FIRST, SECOND = item("a", "1", v={"B": "AAE="}), item("a", "1", v={"NS": ["1", "2"]})


@pytest.fixture
def calls() -> MemoryCalls:
    return MemoryCalls("plans")


@pytest.fixture
def changes(calls: MemoryCalls) -> DynamoItemChanges:
    return DynamoItemChanges(calls, retry=Retry(pause=lambda _: None))


def test_an_item_is_made_changed_and_deleted_as_long_as_it_is_what_it_was(
    calls: MemoryCalls, changes: DynamoItemChanges
) -> None:
    changes.change("plans", KEY, FIRST, conditional=True)
    changes.change("plans", KEY, SECOND, old=FIRST, conditional=True)
    assert calls.items("plans") == [canonical_item(SECOND)]
    changes.change("plans", KEY, None, old=item("a", "1", v={"NS": ["2", "1.0"]}), conditional=True)
    assert calls.items("plans") == []


@pytest.mark.parametrize("old", [None, FIRST, item("a", "1", other={"S": "x"})])
def test_an_item_that_is_another_is_refused_and_stays(
    calls: MemoryCalls, changes: DynamoItemChanges, old: dict[str, dict[str, object]] | None
) -> None:
    changes.change("plans", KEY, SECOND)
    for new in (FIRST, None):
        with pytest.raises(Refused, match="ConditionalCheckFailedException"):
            changes.change("plans", KEY, new, old=old, conditional=True)
    assert calls.items("plans") == [canonical_item(SECOND)]


def test_without_a_condition_anything_may_stand_there(calls: MemoryCalls, changes: DynamoItemChanges) -> None:
    changes.change("plans", KEY, SECOND)
    changes.change("plans", KEY, FIRST)
    changes.change("plans", KEY, None)
    changes.change("plans", KEY, None)
    assert calls.items("plans") == []


def test_an_item_of_any_number_of_attributes_fits_into_a_condition(changes: DynamoItemChanges) -> None:
    wide = item("a", "1", **{f"attribute-{n:04d}": {"N": str(n)} for n in range(3 * MOST_COMPARED)})
    changes.change("plans", KEY, wide, conditional=True)
    changes.change("plans", KEY, FIRST, old=wide, conditional=True)
    with pytest.raises(Refused):
        changes.change("plans", KEY, FIRST, old=wide, conditional=True)


def test_a_throttled_change_is_sent_again(calls: MemoryCalls, changes: DynamoItemChanges) -> None:
    calls.failing = [AwsError("dynamodb", "PutItem", "ThrottlingException", "slow down", retryable=True)] * 2
    changes.change("plans", KEY, FIRST, conditional=True)
    assert calls.sent == ["PutItem"] * 3


@pytest.mark.parametrize("error", ["ConnectionResetError", "InternalServerError"])
def test_a_change_whose_answer_was_lost_is_not_sent_again(
    calls: MemoryCalls, changes: DynamoItemChanges, error: str
) -> None:
    calls.failing = [AwsError("dynamodb", "PutItem", error, "gone", retryable=True)]
    with pytest.raises(AwsError, match="perhaps it was done") as caught:
        changes.change("plans", KEY, FIRST, conditional=True)
    assert not caught.value.retryable
    assert calls.sent == ["PutItem"]
