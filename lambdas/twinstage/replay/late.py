"""Late events: told after the moment at which the state they made was captured."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from twinstage.model.errors import InputError, InputProblem
from twinstage.model.timestamp import instant
from twinstage.replay.intake_log import EventLog

if TYPE_CHECKING:
    from twinstage.replay.intake import Intake


def without_late(intake: Intake, since: str) -> Intake:
    """The intake without the events of before `since` (RFC 3339, in UTC), and how many these were: the snapshot holds what they did, and doing it again would be wrong.

    An event of that very moment is not late. Raises InputError where nothing is left.
    """
    begin = instant(since)
    kept, late = EventLog(), 0
    for event in intake.events:
        if instant(event.timestamp) < begin:
            late += 1
        else:
            kept.append(event)
    if not late:
        return intake
    if not kept:
        message = f"all {late} events are from before {since}"
        raise InputError(
            [InputProblem("events", 0, "/events/since", message, "give the moment that the snapshot holds")]
        )
    return replace(intake, events=kept, late=intake.late + late)
