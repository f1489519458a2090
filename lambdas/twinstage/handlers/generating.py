"""One generator's share of a load: on virtual time in this function's own memory, or by the wall clock against the twin."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from twinstage.handlers.load_targets import twin_target
from twinstage.model.dns_name import canonical_name
from twinstage.model.load_profile import load_of
from twinstage.model.stress_config import CONFIRMING, MEMORY
from twinstage.rehearse.inputs import inputs_of
from twinstage.rehearse.stress.door import stress_in_memory
from twinstage.rehearse.stress.requests import load_with_offsets
from twinstage.rehearse.stress.turns import take_turn, with_turn
from twinstage.rehearse.uploaded import uploaded_changes
from twinstage.stress.load.run import run
from twinstage.world.aws.clients import client
from twinstage.world.aws.ledger import DynamoLedger
from twinstage.world.jsons import get_json

if TYPE_CHECKING:
    from twinstage.handlers.stage import Stage
    from twinstage.model.load_profile import Load
    from twinstage.model.stress_config import StressConfig
    from twinstage.stress.metrics.result import LoadResult

# What this process and its runtime take, beside the one that runs handlers.
OWN_MEMORY_MB = 512


def generated(stage: Stage, config: StressConfig, arm: str, phase: str, index: int, memory_mb: int) -> LoadResult:
    """What one generator of a phase (`load`, `confirming`) measured; `memory_mb` is what this function has."""
    zone_id = _zone_id(stage, config)
    load = load_with_offsets(config, stage.events, zone_id)
    if phase == CONFIRMING:
        load = load_of(get_json(stage.results, f"stress/{arm}/diagnosis.json")["diagnosis"]["confirm"])
    if config.world == MEMORY:
        return _in_memory(stage, config, arm, load, index, memory_mb - OWN_MEMORY_MB)
    return _on_twin(stage, config, arm, phase, load, index)


def _in_memory(stage: Stage, config: StressConfig, arm: str, load: Load, index: int, memory_mb: int) -> LoadResult:
    changes = uploaded_changes(stage.results, stage.scenario, stage.input["code"].get("candidate", {}))
    with tempfile.TemporaryDirectory(prefix="twinstage-stress-") as folder:
        inputs = inputs_of(stage.scenario, stage.events, stage.manifest, stage.store, changes, Path(folder))
        return stress_in_memory(
            inputs, config, arm, shard=index, of=config.generators, profile=load, memory_mb=memory_mb
        )


def _on_twin(stage: Stage, config: StressConfig, arm: str, phase: str, load: Load, index: int) -> LoadResult:
    execution, of = get_json(stage.results, "prepare/execution.json")["execution"], config.generators
    target = twin_target(stage, config, arm)
    ledger = DynamoLedger(client("dynamodb"), stage.settings.ledger)
    turn = take_turn(ledger, f"{execution}/{arm}/{phase}", index, of, time.time())
    result = run(load, target, name=config.target.text, index=index, of=of, begin_at_s=turn.begin_at_s)
    return with_turn(result, index, turn)


def _zone_id(stage: Stage, config: StressConfig) -> str | None:
    """Production's id of a target that is a zone."""
    if config.target.kind != "zone":
        return None
    name = canonical_name(config.target.name)
    return next(zone.id for zone in stage.manifest.zones if zone.name == name)
