"""A scenario's invariants as the properties of a state graph: the rules that judge a replay, asked of every world that is reached.

Worlds share the values of zones and tables that are equal, so what a rule says of a zone is worked out once for each value of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from twinstage.model.invariant import RECOVERY, Highest
from twinstage.validate.endings import Endings
from twinstage.validate.generations import target_of
from twinstage.validate.moment import Moment
from twinstage.validate.rules import DeedRule, ItemsRule, Rule, rule_of
from twinstage.world.memory.watched import Look

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from twinstage.model.deed import Deed
    from twinstage.model.exploration_config import FollowUpPointers
    from twinstage.model.invariant import Invariant
    from twinstage.world.memory.aws import AwsState
    from twinstage.world.memory.dynamodb import Table
    from twinstage.world.memory.route53 import Zone

NOBODY = ""  # stands for the name of an invariant that has none


@dataclass
class _Cell:
    """One invariant at one name, with what was worked out so far, by what the world held."""

    invariant: Invariant
    name: str
    rule: Rule
    reads_tables: bool
    first: Any = None
    wrong: dict[Any, bool] = field(default_factory=dict)
    moved: dict[Any, bool] = field(default_factory=dict)
    unmet: dict[Any, bool] = field(default_factory=dict)


class InvariantProperties:
    """What must hold, by the id of the invariant. `start` is the world before anything was explored.

    `applied` names, as (id, name), wherever there was something that an invariant speaks of in any world it was asked about.
    """

    def __init__(
        self, invariants: Sequence[Invariant], start: AwsState, follow_ups: FollowUpPointers | None = None
    ) -> None:
        self.invariants = tuple(invariants)
        self.applied: set[tuple[str, str]] = set()
        self._kept: dict[int, Any] = {}
        self._looked: set[tuple[Any, ...]] = set()
        self._closed: dict[Any, bool] = {}
        self._endings = Endings(tuple(each for each in self.invariants if not each.names), follow_ups)
        begun = moment_of(start)
        self._cells = [
            _Cell(each, name, rule, _reads_tables(each), rule.remember(name, begun))
            for each in self.invariants
            for rule in (rule_of(each, begun),)
            for name in each.names
        ]
        self._of_deeds = [(cell, cell.rule) for cell in self._cells if isinstance(cell.rule, DeedRule)]
        self._cells = [cell for cell in self._cells if not isinstance(cell.rule, DeedRule)]
        for cell in self._cells:
            if cell.rule.applies(cell.name, begun):
                self.applied.add((cell.invariant.id, cell.name))

    def broken(self, world: AwsState) -> frozenset[str]:
        """What does not hold in this world, at any moment of a schedule."""
        now, found = moment_of(world), set()
        for cell in self._cells:
            key, seen = self._scope(cell, now)
            wrong = cell.wrong.get(key)
            if wrong is None:
                wrong = cell.wrong[key] = cell.rule.wrong(cell.name, seen) is not None
                if cell.rule.applies(cell.name, seen):
                    self.applied.add((cell.invariant.id, cell.name))
            if wrong:
                found.add(cell.invariant.id)
        return frozenset(found)

    def broken_by(self, before: AwsState, after: AwsState) -> frozenset[str]:
        """What a change from one world to the other breaks."""
        was, now, found = moment_of(before), moment_of(after), set()
        for cell in self._cells:
            (old, earlier), (new, seen) = self._scope(cell, was), self._scope(cell, now)
            if old == new:
                continue
            moved = cell.moved.get((old, new))
            if moved is None:
                moved = cell.moved[old, new] = self._moved(cell, earlier, seen) is not None
            if moved:
                found.add(cell.invariant.id)
        return frozenset(found)

    def did(self, deed: Deed, before: AwsState, after: AwsState) -> frozenset[str]:
        """What an invocation breaks by changing records."""
        return frozenset(id_ for id_, wrong in self._done(deed, before, after) if wrong is not None)

    def unmet(self, world: AwsState) -> frozenset[str]:
        """What does not hold in a world in which nothing is left to do."""
        return self._unmet(world, after_recovery=False)

    def lost(self, world: AwsState) -> frozenset[str]:
        """What does not hold in a world that was recovered."""
        return self._unmet(world, after_recovery=True)

    def ended(self, function: str, message: Any, outcome: Mapping[str, Any]) -> frozenset[str]:
        """What an invocation breaks by how it ended."""
        concerned = self._endings.concerned(function, outcome)
        self.applied.update((each.id, NOBODY) for each in concerned)
        return frozenset(each.id for each in concerned if self._endings.wrong(each, function, outcome) is not None)

    def looks(self, before: AwsState, after: AwsState) -> Iterator[tuple[int, Look]]:
        """What each invariant at each name looks at, where it judges `after` and the change to it, each told once."""
        was, now = moment_of(before), moment_of(after)
        for number, cell in enumerate(self._cells):
            (old, earlier), (new, seen) = self._scope(cell, was), self._scope(cell, now)
            if (number, old, new) in self._looked or (old == new and (number, new) in self._looked):
                continue
            self._looked |= {(number, old, new), (number, new)}
            looks = set[Look]()
            self._moved(cell, earlier.watched(looks.add), seen.watched(looks.add))
            cell.rule.wrong(cell.name, seen.watched(looks.add))
            yield from ((number, look) for look in looks)

    def looks_at_deed(self, deed: Deed, before: AwsState, after: AwsState) -> Iterator[tuple[int, Look | None]]:
        """The same of the rules that judge a deed: what they see of both worlds, and (None) what the deed wrote."""
        looks = set[Look]()
        was, now = moment_of(before).watched(looks.add), moment_of(after).watched(looks.add)
        for number, (cell, rule) in enumerate(self._of_deeds, len(self._cells)):
            looks.clear()
            if rule.speaks(cell.name, deed, was, now):
                rule.done(cell.name, deed, was, now)
            yield from ((number, look) for look in (None, *looks))

    @property
    def recovering(self) -> tuple[str, ...]:
        """Ids of the invariants that are asked after a recovery."""
        return tuple(each.id for each in self.invariants if asked_after_recovery(each))

    def told(self, id_: str, before: AwsState | None, after: AwsState, *, recovered: bool = False) -> str:
        """What is wrong, in words: after the step from `before` to `after`, or (None, `recovered`) after a recovery."""
        now, told = moment_of(after), []
        for cell in (cell for cell in self._cells if cell.invariant.id == id_):
            found = [cell.rule.unmet(cell.name, now)] if recovered else []
            if not recovered:
                moved = self._moved(cell, moment_of(before), now) if before is not None else None
                found = [moved, cell.rule.wrong(cell.name, now), cell.rule.unmet(cell.name, now)]
            told += [next(text for text in found if text)] if any(found) else []
        return "; ".join(dict.fromkeys(told))

    def told_deed(self, id_: str, deed: Deed, before: AwsState, after: AwsState) -> str:
        """What is wrong with a deed, in words."""
        return next((wrong for of, wrong in self._done(deed, before, after) if of == id_ and wrong is not None), "")

    def told_ending(self, id_: str, function: str, outcome: Mapping[str, Any]) -> str:
        """What is wrong with an ending, in words."""
        concerned = (each for each in self._endings.concerned(function, outcome) if each.id == id_)
        found = (self._endings.wrong(each, function, outcome) for each in concerned)
        return next((text for text in found if text), "")

    def _done(self, deed: Deed, before: AwsState, after: AwsState) -> Iterator[tuple[str, str | None]]:
        """What each invariant says of a deed that it speaks of, name by name."""
        was, now = (moment_of(before), moment_of(after)) if self._of_deeds else (None, None)
        for cell, rule in self._of_deeds:
            if was is not None and now is not None and rule.speaks(cell.name, deed, was, now):
                self.applied.add((cell.invariant.id, cell.name))
                yield cell.invariant.id, rule.done(cell.name, deed, was, now)

    def _moved(self, cell: _Cell, before: Moment, now: Moment) -> str | None:
        earlier = cell.rule.remember(cell.name, before, cell.first)
        return cell.rule.moved(cell.name, earlier, now)

    def _unmet(self, world: AwsState, *, after_recovery: bool) -> frozenset[str]:
        now, found = moment_of(world), set()
        for cell in self._cells:
            if asked_after_recovery(cell.invariant) is not after_recovery:
                continue
            key, seen = self._scope(cell, now)
            unmet = cell.unmet.get(key)
            if unmet is None:
                unmet = cell.unmet[key] = cell.rule.unmet(cell.name, seen) is not None
            if unmet:
                found.add(cell.invariant.id)
        return frozenset(found)

    def _scope(self, cell: _Cell, now: Moment) -> tuple[tuple[int, ...], Moment]:
        """What a cell can see of a moment, and the identities of it: one zone where nothing in it leads into another that is held."""
        if isinstance(cell.rule, ItemsRule):
            seen = Moment({}, {name: now.tables[name] for name in cell.rule.tables if name in now.tables})
        else:
            zone = None if cell.name.startswith("*") else now.zone_of(cell.name)
            zones = {zone.id: zone} if zone is not None and self._is_closed(zone, now) else now.zones
            seen = Moment(zones, now.tables if cell.reads_tables else {})
        held = [*seen.zones.values(), *seen.tables.values()]
        for each in held:
            self._kept.setdefault(id(each), each)
        return tuple(id(each) for each in held), seen

    def _is_closed(self, zone: Zone, now: Moment) -> bool:
        key = (id(zone), tuple(now.zones))
        closed = self._closed.get(key)
        if closed is None:
            self._kept.setdefault(id(zone), zone)
            closed = self._closed[key] = not any(_leads_out(zone, now))
        return closed


def moment_of(world: AwsState) -> Moment:
    """What invariants see of a world: its zones by id, its tables by name, of every region."""
    tables: dict[str, Table] = {}
    for _, database in sorted(world.databases.items()):
        tables |= dict(database.tables.items())
    return Moment({id_: hosted.zone for id_, hosted in sorted(world.route53.zones.items())}, tables)


def asked_after_recovery(invariant: Invariant) -> bool:
    """Whether an invariant asks what a world comes to by a recovery, not what a schedule leaves."""
    return invariant.kind == "recovers" or invariant.after == RECOVERY


def _reads_tables(invariant: Invariant) -> bool:
    return invariant.kind == "answers" or isinstance(invariant.at_least, Highest)


def _leads_out(zone: Zone, now: Moment) -> Iterator[bool]:
    """Whether each alias or CNAME of a zone leads into another zone that is held."""
    for record in zone.records.values():
        target = target_of(record)
        other = now.zone_of(target) if target is not None else None
        yield other is not None and other is not zone
