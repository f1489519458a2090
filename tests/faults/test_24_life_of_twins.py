"""Fault 24 as a machine: twins are deployed, torn down, killed at any call, swept, while time goes on. What may stand stands whole; what may not is gone after a sweep."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.faults.mortal import Calls, MortalStore
from tests.faults.small_twins import Killed
from twinstage.model.errors import AwsError
from twinstage.model.leftovers import RunStack, Thing
from twinstage.state.run_ledger import RunLedger
from twinstage.state.sweeping import Sweeper
from twinstage.world.aws.removal import ORDER

if TYPE_CHECKING:
    from collections.abc import Iterator

RUNS = ("a", "a-b", "ab")
FOREIGN = frozenset(
    {Thing("AWS::DynamoDB::Table", "plans", "plans"), Thing("AWS::IAM::Role", "twin-capture", "twin-capture")}
)
HOUR_S, TTL_HOURS = 3600, 4.0


@dataclass
class MemoryAccount:
    """An account whose stacks are deleted thing by thing, and may be left half deleted: then CloudFormation says DELETE_FAILED."""

    calls: Calls
    standing: set[Thing] = field(default_factory=lambda: set(FOREIGN))
    held: dict[RunStack, tuple[Thing, ...]] = field(default_factory=dict)
    stubborn: bool = False

    def things(self) -> list[Thing]:
        self.calls.count()
        return sorted(self.standing)

    def stacks(self) -> list[RunStack]:
        self.calls.count()
        return sorted(self.held)

    def holds(self, stack: RunStack) -> list[Thing]:
        self.calls.count()
        return [replace(thing, tagged="") for thing in self.held.get(stack, ())]

    def delete_stack(self, stack: RunStack) -> None:
        self.calls.count()
        things = self.held.pop(stack, ())
        if self.stubborn:
            # The first half goes, the rest does not: what AWS does where one resource cannot be deleted.
            self.held[replace(stack, status="DELETE_FAILED")] = things
            things, self.stubborn = things[: len(things) // 2], False
        self.standing -= set(things)

    def turn(self, kind: str) -> int | None:
        return ORDER.index(kind) if kind in ORDER else None

    def remove(self, thing: Thing) -> bool:
        self.calls.count()
        found = {each for each in self.standing if (each.kind, each.id) == (thing.kind, thing.id)}
        if thing.kind == "AWS::EC2::VPC" and any(
            each.kind == "AWS::EC2::Subnet" and each.id[-2:] == thing.id[-2:] for each in self.standing
        ):
            raise AwsError("ec2", "DeleteVpc", "DependencyViolation", "it has subnets")
        self.standing -= found
        return bool(found)


class NoZones:
    """The twins here have none: what is done to zones is tested where they are real."""

    def zones(self) -> Iterator[Any]:
        return iter(())


class LifeOfTwins(RuleBasedStateMachine):
    """Twins that may stand are in `alive`, with all their things; `lost` is what those without a stack left; `made` counts deployments, so that ids are never used twice."""

    def __init__(self) -> None:
        super().__init__()
        self.now, self.made, self.calls = 1_000_000.0, 0, Calls()
        self.account, self.store = MemoryAccount(self.calls), MortalStore(self.calls)
        self.alive: dict[str, tuple[float, frozenset[Thing]]] = {}
        self.lost: dict[str, frozenset[Thing]] = {}

    def sweeper(self) -> Sweeper:
        return Sweeper(self.account, NoZones(), RunLedger(self.store), lambda: self.now)  # type: ignore[arg-type]  # its other methods are for zones

    def stack_of(self, run: str) -> RunStack | None:
        return next((stack for stack in self.account.held if stack.run == run), None)

    @rule(run=st.sampled_from(RUNS), noted=st.booleans(), lose=st.booleans())
    def deploy(self, run: str, noted: bool, lose: bool) -> None:
        """A new twin, where none of the name stands; `lose`: its stack comes to nothing, and leaves what it had made."""
        if self.stack_of(run):
            return
        self.made += 1
        self.sweeper().begin(run, ttl_hours=TTL_HOURS)
        things = frozenset(
            {
                Thing("AWS::DynamoDB::Table", f"twin-{run}-baseline-plans", f"twin-{run}-baseline-plans"),
                Thing("AWS::IAM::Role", f"twin-{run}-machine", f"twin-{run}-machine", run),
                Thing("AWS::EC2::VPC", f"vpc-{self.made:02}", tagged=run),
                Thing("AWS::EC2::Subnet", f"subnet-{self.made:02}", tagged=run),
                # Neither a name nor a tag: only a ledger tells whose it is.
                Thing("AWS::Route53::HealthCheck", f"check-{self.made:02}"),
            }
        )
        self.account.standing |= things
        stack = RunStack(run, f"twinstage-twin-{run}", "CREATE_COMPLETE", self.now, TTL_HOURS)
        self.account.held[stack] = tuple(sorted(things))
        if noted or lose:
            self.sweeper().note_standing()
        if lose:
            del self.account.held[stack]
            self.lost[run] = self.lost.get(run, frozenset()) | things
            return
        self.alive[run] = (self.now, things)

    @rule(run=st.sampled_from(RUNS), calls=st.none() | st.integers(0, 30), stubborn=st.booleans())
    def tear_down(self, run: str, calls: int | None, stubborn: bool) -> None:
        """All of a teardown, or as much as was done when it was killed."""
        self.account.stubborn, self.calls.left = stubborn, calls
        try:
            self.sweeper().tear_down(run)
        except Killed:
            pass
        finally:
            self.calls.left, self.account.stubborn = None, False
        entry = RunLedger(self.store).entries().get(run)
        if entry is None or entry.leaving:
            self.alive.pop(run, None)

    @rule(hours=st.integers(1, 5))
    def time_goes_on(self, hours: int) -> None:
        self.now += hours * HOUR_S

    @rule(calls=st.integers(0, 40))
    def sweep_killed(self, calls: int) -> None:
        self.expire()
        self.calls.left = calls
        try:
            self.sweeper().sweep()
        except Killed:
            pass
        finally:
            self.calls.left = None

    @precondition(lambda self: self.account.held or self.account.standing != FOREIGN)
    @rule()
    def sweep(self) -> None:
        self.expire()
        swept = self.sweeper().sweep()
        assert not swept.failures
        expected = FOREIGN.union(*(things for _, things in self.alive.values()))
        # What an earlier twin of the same name lost goes with the one that stands: nobody touches anything of a run that may be here.
        self.lost = {run: things for run, things in self.lost.items() if run in self.alive}
        assert expected <= self.account.standing <= expected.union(*self.lost.values())
        assert {stack.run for stack in self.account.held} == set(self.alive) == set(swept.standing)

    def expire(self) -> None:
        self.alive = {
            run: (at, things) for run, (at, things) in self.alive.items() if self.now < at + TTL_HOURS * HOUR_S
        }

    @invariant()
    def what_may_stand_stands_whole(self) -> None:
        over = {run for run, (at, _) in self.alive.items() if self.now >= at + TTL_HOURS * HOUR_S}
        kept = [things for run, (_, things) in self.alive.items() if run not in over]
        assert self.account.standing >= FOREIGN.union(*kept)


TestLifeOfTwins = LifeOfTwins.TestCase
TestLifeOfTwins.settings = settings(max_examples=60, stateful_step_count=30)
