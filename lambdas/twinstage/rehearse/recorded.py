"""The case that a recorded day is: which events were roots, which an earlier response caused, and what may have been the other way round."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from twinstage.explore.case import DELIVERIES, Batch, ContainerSpec, Delivery, ItemWrite, Message
from twinstage.model.dns_name import canonical_name
from twinstage.model.item import to_client
from twinstage.model.timestamp import epoch_s

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from twinstage.model.event import Event
    from twinstage.rehearse.serial import SerialRun
    from twinstage.world.contained import Function

RETRIES = DELIVERIES - 1  # how often Lambda hands an asynchronous invocation over again that failed
_UNPRINTABLE = re.compile(r"[^A-Za-z0-9_.:-]")


@dataclass
class Chain:
    """A root and what followed from it in production: its delivery, the first and last hand-over, the lag after the last, its session.

    `lost`: a response asked for one more message, and the log, which goes on for long enough, does not have it: it never came.
    """

    name: str
    delivery: Delivery
    first_s: float
    last_s: float
    lag_s: float
    session: str | None
    events: list[str]
    lost: bool = False


@dataclass
class _Awaited:
    """A message that a response asked for, or that is handed over again because it failed; `retries`: how often it will be yet, where it fails."""

    chain: Chain
    function: str
    message: Any
    due_s: float
    asked_for: bool = True
    retries: int = RETRIES


def chains_of(
    events: Iterable[Event],
    run: SerialRun,
    zone_ids: Mapping[str, str],
    functions: Mapping[str, Function],
    lag_s: float | None,
) -> tuple[list[Chain], list[str]]:
    """The chains of a recorded day in the order of their roots, and the ids of events that cannot be explored.

    `run` replays the day as it was recorded, by the code that production ran: an event that equals what an earlier response asked for, but
    for the time of its hand-over, was caused by it; so was one that hands a failed message over again.
    """
    chains, awaited, left_out = list[Chain](), list[_Awaited](), list[str]()
    now = run.follow_ups.now if run.follow_ups else None
    for event in events:
        delivery = delivery_of(event.type, event.payload, epoch_s(event.timestamp), zone_ids)
        if delivery is None or (isinstance(delivery, Message) and delivery.function not in functions):
            left_out.append(event.id)
            continue
        cause = _cause(awaited, delivery, now)
        lag = lag_s if lag_s is not None else _timeout_s(delivery, functions)
        if cause is None:
            chain = Chain(
                _named(event.id, chains), delivery, delivery.at_s, delivery.at_s, lag, event.origin.session, []
            )
            chains.append(chain)
        else:
            chain = cause.chain
            chain.last_s, chain.lag_s = max(chain.last_s, delivery.at_s), lag
        chain.events.append(event.id)
        outcome = run.deliver(delivery, followed=False)
        if isinstance(delivery, Message):
            _await(awaited, chain, delivery, cause, run, outcome)
    last_s = max((chain.last_s for chain in chains), default=0.0)
    for each in awaited:
        each.chain.lost |= each.asked_for and each.due_s < last_s
    return chains, left_out


def containers_of(chains: Sequence[Chain]) -> tuple[ContainerSpec, ...]:
    """One container a chain. It begins after every one that was over for longer than its lag, or that was of the same session."""
    ordered: list[set[int]] = []
    specs = []
    for index, chain in enumerate(chains):
        earlier = [i for i in range(index) if _before(chains[i], chain)]
        reached: set[int] = set()
        direct = []
        for i in reversed(earlier):
            if i not in reached:
                direct.append(i)
                reached |= ordered[i] | {i}
        ordered.append(reached)
        after, most = frozenset(chains[i].name for i in direct), len(chain.events) if chain.lost else None
        specs.append(ContainerSpec(chain.name, (chain.delivery,), after, most))
    return tuple(specs)


def delivery_of(kind: str, payload: Mapping[str, Any], at_s: float, zone_ids: Mapping[str, str]) -> Delivery | None:
    """An event as something that can be handed over; None for what is none (zones made and deleted, a change without its changes)."""
    if kind == "lambda_invoke":
        return Message(payload["function"], payload["event"], at_s)
    if kind == "dns_update" and payload.get("changes"):
        zone_id = payload.get("zone_id") or zone_ids.get(canonical_name(payload["zone"]), payload["zone"])
        return Batch(str(zone_id).removeprefix("/hostedzone/"), tuple(payload["changes"]), at_s)
    if kind == "item_change":
        image = payload["new_image"]
        keys = to_client(payload["keys"])
        return ItemWrite(payload["table"], keys, to_client(image) if image is not None else None, at_s)
    return None


def _without(message: Any, member: str | None) -> Any:
    """A message without the member that holds its hand-over time."""
    if member is None or not isinstance(message, dict):
        return message
    return {name: value for name, value in message.items() if name != member}


def _before(one: Chain, other: Chain) -> bool:
    same_session = one.session is not None and one.session == other.session
    return same_session or other.first_s - one.last_s > one.lag_s


def _cause(awaited: list[_Awaited], delivery: Delivery, now: str | None) -> _Awaited | None:
    if not isinstance(delivery, Message):
        return None
    message = _without(delivery.event, now)
    found = next((a for a in awaited if a.function == delivery.function and a.message == message), None)
    if found is not None:
        awaited.remove(found)
    return found


def _await(
    awaited: list[_Awaited],
    chain: Chain,
    delivery: Message,
    cause: _Awaited | None,
    run: SerialRun,
    outcome: Mapping[str, Any],
) -> None:
    now = run.follow_ups.now if run.follow_ups else None
    after = run.asked_for(outcome)
    if after is not None:
        due_s = delivery.at_s + after.delay_s
        awaited.append(_Awaited(chain, after.function, _without(after.message, now), due_s))
    elif outcome["outcome"] == "error":
        left = cause.retries if cause is not None else RETRIES
        if left > 0:
            again = _without(delivery.event, now)
            awaited.append(_Awaited(chain, delivery.function, again, delivery.at_s, asked_for=False, retries=left - 1))


def _timeout_s(delivery: Delivery, functions: Mapping[str, Function]) -> float:
    return float(functions[delivery.function].timeout_s) if isinstance(delivery, Message) else 0.0


def _named(event: str, chains: Sequence[Chain]) -> str:
    name = _UNPRINTABLE.sub("-", event)
    taken = {chain.name for chain in chains}
    return (
        name
        if name not in taken
        else next(f"{name}.{n}" for n in range(2, len(taken) + 3) if f"{name}.{n}" not in taken)
    )
