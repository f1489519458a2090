"""Who answers a call on virtual time: what was prepared for it, the exact world within its quotas, or nobody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from twinstage.world.contained import Answered, Failed
from twinstage.world.memory.aws import NobodyAnswers, ServiceRefused, Throttled

if TYPE_CHECKING:
    from twinstage.world.answers import Asker
    from twinstage.world.contained import Call
    from twinstage.world.memory.aws import MemoryAws
    from twinstage.world.quotas import Demand, Refusal

NOBODY_ANSWERS: Final = "NobodyAnswers"
_NOT_IMPLEMENTED: Final = 501


@dataclass(frozen=True, slots=True)
class Reply:
    """What a call came to. `demands`: what it drew on of which quota, or would have; `refusal`: the quota that refused it."""

    answer: Answered | Failed
    demands: tuple[Demand, ...] = ()
    refusal: Refusal | None = None


def reply_to(call: Call, world: MemoryAws, asker: Asker | None, busy_s: float) -> Reply:
    """Carry a call out. `busy_s`: how long the service is at it."""
    prepared = asker.reply(call) if asker is not None else None
    if prepared is not None:
        return Reply(prepared)
    try:
        carried = world.carry_out(call.service, call.operation, call.parameters, region=call.region, busy_s=busy_s)
    except Throttled as throttled:
        failed = Failed(throttled.error, throttled.message, throttled.status, throttled.members, retries=True)
        return Reply(failed, throttled.demands, throttled.refusal)
    except ServiceRefused as refused:
        # A write whose condition does not hold is paid for like one that does.
        return Reply(Failed(refused.error, refused.message, refused.status, refused.members), refused.demands)
    except NobodyAnswers as nobody:
        return Reply(Failed(NOBODY_ANSWERS, nobody.message, _NOT_IMPLEMENTED))
    return Reply(Answered(carried.response), carried.demands)
