"""The standing twin as a world of `twinstage replay`: from this process straight into a twin that is deployed, shards side by side."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import boto3
from botocore.credentials import Credentials

from twinstage.cli.commands.replicate import ARM, TwinWorld
from twinstage.cli.commands.twin import running_server
from twinstage.cli.replay_lanes import ParallelReplay
from twinstage.cli.snapshots import TOOL, own_key
from twinstage.handlers.stage import INVOKE_TIMEOUT_S, now
from twinstage.replay.execute import ArmWorld, Executor
from twinstage.replay.shards import named_events
from twinstage.replay.standing import ZONE_LIFE, Standing
from twinstage.state.capture import Selection, capture
from twinstage.state.twin_view import twin_view
from twinstage.world.aws.clients import config
from twinstage.world.aws.functions import LambdaFunctions
from twinstage.world.aws.item_changes import DynamoItemChanges
from twinstage.world.aws.retry import Retry
from twinstage.world.aws.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from twinstage.local.target import Server
    from twinstage.model.event import Event
    from twinstage.model.manifest import Manifest
    from twinstage.replay.outcomes import Outcome
    from twinstage.replay.timing import Timing
    from twinstage.world.store import Store


class StandingTwin:
    """The twin of a run, which must hold the snapshot: `twinstage replicate` brings it there. Raises TwinstageError where it is no twin of it."""

    def __init__(self, run: str, home: Path | None, manifest: Manifest) -> None:
        self.server, self.manifest = running_server(home), manifest
        self.world = TwinWorld(self.server, run)
        self.twin = self.world.twin(manifest)
        self._came_or_went: list[Outcome] = []

    def lanes(self, number: int) -> list[Callable[[Event], Outcome]]:
        """What executes the events of so many lanes. They share connections, which are for any thread, and nothing else."""
        tables, server = self.manifest.tables, self.server
        account = server.accounts.twin
        keys = server.running.keys[account]
        wire = Wire(server.running.endpoint, server.region, lambda: Credentials(*keys), retry=Retry(attempts=1))
        world = ArmWorld(
            self.twin,
            ARM,
            self.world.zones,
            LambdaFunctions(_lambda_client(server, account)),
            time.perf_counter,
            DynamoItemChanges(wire),
            {table.name for table in tables if table.masked or table.sample},
        )
        names = [table.name for table in tables]
        functions = [function.name for function in self.manifest.functions]
        return [Executor(world, tables=names, functions=functions).execute for _ in range(number)]

    def replay(
        self,
        events: Iterable[Event],
        lanes: Sequence[Callable[[Event], Outcome]],
        timing: Timing,
        take: Callable[[Outcome], None],
    ) -> None:
        """Execute the events over these lanes; `take` is given every outcome, one at a time."""

        def taken(outcome: Outcome) -> None:
            if outcome["type"] in ZONE_LIFE:
                self._came_or_went.append(outcome)
            take(outcome)

        ParallelReplay(lanes, taken, timing).run(named_events(events, self.manifest))

    def final(self, store: Store) -> Manifest:
        """The snapshot of what the twin holds now."""
        standing = Standing(self.twin).follow(sorted(self._came_or_went, key=lambda outcome: outcome["seq"]))
        twin = replace(self.twin, zones=tuple(standing.zones.values()))
        view = twin_view(twin, ARM, self.world.zones, self.world.tables, self.manifest, made=standing.made)
        selection = Selection(tuple(standing.zones), tuple(table.name for table in self.manifest.tables))
        captured = {name: self.manifest.captured[name] for name in ("account", "region")}
        captured |= {"at": now(), "derived": f"replay into {self.world.run}"}
        return capture(view, selection, store, captured=captured, tool=TOOL, parent=self.manifest.id, signer=own_key())


def _lambda_client(server: Server, account: str) -> Any:
    """An invocation is never repeated by the SDK: a repeat would be a second event."""
    session: Any = boto3.Session(*server.running.keys[account], region_name=server.region)
    settings = config(read_timeout_s=INVOKE_TIMEOUT_S, attempts=1)
    return session.client("lambda", endpoint_url=server.running.endpoint, config=settings)
