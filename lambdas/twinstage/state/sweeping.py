"""Carrying out a sweep: over and over, until nothing is left that can be removed now. May be killed anywhere and begun again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from twinstage.model.errors import AwsError, TwinstageError
from twinstage.model.zone_map import ZoneMap
from twinstage.state.replicate_zone import replicate_zone
from twinstage.state.sweep import Survey, plan_sweep

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from twinstage.model.leftovers import RunStack, Thing
    from twinstage.state.run_ledger import RunLedger
    from twinstage.state.sweep import Leftover, SweepPlan
    from twinstage.world.account import Account
    from twinstage.world.interface import Zones

ZONE = "AWS::Route53::HostedZone"
ROUNDS = 4
"""Groups that refer to one another, and a stack whose parts had to go first, need a second round; a third finds nothing to do, or what only time mends."""
TTL_HOURS = 4.0
"""How long a twin may live where nothing else is said."""


@dataclass
class Swept:
    """What a sweep did: stacks deleted, with the reason for each; things removed; why what is left could not be (the next sweep tries again)."""

    stacks: dict[str, str] = field(default_factory=dict)
    things: list[Leftover] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)
    standing: tuple[str, ...] = ()

    @property
    def runs(self) -> tuple[str, ...]:
        """The runs of which something was swept."""
        return tuple(sorted({*self.stacks, *(left.run for left in self.things)}))

    def document(self) -> dict[str, Any]:
        """The members of `twinstage:sweep:1`."""
        removed = [{**left.thing.document(), "run": left.run, "by": left.evidence} for left in sorted(self.things)]
        return {
            "stacks": [{"run": run, "why": why} for run, why in sorted(self.stacks.items())],
            "removed": removed,
            "failures": [{"what": what, "why": why} for what, why in sorted(self.failures.items())],
            "standing": list(self.standing),
        }


class Sweeper:
    """Sweeps one account. `clock` gives seconds since the epoch."""

    def __init__(self, account: Account, zones: Zones, ledger: RunLedger, clock: Callable[[], float]) -> None:
        self.account, self.zones, self.ledger, self.clock = account, zones, ledger, clock

    def begin(self, run: str, *, ttl_hours: float = TTL_HOURS) -> None:
        """A twin is about to be deployed."""
        self.ledger.begin(run, self.clock(), ttl_hours)

    def note_standing(self) -> None:
        """Write down what every twin holds while its stack can still tell."""
        for stack in self.account.stacks():
            self._note(stack)

    def plan(self, *, only: str | None = None) -> SweepPlan:
        """What a sweep would do now. Things are looked for before stacks, as `Survey` demands."""
        things = tuple(self.account.things())
        return plan_sweep(Survey(things, tuple(self.account.stacks()), self.ledger.entries()), self.clock(), only=only)

    def sweep(self, *, only: str | None = None) -> Swept:
        """Remove every leftover, of one run or of all. What fails does not keep the rest from going."""
        done = Swept()
        self.note_standing()
        for _ in range(ROUNDS):
            plan = self.plan(only=only)
            done.standing = plan.standing
            done.failures = {}
            for stack, why in plan.stacks:
                self._delete(stack, why, done)
            gone = self._remove(plan.things, done)
            for run in plan.closing:
                if not any(left.run == run for left in plan.things if left not in gone):
                    self.ledger.close(run)
            # A stack that has gone may have left things behind; what failed may go once others have.
            if not plan.stacks and not done.failures:
                break
        else:
            done.failures |= {stack.name: why for stack, why in self.plan(only=only).stacks}
        return done

    def tear_down(self, run: str) -> Swept:
        """Destroy one twin, whatever its age: the ledger says first that it is leaving, so that any sweep takes up what this one does not finish."""
        for stack in self.account.stacks():
            if stack.run == run:
                self._note(stack)
        self.ledger.leave(run)
        return self.sweep(only=run)

    def _note(self, stack: RunStack) -> None:
        ttl = TTL_HOURS if stack.ttl_hours is None else stack.ttl_hours
        self.ledger.note(stack.run, self.account.holds(stack), began_s=stack.created_s, ttl_hours=ttl)

    def _delete(self, stack: RunStack, why: str, done: Swept) -> None:
        done.stacks[stack.run] = why
        try:
            for thing in self.account.holds(stack):
                if thing.kind == ZONE:
                    self._empty(thing)
            self.account.delete_stack(stack)
        except TwinstageError as error:
            done.failures[stack.name] = error.message

    def _remove(self, leftovers: Iterable[Leftover], done: Swept) -> set[Leftover]:
        """Those that are gone now: removed, or not there."""
        gone = set()
        turns = [(turn, left) for left in leftovers if (turn := self.account.turn(left.thing.kind)) is not None]
        for _, left in sorted(turns):
            try:
                if left.thing.kind == ZONE:
                    self._empty(left.thing)
                if self.account.remove(left.thing):
                    done.things.append(left)
                gone.add(left)
            except TwinstageError as error:
                done.failures[f"{left.thing.kind} {left.thing.id}"] = error.message
        return gone

    def _empty(self, zone: Thing) -> None:
        """Delete a zone's record sets, where there is such a zone: Route 53 deletes none that holds more than its apex."""
        try:
            names = [each.name for each in self.zones.zones() if each.id == zone.id]
            for name in names:
                replicate_zone(self.zones, ZoneMap(name, zone.id, zone.id), [], wait=False)
        except AwsError as error:
            if error.error != "NoSuchHostedZone":
                raise
