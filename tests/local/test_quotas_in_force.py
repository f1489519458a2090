"""Quotas of the embedded AWS: they bind whom they are told to, by the wall clock, and functions with back-off get through them."""

from __future__ import annotations

import json
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.local.conftest import ECHO, Workshop, eventually, logged

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LISTING = """
import boto3
from botocore.config import Config
client = boto3.client("route53", config=Config(retries={"mode": "MODE", "total_max_attempts": ATTEMPTS}))
def handler(event, context):
    told = []
    for _ in range(event["calls"]):
        try:
            told.append(client.list_hosted_zones()["ResponseMetadata"]["RetryAttempts"])
        except client.exceptions.ClientError as error:
            told.append(error.response["Error"]["Code"])
    return told
"""
NESTING = """
import boto3, json
from botocore.config import Config
client = boto3.client("lambda", config=Config(retries={"total_max_attempts": 1}))
def handler(event, context):
    if not event["deeper"]:
        return "done"
    try:
        payload = json.dumps({"deeper": event["deeper"] - 1})
        return json.loads(client.invoke(FunctionName=context.function_name, Payload=payload)["Payload"].read())
    except client.exceptions.TooManyRequestsException as error:
        return [error.response["Reason"], event["deeper"], error.response["ResponseMetadata"]["HTTPStatusCode"]]
"""


def listing(*, attempts: int, mode: str = "standard") -> str:
    return LISTING.replace("ATTEMPTS", str(attempts)).replace("MODE", mode)


@contextmanager
def bound(workshop: Workshop, name: str, overrides: Mapping[str, Any]) -> Iterator[None]:
    """The quotas bind one function: its role, and its invocations."""
    configuration = workshop.client("lambda").get_function(FunctionName=name)["Configuration"]
    workshop.engine.quotas.bind(
        workshop.account, overrides, callers=[configuration["Role"]], functions=[configuration["FunctionArn"]]
    )
    try:
        yield
    finally:
        workshop.engine.quotas.lift(workshop.account)


class TestRequests:
    @pytest.mark.parametrize("mode", ["standard", "adaptive"])
    def test_a_function_that_backs_off_is_throttled_and_gets_every_request_through(
        self, workshop: Workshop, mode: str
    ) -> None:
        name = workshop.function(listing(attempts=10, mode=mode), Timeout=60)
        with bound(workshop, name, {"route53.requests": {"rate_per_s": 2, "burst": 1}}):
            retries = workshop.invoke(name, {"calls": 3})["Payload"]

        assert all(isinstance(each, int) for each in retries)
        assert sum(retries) > 0

    def test_a_function_that_does_not_back_off_meets_the_refusal(self, workshop: Workshop) -> None:
        name = workshop.function(listing(attempts=1))
        with bound(workshop, name, {"route53.requests": {"rate_per_s": 1e-6, "burst": 2}}):
            told = workshop.invoke(name, {"calls": 4})["Payload"]

        assert told == [0, 0, "Throttling", "Throttling"]

    def test_nobody_else_is_bound_and_nothing_binds_once_it_is_lifted(self, workshop: Workshop) -> None:
        bound_one, other = (workshop.function(listing(attempts=1), workshop.role()) for _ in range(2))
        with bound(workshop, bound_one, {"route53.requests": {"rate_per_s": 1e-6, "burst": 1}}):
            assert workshop.invoke(other, {"calls": 5})["Payload"] == [0] * 5
            answers = [workshop.client("route53").list_hosted_zones() for _ in range(5)]
            assert [answer["ResponseMetadata"]["RetryAttempts"] for answer in answers] == [0] * 5
            assert workshop.invoke(bound_one, {"calls": 2})["Payload"] == [0, "Throttling"]

        assert workshop.invoke(bound_one, {"calls": 5})["Payload"] == [0] * 5

    @pytest.mark.parametrize(
        ("quota", "service", "call", "refused"),
        [
            ("events.put_events", "events", "put_events(Entries=[{'Source': 's', 'DetailType': 'd', 'Detail': '{}'}])", "ThrottlingException"),
            ("stepfunctions.start_execution", "stepfunctions", "start_execution(stateMachineArn=event['machine'])", "ThrottlingException"),
            ("lambda.control_plane", "lambda", "list_functions()", "TooManyRequestsException"),
        ],
    )  # fmt: skip
    def test_other_services_throttle_at_the_door(
        self, workshop: Workshop, quota: str, service: str, call: str, refused: str
    ) -> None:
        code = (
            "import boto3\nfrom botocore.config import Config\nfrom botocore.exceptions import ClientError\n"
            f"client = boto3.client('{service}', config=Config(retries={{'total_max_attempts': 1}}))\n"
            "def told(event):\n    try:\n"
            f"        client.{call}\n"
            "        return 'done'\n    except ClientError as error:\n"
            "        return [error.response['Error']['Code'], error.response['ResponseMetadata']['HTTPStatusCode']]\n"
            "def handler(event, context):\n    return [told(event) for _ in range(3)]\n"
        )
        machine = f"arn:aws:states:us-east-1:{workshop.account}:stateMachine:nobodys"
        name = workshop.function(code)
        with bound(workshop, name, {quota: {"rate_per_s": 1e-6, "burst": 1}}):
            first, *others = workshop.invoke(name, {"machine": machine})["Payload"]

        assert first == "done" or first[0] not in (refused, "AccessDeniedException")
        assert others == [[refused, 429 if service == "lambda" else 400]] * 2


