"""What invocations and execution environments of a function ask of Lambda's quotas.

Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html (concurrency, requests per second, scaling rate)
"""

from __future__ import annotations

from typing import Final

from twinstage.world.quotas.demand import Demand

INVOCATIONS_PER_PLACE: Final = 10.0
"""Invocations a second that Lambda admits for each unit of a function's reserved concurrency."""
_ARN_PARTS = 5


def invocation_demands(function_arn: str, reserved: int | None = None) -> tuple[Demand, ...]:
    """The demands of one invocation. Its places are held until it ends.

    A function with `reserved` concurrency has that, and ten times that a second, for itself; the others of the account share the account's. Reservations are not
    taken off what the others share: whoever has them says so with an override of lambda.concurrency.
    """
    if reserved is None:
        place = _place(function_arn)
        return (Demand("lambda.concurrency", place), Demand("lambda.invocations", place))
    return (
        Demand("lambda.function_concurrency", function_arn, most=float(reserved)),
        Demand("lambda.function_invocations", function_arn, rate_per_s=INVOCATIONS_PER_PLACE * reserved),
    )


def environment_demands(function_arn: str) -> tuple[Demand, ...]:
    """The demands of a new execution environment of a function."""
    return (Demand("lambda.scale_up", function_arn),)


def _place(function_arn: str) -> str:
    """The account and region of a function, as the keys of account-wide quotas are."""
    parts = function_arn.split(":")
    return f"{parts[4]}/{parts[3]}" if len(parts) >= _ARN_PARTS else function_arn
