"""The memory world answers random requests as others do: the same answers, the same errors, the same state after each step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from tests.contract.agreement import Agreement
from tests.contract.route53_agreement import Route53Agreement
from tests.contract.wordings import LOCAL

if TYPE_CHECKING:
    from tests.contract.dynamo import Dynamo

# Examples, and steps of each.
SOME, MANY = (25, 25), (600, 50)
dynamo_others = pytest.mark.parametrize("dynamo", [LOCAL, "engine"], indirect=True)
route53_others = pytest.mark.parametrize("route53", ["engine"], indirect=True)


def agree(machine: type[RuleBasedStateMachine], other: Any, examples: int, steps: int) -> None:
    """Run a machine against `other`."""
    run_state_machine_as_test(
        type(f"{machine.__name__}Here", (machine,), {"other": other}),
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            report_multiple_bugs=False,
            # Each step costs a request: to shorten a failure takes minutes, and the failed comparison names its request anyway.
            phases=[Phase.reuse, Phase.generate],
        ),
    )


@dynamo_others
def test_random_requests_to_dynamodb_have_the_same_answers(dynamo: Dynamo) -> None:
    agree(Agreement, dynamo, *SOME)


@pytest.mark.long
@pytest.mark.timeout(1800)
@dynamo_others
def test_very_many_random_requests_to_dynamodb_have_the_same_answers(dynamo: Dynamo) -> None:
    agree(Agreement, dynamo, *MANY)


@route53_others
def test_random_requests_to_route53_have_the_same_answers(route53: Any) -> None:
    agree(Route53Agreement, route53, *SOME)


@pytest.mark.long
@pytest.mark.timeout(1800)
@route53_others
def test_very_many_random_requests_to_route53_have_the_same_answers(route53: Any) -> None:
    agree(Route53Agreement, route53, *MANY)