class TestInvocations:
    def test_so_many_run_at_once_and_the_next_is_refused_as_lambda_refuses(self, workshop: Workshop) -> None:
        """A function that invokes itself, twice deeper, holds a place at each depth."""
        name = workshop.function(NESTING)
        with bound(workshop, name, {"lambda.concurrency": {"most": 2}}):
            refused = workshop.invoke(name, {"deeper": 2})["Payload"]
            fits = workshop.invoke(name, {"deeper": 1})["Payload"]

        assert (refused, fits) == (["ConcurrentInvocationLimitExceeded", 1, 429], "done")

    def test_short_invocations_are_bounded_by_their_rate(self, workshop: Workshop) -> None:
        name = workshop.function(ECHO)
        with bound(workshop, name, {"lambda.invocations": {"rate_per_s": 1e-6, "burst": 2}}):
            told = [invoked(workshop, name)[1] for _ in range(3)]

        assert told == [200, 200, 429]

    def test_a_place_is_free_again_once_an_invocation_is_over(self, workshop: Workshop) -> None:
        name = workshop.function(ECHO)
        with bound(workshop, name, {"lambda.concurrency": {"most": 1}}):
            assert [invoked(workshop, name)[1] for _ in range(3)] == [200] * 3

    def test_an_asynchronous_event_waits_for_its_place(self, workshop: Workshop) -> None:
        name = workshop.function("def handler(event, context):\n    print('served', event['n'])\n")
        group = f"/aws/lambda/{name}"
        workshop.client("logs").create_log_group(logGroupName=group)
        with bound(workshop, name, {"lambda.invocations": {"rate_per_s": 10, "burst": 1}}):
            for number in range(4):
                workshop.client("lambda").invoke(
                    FunctionName=name, InvocationType="Event", Payload=f'{{"n": {number}}}'.encode()
                )
            eventually(lambda: sum("served" in line for line in logged(workshop, group)) == 4)

    def test_other_functions_are_not_bound(self, workshop: Workshop) -> None:
        name, other = workshop.function(ECHO), workshop.function(ECHO)
        with bound(workshop, name, {"lambda.invocations": {"rate_per_s": 1e-6, "burst": 1}}):
            assert [invoked(workshop, other)[1] for _ in range(3)] == [200] * 3


def invoked(workshop: Workshop, name: str) -> tuple[Any, int]:
    """What an invocation came to: what it returned or the error's code, and the HTTP status."""
    session = workshop.engine.session(workshop.account)
    with closing(session.client("lambda", config=Config(retries={"total_max_attempts": 1}))) as client:
        try:
            answer = client.invoke(FunctionName=name, Payload="{}")
        except ClientError as error:
            return error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]
        return json.loads(answer["Payload"].read()), answer["StatusCode"]
