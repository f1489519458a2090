"""The worlds of `twinstage replay`, each over the same log: the exact rules in memory, a twin deployed for it, a twin that stands."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from twinstage.cli.commands.rehearse import new_run_dir, run_locally
from twinstage.cli.replay_memory import memory_world, store_final
from twinstage.cli.replay_standing import StandingTwin
from twinstage.cli.replay_tally import ReplayTally
from twinstage.model.errors import InputError, InputProblem
from twinstage.model.scenario import scenario_of
from twinstage.replay.outcomes import OutcomeSpool
from twinstage.replay.pace import Clock
from twinstage.replay.shard import outcomes_of
from twinstage.replay.timing import in_order, measured, timing_of
from twinstage.state.snapshot import get_manifest
from twinstage.state.start_zones import start_zones
from twinstage.validate.history import History
from twinstage.validate.invariants import watch
from twinstage.world.jsons import get_json
from twinstage.world.store import DirectoryStore

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from twinstage.cli.console import Console
    from twinstage.model.invariant import Invariant
    from twinstage.model.manifest import Manifest
    from twinstage.replay.in_memory import MemoryReplay
    from twinstage.replay.intake import Intake
    from twinstage.replay.outcomes import Outcome
    from twinstage.replay.pace import Pace
    from twinstage.replay.timing import Timing
    from twinstage.validate.history import Step
    from twinstage.validate.invariants import Watch
    from twinstage.world.memory.route53 import Zone


@dataclass(frozen=True)
class Asked:
    """What is replayed, over what and how. `store` is the folder that holds snapshots and runs."""

    manifest: Manifest
    intake: Intake
    invariants: Sequence[Invariant]
    pace: Pace
    max_late_s: float
    store: Path

    @property
    def place(self) -> DirectoryStore:
        """The store."""
        return DirectoryStore(self.store)

    @property
    def start(self) -> dict[str, Zone]:
        """The snapshot's zones, by production id."""
        return start_zones(self.manifest, self.place)

    def timing(self) -> Timing:
        """When events are due, from now on."""
        # An Event that nobody sets: a pause that an interrupt ends at once.
        return timing_of(
            self.pace, self.intake.events, Clock(time.perf_counter, threading.Event().wait), self.max_late_s
        )


@dataclass(frozen=True)
class Replayed:
    """What came of it: outcomes counted, the snapshot of the final state, invariants over the history, lateness."""

    tally: ReplayTally
    final: Manifest
    watches: list[Watch]
    lateness: Mapping[str, Any]


def replay_in_memory_world(asked: Asked) -> Replayed:
    """On the exact rules. Nothing is held of an outcome once it is counted."""
    tally = ReplayTally()
    with memory_world(asked.manifest, asked.place) as world:
        timing = asked.timing()
        watches = _watched(_memory_outcomes(world, asked.intake, timing, tally), asked)
        final = store_final(world, asked.manifest, asked.place)
    return Replayed(tally, final, watches, timing.lateness.document())


def replay_in_standing_twin(asked: Asked, run: str, home: Path | None, lanes: int) -> Replayed:
    """In the twin of a run, which stands and holds the snapshot."""
    twin, tally, outcomes = StandingTwin(run, home, asked.manifest), ReplayTally(), OutcomeSpool()
    executing = twin.lanes(lanes)
    timing = asked.timing()
    twin.replay(asked.intake.events, executing, timing, outcomes.add)
    watches = watch(asked.invariants, asked.start, tallied(outcomes.in_order(), asked.start, tally))
    return Replayed(tally, twin.final(asked.place), watches, timing.lateness.document())


def replay_in_own_twin(asked: Asked, console: Console) -> Replayed:
    """Through the whole machine: a twin of the snapshot, one arm, no change."""
    from twinstage.local.run_input import RehearsalInput

    capture = {
        "zones": [zone.name for zone in asked.manifest.zones],
        "tables": [table.name for table in asked.manifest.tables],
        "functions": [function.name for function in asked.manifest.functions],
    }
    events = {"file": "-", "pace": str(asked.pace), "max_late_s": asked.max_late_s}
    scenario = scenario_of(
        {"schema": "twinstage:scenario:1", "name": "replay", "capture": capture, "events": events, "criteria": {}}
    )
    run_dir = new_run_dir(asked.store, "replay")
    run_locally(RehearsalInput(scenario, asked.intake, snapshot=asked.manifest), asked.store, run_dir, console)
    run = DirectoryStore(run_dir)
    if not run.exists("capture/baseline.json"):
        raise InputError(
            [InputProblem(str(run_dir), 0, "", "the replay did not reach its end", f"see {run_dir / 'report.html'}")]
        )
    final = get_manifest(asked.place, get_json(run, "capture/baseline.json")["snapshot_id"])
    tally = ReplayTally()
    watches = watch(asked.invariants, asked.start, tallied(outcomes_of(run, "baseline"), asked.start, tally))
    return Replayed(tally, final, watches, get_json(run, "lateness.json")["baseline"])


def tallied(outcomes: Iterable[Outcome], start: Mapping[str, Zone], tally: ReplayTally) -> Iterator[Step]:
    """Every change of these outcomes; each outcome is counted once its changes are known."""
    history = History(dict(start))
    for outcome in outcomes:
        steps = list(history.steps([outcome]))
        yield from steps
        tally.take(outcome, {step.call: (step.zone.name, step.refusal) for step in steps if step.refusal})


def _memory_outcomes(world: MemoryReplay, intake: Intake, timing: Timing, tally: ReplayTally) -> Iterator[Outcome]:
    """Every outcome as it comes, counted."""
    execute = measured(world.execute, timing.clock.now)
    for outcome in in_order(intake.events, execute, timing):
        refusal = world.refusal
        zone_id = outcome["calls"][0]["parameters"]["HostedZoneId"] if refusal else ""
        tally.take(outcome, {0: (world.zones[zone_id].name, refusal)} if refusal else {})
        yield outcome


def _watched(outcomes: Iterable[Outcome], asked: Asked) -> list[Watch]:
    """Take every outcome, and ask the invariants after each change. Without any, nothing is carried out a second time."""
    if not asked.invariants:
        for _ in outcomes:
            pass
        return []
    return watch(asked.invariants, asked.start, History(asked.start).steps(outcomes))
