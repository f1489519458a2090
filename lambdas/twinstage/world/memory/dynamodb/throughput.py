"""Provisioned throughput as it is changed.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html (ProvisionedThroughput)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.world.memory.dynamodb.definition import Throughput
from twinstage.world.memory.dynamodb.errors import invalid

if TYPE_CHECKING:
    from collections.abc import Mapping


def changed_throughput(current: Throughput, given: Mapping[str, Any], owner: str, now: float) -> Throughput:
    """Answer the throughput of `owner` (`table`, `index x`) as it is given, with the times of its last changes; refuses what it is already."""
    read, write = given["ReadCapacityUnits"], given["WriteCapacityUnits"]
    if (read, write) == (current.read, current.write):
        raise invalid(
            f"The provisioned throughput for the {owner} will not change. The requested value equals the current value. "
            f"Current ReadCapacityUnits provisioned for the table: {read}. Requested ReadCapacityUnits: {read}. "
            f"Current WriteCapacityUnits provisioned for the table: {write}. Requested WriteCapacityUnits: {write}. "
            "Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits."
        )
    raised = now if read > current.read or write > current.write else current.raised
    lowered = now if read < current.read or write < current.write else current.lowered
    return Throughput(read, write, raised, lowered)
