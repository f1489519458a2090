"""An invariant of a scenario: what must hold of zones, tables, endings of invocations, and where it is asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING, Any

from twinstage.model.dns_name import canonical_name
from twinstage.model.item_invariant import Items, items_of

if TYPE_CHECKING:
    from collections.abc import Mapping

BELOW = "*."  # what the names below a suffix are written with
REPLAY, EXPLORATION = "replay", "exploration"
RECOVERY = "recovery"
STUCK, SPINS = "stuck", "spins"
ALWAYS_ASKED = {
    STUCK: "containers never wait for each other without an end",
    SPINS: "no container asks for the same thing again and again without a pause",
}
"""What every exploration asks, by id, with its title: whether time helps where containers wait, or nothing but time passes, without an end; and
whether a container comes back to the same call, the world unchanged, without a pause."""
# What is asked of every reached state, or of tables, or of endings: a replay has one history, of zones.
EXPLORED_KINDS = frozenset({"recovers", "answers", "waits", "succeeds", "reports", "locked", "settled", "items"})
PATTERN_KINDS = frozenset({"gone", "ttl_at_most", "ttl_at_least", "locked"})
DEED_KINDS = frozenset({"locked", "settled"})  # asked of each batch of record changes, and of who made it
# What they speak of is made by the code that is judged: where it never came about they hold, and that is said, but not held against the run.
MAY_BE_IDLE = frozenset(
    {
        "gone",
        "agrees",
        "remembers",
        "retains",
        "ttl_at_most",
        "ttl_at_least",
        "whole",
        "waits",
        "succeeds",
        "reports",
        "items",
        *DEED_KINDS,
    }
)


@dataclass(frozen=True)
class Source:
    """Where a table says what a name answers: the item's key (DynamoDB JSON, `{generation}` in it), pointers to addresses and weights."""

    table: str
    key: Mapping[str, Mapping[str, str]]
    addresses: str
    weights: str | None = None


@dataclass(frozen=True)
class Highest:
    """The highest number that the items of a table have in an attribute."""

    table: str
    attribute: str


@dataclass(frozen=True)
class Wait:
    """Follow-ups that are held back: to a function, with a message that holds `message` among other things, from `at_least_s` to `at_most_s` seconds."""

    function: str
    message: Mapping[str, Any]
    at_least_s: float = 0.0
    at_most_s: float = inf


@dataclass(frozen=True)
class Locked:
    """A lock: the TXT `<labels>.<zone>` with the text `<holder> <epoch second it expires>`, taken for `lease_s` seconds at most.

    JSON pointers into a message say on whose behalf it is worked on, and what time it is (None: what the function's own clock says).
    """

    labels: str
    holder: str
    lease_s: float
    now: str | None = None


@dataclass(frozen=True)
class Held:
    """The values, as the API writes them, that record sets of a type hold; `exactly`: no others. `at_end`: asked when it is over, else at every moment."""

    type: str
    values: tuple[str, ...]
    exactly: bool = False
    at_end: bool = False


@dataclass(frozen=True)
class Report:
    """What stands at `response`, a JSON pointer into what a function returns: something, each of it `one_of` these (None: anything), and `none_of` those."""

    response: str
    one_of: tuple[Any, ...] | None = None
    none_of: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Invariant:
    """One invariant. `names` are canonical, `*.suffix` for the names below a suffix; `generation` is text around `{generation}`.

    `at_least` is the generation that every name must have reached in the end (kinds `reaches` and `recovers`); `after` "recovery" where that is
    the end of a recovery. `type` is the only one that is looked at (`gone`); `behind` how far behind the one served a generation goes (`retains`);
    `txt` the labels, in front of the name's zone, of the TXT that holds the generation (`agrees`, `never_decreases`); `source` where a table has
    the answers (`answers`); `seconds` the longest TTL (`ttl_at_most`), or the shortest (`ttl_at_least`); `of` the names whose former generation
    each of `names` leads to (`remembers`); `wait` what is held back (`waits`); `functions` those that are meant (`succeeds`, `reports`, `locked`,
    `settled`; empty: every one); `lock` what must be held (`locked`); `settle_s` how long a generation has been there (`settled`); `report`
    what is said of the work (`reports`); `items` what a table's items keep to (`items`, whose only name is the
    table's); `held` the values that are there (`holds`).
    """

    id: str
    title: str
    kind: str
    names: tuple[str, ...] = ()
    counts: bool = True
    generation: str | None = None
    at_least: int | Highest | None = None
    after: str | None = None
    type: str | None = None
    behind: int | None = None
    txt: str | None = None
    source: Source | None = None
    seconds: int | None = None
    of: tuple[str, ...] = ()
    wait: Wait | None = None
    functions: tuple[str, ...] = ()
    lock: Locked | None = None
    settle_s: float | None = None
    report: Report | None = None
    items: Items | None = None
    held: Held | None = None
    asked_in: frozenset[str] = field(default=frozenset({REPLAY, EXPLORATION}))


