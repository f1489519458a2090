"""One call asked of the memory world: its reply, refusals and calls that nobody answers included."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from twinstage.world.contained import Answered, Failed
from twinstage.world.memory.aws import NobodyAnswers, ServiceRefused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.explore.request import Request
    from twinstage.world.memory.aws import MemoryAws

NOBODY_ANSWERS: Final = "NobodyAnswers"
"""The error of a call that nobody in the memory world answers."""


def reply_of(door: MemoryAws, request: Request, parameters: Mapping[str, Any]) -> Answered | Failed:
    """What the memory world replies to a request with these parameters, as it is now; what was prepared for it, where that is so."""
    if request.prepared is not None:
        return request.prepared
    if request.service == "dynamodbstreams":
        nobody = NobodyAnswers(request.service, request.operation, "an exploration keeps no stream records")
        return Failed(NOBODY_ANSWERS, nobody.message, 501)
    try:
        return Answered(door.answer(request.service, request.operation, parameters, region=request.region))
    except ServiceRefused as refused:
        return Failed(refused.error, refused.message, refused.status, refused.members)
    except NobodyAnswers as nobody:
        return Failed(NOBODY_ANSWERS, nobody.message, 501)
