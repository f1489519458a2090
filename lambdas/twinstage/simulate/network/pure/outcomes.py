"""How attempts end: drawn many at a time."""

from __future__ import annotations

from itertools import chain, repeat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from twinstage.simulate.network.plan import StagePlan
    from twinstage.simulate.network.pure.agenda import Agenda, Happens
    from twinstage.simulate.network.pure.recorder import Recorder

# Services drawn at once.
_BLOCK = 256


def services(plan: StagePlan, agenda: Agenda) -> Iterator[list[int]]:
    """What a stage's service time is, as drawn, a block at a time."""
    return plan.service.blocks(agenda.stream(plan.name, "service"), _BLOCK)


def outcomes(
    plan: StagePlan, agenda: Agenda, recorder: Recorder, ends: Callable[[], tuple[Happens, Happens]]
) -> Callable[[], tuple[int, Happens]]:
    """Draws how long an attempt takes, and what happens at its end. `ends`, which is asked as the first is drawn: what happens if it succeeds, or fails.

    Of batches whose time depends on their size it draws the rest of it, and notes nothing; else it is the whole, with the time-out, and `recorder` has it.
    """
    return chain.from_iterable(_blocks(plan, agenda, recorder, ends)).__next__


def _blocks(
    plan: StagePlan, agenda: Agenda, recorder: Recorder, ends: Callable[[], tuple[Happens, Happens]]
) -> Iterator[Iterator[tuple[int, Happens]]]:
    failure, (succeeds, fails) = agenda.stream(plan.name, "failure").random, ends()
    for block in services(plan, agenda):
        outcome: list[Happens] = [succeeds] * _BLOCK
        if plan.failure:
            outcome = [fails if failure() < plan.failure else succeeds for _ in repeat(None, _BLOCK)]
        if plan.sized:
            yield zip(block, outcome, strict=True)
            continue
        whole = [service + plan.per_record for service in block] if plan.per_record else block
        if plan.timeout:
            outcome = [fails if one > plan.timeout else end for one, end in zip(whole, outcome, strict=True)]
            whole = [min(one, plan.timeout) for one in whole]
        yield zip(recorder.drawn(whole), outcome, strict=True)