def invariant_of(entry: Mapping[str, Any]) -> Invariant:
    """The invariant of a valid entry of a scenario."""
    kind, own = entry["kind"], canonical_name if entry["kind"] not in PATTERN_KINDS else name_or_below
    return Invariant(
        id=entry["id"],
        title=entry.get("title", entry["id"]),
        kind=kind,
        names=(entry["table"],) if kind == "items" else tuple(own(name) for name in entry.get("names", ())),
        counts=entry.get("counts", True),
        generation=entry.get("generation"),
        at_least=at_least_of(entry.get("at_least")),
        after=entry.get("after"),
        type=entry.get("type"),
        behind=entry.get("behind"),
        txt=entry.get("txt"),
        source=_source(entry) if kind == "answers" else None,
        seconds=entry.get("seconds"),
        of=tuple(canonical_name(name) for name in entry.get("of", ())),
        wait=_wait(entry) if kind == "waits" else None,
        functions=tuple(entry.get("functions", ())),
        lock=Locked(entry["txt"], entry["holder"], entry["lease_s"], entry.get("now")) if kind == "locked" else None,
        settle_s=entry["at_least_s"] if kind == "settled" else None,
        report=_report(entry) if kind == "reports" else None,
        items=items_of(entry) if kind == "items" else None,
        held=_held(entry) if kind == "holds" else None,
        asked_in=_asked_in(entry),
    )


def at_least_of(entry: Any) -> int | Highest | None:
    """What a generation must be at least: a number, or the highest of a table."""
    return Highest(**entry) if isinstance(entry, dict) else entry


def name_or_below(entry: str) -> str:
    """A name, or `*.suffix` for the names below a suffix, in canonical form."""
    return BELOW + canonical_name(entry.removeprefix(BELOW)) if entry.startswith(BELOW) else canonical_name(entry)


def may_be_idle(invariant: Invariant) -> bool:
    """Whether what the invariant speaks of is made by the code that is judged."""
    return invariant.kind in MAY_BE_IDLE or (invariant.kind == "never_decreases" and invariant.txt is not None)


def only_at_end(invariant: Invariant) -> bool:
    """Whether the invariant says nothing before everything is over."""
    told = [each.at_end for each in (invariant.held, invariant.items) if each is not None]
    return invariant.after != RECOVERY and (invariant.kind in {"gone", "reaches"} or any(told))


def only_explored(entry: Mapping[str, Any]) -> bool:
    """Whether an invariant asks what a replay cannot answer."""
    return entry["kind"] in EXPLORED_KINDS or "after" in entry or isinstance(entry.get("at_least"), dict)


def _asked_in(entry: Mapping[str, Any]) -> frozenset[str]:
    asked = frozenset(entry.get("asked_in", (REPLAY, EXPLORATION)))
    return asked - {REPLAY} if only_explored(entry) else asked


def _held(entry: Mapping[str, Any]) -> Held:
    return Held(entry["type"], tuple(entry["values"]), entry.get("exactly", False), entry.get("at_end", False))


def _wait(entry: Mapping[str, Any]) -> Wait:
    return Wait(entry["function"], entry.get("message", {}), entry.get("at_least_s", 0.0), entry.get("at_most_s", inf))


def _report(entry: Mapping[str, Any]) -> Report:
    one_of = tuple(entry["one_of"]) if "one_of" in entry else None
    return Report(entry["response"], one_of, tuple(entry.get("none_of", ())))


def _source(entry: Mapping[str, Any]) -> Source:
    return Source(entry["table"], entry["key"], entry["addresses"], entry.get("weights"))
