"""An invariant of a scenario: what must hold of zones, tables, endings of invocations, and where it is asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from twinstage.model.dns_name import canonical_name

if TYPE_CHECKING:
    from collections.abc import Mapping

BELOW = "*."  # what the names below a suffix are written with
REPLAY, EXPLORATION = "replay", "exploration"
RECOVERY = "recovery"
# What is asked of every reached state, or of tables, or of endings: a replay has one history, of zones.
EXPLORED_KINDS = frozenset({"recovers", "answers", "waits", "succeeds"})
PATTERN_KINDS = frozenset({"gone", "ttl_at_most"})
# What they speak of is made by the code that is judged: where it never came about they hold, and that is said, but not held against the run.
MAY_BE_IDLE = frozenset({"gone", "agrees", "remembers", "retains", "ttl_at_most", "waits", "succeeds"})


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
    """Follow-ups that are held back: to a function, with a message that holds `message` among other things, `at_least_s` seconds."""

    function: str
    message: Mapping[str, Any]
    at_least_s: float


@dataclass(frozen=True)
class Invariant:
    """One invariant. `names` are canonical, `*.suffix` for the names below a suffix; `generation` is text around `{generation}`.

    `at_least` is the generation that every name must have reached in the end (kinds `reaches` and `recovers`); `after` "recovery" where that is
    the end of a recovery. `type` is the only one that is looked at (`gone`); `behind` how far behind the one served a generation goes (`retains`);
    `txt` the labels, in front of the name's zone, of the TXT that holds the generation (`agrees`); `source` where a table has the answers
    (`answers`); `seconds` the longest TTL (`ttl_at_most`); `of` the names whose former generation each of `names` leads to (`remembers`);
    `wait` what is held back (`waits`); `functions` those whose invocations succeed (`succeeds`).
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
    asked_in: frozenset[str] = field(default=frozenset({REPLAY, EXPLORATION}))


def invariant_of(entry: Mapping[str, Any]) -> Invariant:
    """The invariant of a valid entry of a scenario."""
    kind, own = entry["kind"], canonical_name if entry["kind"] not in PATTERN_KINDS else name_or_below
    return Invariant(
        id=entry["id"],
        title=entry.get("title", entry["id"]),
        kind=kind,
        names=tuple(own(name) for name in entry.get("names", ())),
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
        wait=Wait(entry["function"], entry.get("message", {}), entry["at_least_s"]) if kind == "waits" else None,
        functions=tuple(entry.get("functions", ())),
        asked_in=_asked_in(entry),
    )


def at_least_of(entry: Any) -> int | Highest | None:
    """What a generation must be at least: a number, or the highest of a table."""
    return Highest(**entry) if isinstance(entry, dict) else entry


def name_or_below(entry: str) -> str:
    """A name, or `*.suffix` for the names below a suffix, in canonical form."""
    return BELOW + canonical_name(entry.removeprefix(BELOW)) if entry.startswith(BELOW) else canonical_name(entry)


def only_explored(entry: Mapping[str, Any]) -> bool:
    """Whether an invariant asks what a replay cannot answer."""
    return entry["kind"] in EXPLORED_KINDS or "after" in entry or isinstance(entry.get("at_least"), dict)


def _asked_in(entry: Mapping[str, Any]) -> frozenset[str]:
    asked = frozenset(entry.get("asked_in", (REPLAY, EXPLORATION)))
    return asked - {REPLAY} if only_explored(entry) else asked


def _source(entry: Mapping[str, Any]) -> Source:
    return Source(entry["table"], entry["key"], entry["addresses"], entry.get("weights"))
