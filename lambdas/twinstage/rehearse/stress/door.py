"""Stress on virtual time as its doors see it: the same function for the command line and for the Lambda functions."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING

from twinstage.rehearse.stress.requests import load_with_offsets
from twinstage.rehearse.stress.subject import subject_of, zone_id_of
from twinstage.stress.metrics.load_document import load_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from twinstage.model.load_profile import Load
    from twinstage.model.stress_config import StressConfig
    from twinstage.rehearse.inputs import Inputs
    from twinstage.stress.metrics.result import LoadResult

MEMORY_MB = 4096


def stress_in_memory(
    inputs: Inputs,
    config: StressConfig,
    arm: str,
    *,
    shard: int = 0,
    of: int = 1,
    profile: Load | None = None,
    seed: int | None = None,
    say: Callable[[str], None] | None = None,
    memory_mb: int = MEMORY_MB,
) -> LoadResult:
    """What a load did to an arm's target on virtual time: `config`'s load, or `profile` (a confirming run's).

    Starts a process that contains the handlers, which takes `memory_mb` of address space at most. Equal inputs give equal results; those of all shards merge to the
    result of one. `seed` (by default the scenario's) is what durations are drawn from. `say` is told of each level that is over. Raises InputError where nothing can be sent, TwinstageError where the handler does not come back.
    """
    from twinstage.world.contained import Containment, Limits

    subject = subject_of(inputs, config, arm, inputs.scenario.seed if seed is None else seed)
    load = (
        profile if profile is not None else load_with_offsets(config, inputs.events, zone_id_of(inputs, config.target))
    )
    with Containment() as containment:
        place = containment.folder / "subject.pickle"
        place.write_bytes(pickle.dumps((subject, load), protocol=pickle.HIGHEST_PROTOCOL))
        given = {"subject": str(place), "shard": shard, "of": of, "function": config.target.kind == "function"}
        target = "twinstage.rehearse.stress.contained_load:load_offered"
        return load_of(containment.run(target, given, say=say, limits=Limits(memory_mb=memory_mb)))
