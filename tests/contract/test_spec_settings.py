"""What is said of a table besides its items: time to live and tags.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTimeToLive.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TagResource.html
"""

from __future__ import annotations

from tests.contract.dynamo import Dynamo, Table, invalid, refused


def describe(table: Table) -> dict[str, str]:
    """The table's time to live."""
    return dict(table.client.describe_time_to_live(TableName=table.name)["TimeToLiveDescription"])


def set_ttl(table: Table, attribute: str, *, enabled: bool = True) -> dict[str, object]:
    """Turn time to live on or off."""
    specification = {"AttributeName": attribute, "Enabled": enabled}
    return dict(table.client.update_time_to_live(TableName=table.name, TimeToLiveSpecification=specification))


def tags(table: Table) -> list[dict[str, str]]:
    """The table's tags, in the order of their keys."""
    listed = table.client.list_tags_of_resource(ResourceArn=table.describe()["TableArn"])["Tags"]
    return sorted(listed, key=lambda tag: str(tag["Key"]))


def test_time_to_live_is_off_at_first(dynamo: Dynamo) -> None:
    assert describe(dynamo.table()) == {"TimeToLiveStatus": "DISABLED"}


def test_time_to_live_is_described_when_it_is_on(dynamo: Dynamo) -> None:
    table = dynamo.table()
    answer = set_ttl(table, "expires")
    assert answer["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}
    described = describe(table)
    assert described["AttributeName"] == "expires"
    assert described["TimeToLiveStatus"] in {"ENABLED", "ENABLING"}


def test_time_to_live_is_turned_on_once(dynamo: Dynamo) -> None:
    table = dynamo.table()
    set_ttl(table, "expires")
    assert refused(set_ttl, table, "expires") == invalid("TimeToLive is already enabled")
    assert refused(set_ttl, table, "other") == invalid(
        "TimeToLive is active on a different AttributeName: current AttributeName is expires"
    )


def test_time_to_live_is_turned_off_only_when_on(dynamo: Dynamo) -> None:
    assert refused(set_ttl, dynamo.table(), "expires", enabled=False) == invalid("TimeToLive is already disabled")


def test_an_item_that_is_due_may_still_be_read(dynamo: Dynamo) -> None:
    """Expired items that are not yet deleted still appear: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ttl-expired-items.html"""
    table = dynamo.table()
    set_ttl(table, "expires")
    table.put({"p": {"S": "a"}, "expires": {"S": "not a number"}})
    assert table.get({"p": {"S": "a"}}) is not None


def test_time_to_live_of_an_unknown_table(dynamo: Dynamo) -> None:
    answer = refused(dynamo.dynamodb.describe_time_to_live, TableName=dynamo.name())
    assert answer.code == "ResourceNotFoundException"


def test_a_table_has_the_tags_it_was_made_with(dynamo: Dynamo) -> None:
    table = dynamo.table(Tags=[{"Key": "team", "Value": "dns"}])
    assert tags(table) == [{"Key": "team", "Value": "dns"}]


def test_tags_are_added_replaced_and_removed(dynamo: Dynamo) -> None:
    table = dynamo.table()
    arn = table.describe()["TableArn"]
    assert tags(table) == []
    table.client.tag_resource(ResourceArn=arn, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    table.client.tag_resource(ResourceArn=arn, Tags=[{"Key": "a", "Value": "3"}])
    assert tags(table) == [{"Key": "a", "Value": "3"}, {"Key": "b", "Value": "2"}]
    table.client.untag_resource(ResourceArn=arn, TagKeys=["a", "absent"])
    assert tags(table) == [{"Key": "b", "Value": "2"}]


def test_tags_of_an_unknown_table(dynamo: Dynamo) -> None:
    table = dynamo.table()
    arn = table.describe()["TableArn"].replace(table.name, dynamo.name())
    assert refused(table.client.list_tags_of_resource, ResourceArn=arn).code == "ResourceNotFoundException"
