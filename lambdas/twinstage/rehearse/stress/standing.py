"""What stands before a load on virtual time begins: record sets and items that the scenario gives, over what was captured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.model.errors import InputError, InputProblem
from twinstage.rehearse.recorded import delivery_of
from twinstage.rehearse.serial import SerialRun

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from twinstage.world.memory.aws import AwsState


def with_given(state: AwsState, given: Sequence[Mapping[str, Any]], now_s: float) -> AwsState:
    """The state that these record changes and writes of items leave, one after the other. Raises InputError with every one that is refused."""
    zones = {held.zone.name: id_ for id_, held in state.route53.zones.items()}
    run, problems = SerialRun(state, {}, None, now_s=now_s), []
    for number, message in enumerate(given):
        delivery = delivery_of("item_change" if "table" in message else "dns_update", message, now_s, zones)
        outcome = {"error": "NoSuchHostedZone"} if delivery is None else run.deliver(delivery)
        if outcome.get("error"):
            told = f"{outcome['error']}: {outcome.get('message', 'no zone of that name or id is captured')}"
            problems.append(
                InputProblem("the scenario", 0, f"/stress/given/{number}", told, "give what can stand there")
            )
    if problems:
        raise InputError(problems)
    return run.state
