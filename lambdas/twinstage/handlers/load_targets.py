"""The twin's own thing that load is sent to, in place of production's, with requests that speak of the twin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.model.dns_name import canonical_name
from twinstage.model.kept_changes import AT_ONCE
from twinstage.model.record_set import key_of
from twinstage.model.tokens import replace_in
from twinstage.rehearse.stress.requests import requests_of
from twinstage.replay.standing import Standing
from twinstage.world.aws.load.functions import FunctionTarget
from twinstage.world.aws.load.tables import TableTarget
from twinstage.world.aws.load.zones import ZoneTarget

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.handlers.stage import Stage
    from twinstage.model.stress_config import StressConfig
    from twinstage.model.zone_map import ZoneMap
    from twinstage.world.load.exchange import LoadTarget

Changes = list[dict[str, Any]]


def twin_target(stage: Stage, config: StressConfig, arm: str) -> LoadTarget:
    """The target of an arm. Raises LookupError for a zone that the twin does not have, InputError where there is no request."""
    target, standing = config.target, Standing(stage.twin)
    if target.kind == "zone":
        zone = standing.need(canonical_name(target.name))
        batches = [request["Changes"] for request in requests_of(config, stage.events, zone.production_id)]
        _put_stubs(stage, zone, batches)
        own = [[_on_twin(zone, change) for change in changes] for changes in batches]
        return ZoneTarget(None, zone.twin_id, own, name=target.name)
    # Ids cannot be mistaken for words, names could.
    requests = replace_in(requests_of(config, stage.events), standing.names_in())
    if target.kind == "table":
        return TableTarget(None, stage.twin.table(arm, target.name), str(target.operation), requests, name=target.name)
    function, concurrency = stage.twin.function(arm, target.name), config.concurrency
    return FunctionTarget(None, function, requests, name=target.name, recorded=True, concurrency=concurrency)


def _put_stubs(stage: Stage, zone: ZoneMap, batches: list[Changes]) -> None:
    """What aliases out of the zone point at in the twin, before anything points at it: in batches of their own, which are no part of the load."""
    stubs = list({key_of(stub): stub for stub in _stubs(zone, batches)}.values())
    for start in range(0, len(stubs), AT_ONCE):
        upserts = [{"Action": "UPSERT", "ResourceRecordSet": stub} for stub in stubs[start : start + AT_ONCE]]
        stage.zones.change(zone.twin_id, upserts, wait=False)


def _on_twin(zone: ZoneMap, change: dict[str, Any]) -> dict[str, Any]:
    """A change as the twin takes it. What a private zone cannot hold of a record set is left out: the load puts nothing beside it."""
    return {"Action": change["Action"], "ResourceRecordSet": zone.to_twin(change["ResourceRecordSet"])}


def _stubs(zone: ZoneMap, batches: list[Changes]) -> Iterator[dict[str, Any]]:
    for changes in batches:
        for change in changes:
            if change["Action"] != "DELETE":
                yield from zone.stubs(change["ResourceRecordSet"])
