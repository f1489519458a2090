"""Fault 7: a token expires between two pages. What is read by key goes on from the key; what is listed by token is listed again."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from tests.state.faulty_dynamodb import Faults, faulty
from tests.state.table_samples import SCHEMA, some_items
from twinstage.model.errors import AwsError
from twinstage.model.item_lines import canonical_line
from twinstage.world.aws.tagged import entries

EXPIRED = "PaginationTokenExpiredException"


def tagging() -> Any:
    return boto3.client("resourcegroupstaggingapi", "us-east-1", aws_access_key_id="x", aws_secret_access_key="x")


def page(number: int, token: str) -> dict[str, Any]:
    arn = f"arn:aws:dynamodb:us-east-1:222222222222:table/t{number}"
    return {"PaginationToken": token, "ResourceTagMappingList": [{"ResourceARN": arn, "Tags": []}]}


def test_a_listing_whose_token_expired_is_begun_again_and_told_once() -> None:
    client = tagging()
    with Stubber(client) as aws:
        aws.add_response("get_resources", page(1, "one"), {})
        aws.add_client_error("get_resources", EXPIRED, expected_params={"PaginationToken": "one"})
        aws.add_response("get_resources", page(1, "two"), {})
        aws.add_response("get_resources", page(2, ""), {"PaginationToken": "two"})

        found = [entry["ResourceARN"][-2:] for entry in entries(client, "get_resources", "ResourceTagMappingList")]

    assert found == ["t1", "t2"]


def test_a_listing_whose_tokens_always_expire_is_an_error_that_a_retry_may_mend() -> None:
    client = tagging()
    with Stubber(client) as aws:
        for _ in range(3):
            aws.add_response("get_resources", page(1, "one"), {})
            aws.add_client_error("get_resources", EXPIRED, expected_params={"PaginationToken": "one"})
        with pytest.raises(AwsError) as failed:
            list(entries(client, "get_resources", "ResourceTagMappingList"))

    assert failed.value.retryable


@pytest.mark.parametrize("seed", range(20))
def test_a_scan_whose_credentials_expire_goes_on_from_its_last_key(seed: int) -> None:
    """Every item once, though no pair of keys lives for more than a few requests."""
    # Of 20 KB each: a page of a scan holds fifty.
    items = [item | {"padding": {"S": "x" * 20_000}} for item in some_items(200)]
    with faulty(seed=seed) as dynamo:
        dynamo.create("twin", SCHEMA)
        dynamo.put("twin", items)
        dynamo.faults = Faults(expires_after=1 + seed % 4, throttled=0.2)
        tables = dynamo.wire()

        read = list(tables.scan("twin"))

        assert dynamo.requests["Scan"] >= 4
    assert sorted(map(canonical_line, read)) == sorted(map(canonical_line, items))
