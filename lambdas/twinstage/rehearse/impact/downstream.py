"""What lies downstream of a change, by what calls really did: what the changed handlers write, who reads that, what resolves through it, and what is promised of it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from twinstage.model.dns_name import canonical_name
from twinstage.model.invariant import BELOW
from twinstage.model.record_set import key_of, printable_key
from twinstage.rehearse.impact.touched import PRODUCTION, Key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from twinstage.model.invariant import Invariant
    from twinstage.rehearse.impact.conflicts import Meeting
    from twinstage.world.memory.route53 import Zone

Node = tuple[str, str]
"""("function", name), ("record", resource and key), ("item", resource and key) or ("invariant", id)."""


@dataclass(frozen=True)
class Reached:
    """One thing downstream: how many steps away, and what comes before it on a shortest way. `calls`: how many calls were seen to make that step, None where it does not rest on calls."""

    kind: str
    name: str
    steps: int
    because: str
    calls: int | None = None

    def document(self) -> dict[str, Any]:
        """Its JSON."""
        return dict(vars(self))


def downstream(
    changed: Iterable[str],
    records: Iterable[Key],
    found: Iterable[Meeting],
    zones: Iterable[tuple[str, Zone]],
    invariants: Iterable[Invariant],
) -> tuple[Reached, ...]:
    """Everything downstream of changed functions and changed `records`, nearest first, then by name.

    `zones`, each with what it is called, say which record sets lead on to which, `invariants` what is promised of names and tables. What is not among the calls of the recorded day is not found.
    """
    steps = _Steps(found, zones, tuple(invariants))
    begun: dict[Node, Reached] = {}
    queue: deque[Node] = deque()
    for node in [*(("function", name) for name in changed), *(("record", _printed(key)) for key in records)]:
        begun[node] = Reached(*node, 0, "changed")
        queue.append(node)
    while queue:
        node = queue.popleft()
        for reached in steps.after(node, begun[node].steps + 1):
            following = (reached.kind, reached.name)
            if following not in begun:
                begun[following] = reached
                queue.append(following)
    return tuple(sorted((one for one in begun.values() if one.steps), key=lambda one: (one.steps, one.kind, one.name)))


class _Steps:
    """The single steps from one thing to the next."""

    def __init__(
        self, found: Iterable[Meeting], zones: Iterable[tuple[str, Zone]], invariants: tuple[Invariant, ...]
    ) -> None:
        self._invariants = invariants
        self._keys = {_printed(meeting.key): meeting for meeting in found}
        self._written: dict[str, list[Meeting]] = {}
        for meeting in self._keys.values():
            for handler in meeting.writers:
                self._written.setdefault(handler, []).append(meeting)
        self._through = _leading_on(zones)

    def after(self, node: Node, steps: int) -> Iterator[Reached]:
        kind, name = node
        if kind == "function":
            yield from self._writes(name, steps)
        elif kind in ("record", "item"):
            yield from self._read(name, steps)
            yield from self._promised(kind, name, steps)
        if kind == "record":
            for through in self._through.get(name, ()):
                yield Reached("record", through, steps, f"resolves through {name}")

    def _writes(self, function: str, steps: int) -> Iterator[Reached]:
        for meeting in self._written.get(function, ()):
            kind = "record" if meeting.key.resource.startswith("zone ") else "item"
            yield Reached(kind, _printed(meeting.key), steps, f"{function} writes it", meeting.writers[function])

    def _read(self, name: str, steps: int) -> Iterator[Reached]:
        meeting = self._keys.get(name)
        for handler, count in sorted(meeting.readers.items()) if meeting else ():
            if handler != PRODUCTION:
                yield Reached("function", handler, steps, f"reads {name}", count)

    def _promised(self, kind: str, name: str, steps: int) -> Iterator[Reached]:
        for invariant in self._invariants:
            if _promises(invariant, kind, name):
                yield Reached("invariant", invariant.id, steps, f"speaks of {name}")


def _printed(key: Key) -> str:
    """A key with its resource, as one name."""
    return f"{key.resource}: {key.key}"


def _promises(invariant: Invariant, kind: str, name: str) -> bool:
    """Whether an invariant speaks of a record, or of the table of an item."""
    if kind == "record":
        return any(_speaks_of(one, name) for one in invariant.names)
    return name.startswith(tuple(f"table {table}: " for table in _tables(invariant)))


def _speaks_of(named: str, record: str) -> bool:
    """Whether a name of an invariant, `*.suffix` for those below a suffix, is that of a record."""
    name = record.partition(": ")[2].partition(" ")[0]
    return name.endswith(named[1:]) if named.startswith(BELOW) else name == named


def _tables(invariant: Invariant) -> tuple[str, ...]:
    """The tables that an invariant looks at."""
    looked_at = [
        *(invariant.names if invariant.kind == "items" else ()),
        *([invariant.source.table] if invariant.source else ()),
    ]
    table = getattr(invariant.at_least, "table", None)
    return (*looked_at, *([table] if table else ()))


def _leading_on(zones: Iterable[tuple[str, Zone]]) -> Mapping[str, list[str]]:
    """Record -> the records that resolve through it: aliases within a zone, and CNAMEs to names of any of the zones."""
    by_name: dict[str, set[str]] = {}
    several = list(zones)
    for called, zone in several:
        for key in zone.records:
            by_name.setdefault(key[0], set()).add(f"zone {called}: {printable_key(key)}")
    through: dict[str, dict[str, None]] = {}
    for called, zone in several:
        for record_set in zone.records.values():
            own = f"zone {called}: {printable_key(key_of(record_set))}"
            for target in _targets(record_set):
                for one in by_name.get(target, ()):
                    through.setdefault(one, {})[own] = None
    return {record: sorted(others) for record, others in through.items()}


def _targets(record_set: Mapping[str, Any]) -> Iterator[str]:
    if alias := record_set.get("AliasTarget"):
        yield canonical_name(alias["DNSName"])
    elif record_set["Type"] == "CNAME":
        yield from (canonical_name(value["Value"]) for value in record_set.get("ResourceRecords", ()))
