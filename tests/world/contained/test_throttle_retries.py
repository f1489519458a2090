"""A throttled call of a contained handler is retried by botocore's own rules, as the handler configured its client, on virtual time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.world.contained.conftest import Handlers

THROTTLED: dict[str, Any] = {"error": "Throttling", "message": "Rate exceeded", "status": 400, "retries": True}
LISTING = """
import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
client = boto3.client("route53", config=Config(retries=RETRIES))
def lambda_handler(event, context):
    told = []
    for _ in range(CALLS):
        try:
            metadata = client.list_hosted_zones()["ResponseMetadata"]
        except ClientError as error:
            metadata = {**error.response["ResponseMetadata"], "code": error.response["Error"]["Code"]}
        told.append([metadata["RetryAttempts"], metadata.get("code"), metadata.get("MaxAttemptsReached", False)])
    return told
"""


def listing(retries: dict[str, Any], calls: int = 1) -> str:
    return LISTING.replace("RETRIES", repr(retries)).replace("CALLS", str(calls))


@pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
def test_a_call_that_is_admitted_in_the_end_succeeds_and_says_how_often_it_was_retried(
    handlers: Handlers, mode: str
) -> None:
    told = handlers.run(
        listing({"mode": mode}), {"ListHostedZones": [THROTTLED, THROTTLED, {"HostedZones": []}]}, timeout_s=900
    )

    assert told.response == [[2, None, False]]
    assert [each["operation"] for each in told.asked] == ["ListHostedZones"] * 3
    assert told.asked[0]["slept_s"] == 0
    assert all(each["slept_s"] > 0 for each in told.asked[1:])


@pytest.mark.parametrize(
    ("retries", "attempts"),
    [
        ({"mode": "legacy"}, 5),
        ({"mode": "standard"}, 3),
        ({"mode": "standard", "total_max_attempts": 2}, 2),
        ({"mode": "legacy", "max_attempts": 0}, 1),
    ],
)
def test_a_client_gives_up_after_the_attempts_that_the_handler_allowed(
    handlers: Handlers, retries: dict[str, Any], attempts: int
) -> None:
    told = handlers.run(listing(retries), {"ListHostedZones": [THROTTLED]}, timeout_s=900)

    assert told.response == [[attempts - 1, "Throttling", True]]
    assert len(told.asked) == attempts


def test_standard_modes_quota_of_retries_runs_out_and_is_a_clients_own(handlers: Handlers) -> None:
    """500 tokens, 5 a throttled retry, none given back by failures: with 2 retries a call the 50th call takes the last."""
    code = listing({"mode": "standard"}, calls=60)
    first, second = handlers.each([code, code], {"ListHostedZones": [THROTTLED]}, timeout_s=900)

    for told in (first, second):
        retries = [each[0] for each in told.response]
        assert retries == [2] * 50 + [0] * 10


def test_equal_seeds_back_off_for_equal_times_and_others_do_not(handlers: Handlers) -> None:
    function = handlers.function(listing({"mode": "standard"}), timeout_s=900)
    told = {
        seed: handlers.converse({"A": {"function": function, "seed": seed}}, {"ListHostedZones": [THROTTLED]})["A"]
        for seed in (1, 2)
    }
    again = handlers.converse({"A": {"function": function, "seed": 1}}, {"ListHostedZones": [THROTTLED]})["A"]

    slept = {seed: [each["slept_s"] for each in one.asked] for seed, one in told.items()}
    assert [each["slept_s"] for each in again.asked] == slept[1] != slept[2]


def test_a_refusal_that_says_nothing_of_retries_reaches_the_handler_at_once(handlers: Handlers) -> None:
    told = handlers.run(listing({"mode": "standard"}), {"ListHostedZones": [{**THROTTLED, "retries": False}]})

    assert told.response == [[0, "Throttling", False]]
    assert len(told.asked) == 1
