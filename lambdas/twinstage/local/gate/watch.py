"""Watching over one rehearsal: what production was before and after, what the gate saw meanwhile, and the drill."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from twinstage.isolation.drill.attempts import Targets
from twinstage.isolation.drill.evidence import Access, Evidence, Parties, Tally, findings
from twinstage.local.capture import CAPTURE_FUNCTION, CAPTURE_ROLE
from twinstage.local.credentials import OPERATOR
from twinstage.local.deployment import EXTERNAL_ID
from twinstage.local.gate.drill import role_name, run_drill
from twinstage.local.inventory import LISTERS, inventory
from twinstage.model.canonical import digest
from twinstage.report import load_run, render
from twinstage.validate.checks.isolation import with_isolation
from twinstage.world.jsons import get_json, put_json, put_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from twinstage.isolation.drill.outcomes import Drill
    from twinstage.local.deployment import TwinSpec
    from twinstage.local.engine import Engine
    from twinstage.local.gate.log import Record
    from twinstage.model.manifest import Manifest
    from twinstage.world.store import Store

# A template's path and the time that a proof took say nothing of what was proven.
_TIMES = frozenset({"file", "proof_ms"})
# Their contents are digested with the capture, name by name.
_CAPTURED = frozenset({"AWS::Route53::RecordSet"})


@dataclass(frozen=True)
class Began:
    """How it was when a rehearsal began: the log's length, the digest of what production's account held, and one of its VPCs."""

    count: int
    held: str
    vpc: str


@dataclass(frozen=True)
class Watched:
    """A rehearsal's isolation, shown. `access` are the gate's decisions, first and last number."""

    evidence: Evidence
    first: int
    last: int


def begin(engine: Engine) -> Began:
    """Note how it is now. Production is seeded, and nothing has captured it yet."""
    held = _held(engine)
    vpc = _first(engine, engine.accounts.production, "ec2", "describe_vpcs", "Vpcs", "VpcId")
    return Began(engine.log.count, held, vpc)


def drill(engine: Engine, began: Began, spec: TwinSpec, manifest: Manifest) -> Drill:
    """The drill of a twin that stands."""
    return run_drill(engine, _targets(engine, began, spec, manifest))


def conclude(
    engine: Engine,
    began: Began,
    spec: TwinSpec,
    drilled: Drill,
    captured: tuple[str, str] | None,
    audit: Mapping[str, Any],
) -> Watched:
    """The evidence of a rehearsal that is over. `captured`: the digests of production's two captures, where there were two."""
    last = engine.log.count
    tally = Tally(_parties(engine, spec))
    for record in _between(engine, began.count, last):
        tally.add(_access(record))
    before, after = {"held": began.held}, {"held": _held(engine)}
    if captured is not None:
        before["captured"], after["captured"] = captured
    evidence = Evidence(str(audit["profile"]), before, after, tally, drilled, _timeless(audit))
    return Watched(evidence, began.count, last)


def _timeless(document: Any) -> Any:
    """A document without what a proof took: equal rehearsals give equal evidence."""
    if isinstance(document, dict):
        return {name: _timeless(value) for name, value in document.items() if name not in _TIMES}
    return [_timeless(value) for value in document] if isinstance(document, list) else document


def write(engine: Engine, watched: Watched, place: Store) -> dict[str, Any] | None:
    """Write `isolation.json` and `access.jsonl`, put the findings into the verdict, and render the report anew.

    Gives the verdict's document as it is now; None where the machine reached none. Idempotent over one run's directory.
    """
    put_json(place, "isolation.json", watched.evidence.document())
    put_lines(place, "access.jsonl", (vars(record) for record in _between(engine, watched.first, watched.last)))
    verdict: dict[str, Any] | None = None
    if place.exists("verdict.json"):
        verdict = with_isolation(get_json(place, "verdict.json"), findings(watched.evidence))
        put_json(place, "verdict.json", verdict)
        put_json(place, "findings.json", {"schema": "twinstage:findings:1", "findings": verdict["findings"]})
    if place.exists("report.html"):
        for name, content in render(load_run(place)).items():
            place.put(name, content)
    return verdict


def _held(engine: Engine) -> str:
    """The digest of what production's account holds, by type and id."""
    kinds = set(LISTERS) - _CAPTURED
    return digest(json.loads(json.dumps(inventory(engine, engine.accounts.production, kinds=kinds))))


def _between(engine: Engine, first: int, last: int) -> Iterator[Record]:
    return takewhile(lambda record: record.n <= last, engine.log.since(first))


def _access(record: Record) -> Access:
    return Access(
        record.account,
        record.owner,
        record.action,
        record.resource,
        record.resource_account,
        record.allowed,
        record.why,
    )


def _parties(engine: Engine, spec: TwinSpec) -> Parties:
    return Parties(
        engine.accounts.production,
        engine.accounts.twin,
        spec.run,
        CAPTURE_ROLE,
        CAPTURE_FUNCTION,
        OPERATOR,
        role_name(spec.run),
        tuple(spec.arms),
    )


def _targets(engine: Engine, began: Began, spec: TwinSpec, manifest: Manifest) -> Targets:
    """Production's own things where it has any, and names that are nobody's where it has none."""
    targets = Targets(
        production=engine.accounts.production,
        twin=engine.accounts.twin,
        region=engine.region,
        run=spec.run,
        external_id=EXTERNAL_ID,
        own_zone=_first(engine, engine.accounts.twin, "route53", "list_hosted_zones", "HostedZones", "Id"),
        own_vpc=_first(engine, engine.accounts.twin, "ec2", "describe_vpcs", "Vpcs", "VpcId"),
        own_table=f"twin-{spec.run}-ledger",
        vpc=began.vpc,
    )
    if manifest.zones:
        targets = replace(targets, zone=manifest.zones[0].id, zone_name=manifest.zones[0].name)
    if manifest.tables:
        targets = replace(targets, table=manifest.tables[0].name)
    if manifest.functions:
        targets = replace(targets, function=manifest.functions[0].name)
    return targets


def _first(engine: Engine, account: str, service: str, operation: str, member: str, key: str) -> str:
    """The id of the first of an account's things of a kind, without the path before it; a name of nobody's where it has none."""
    found = getattr(engine.client(account, service), operation)()[member]
    return str(found[0][key]).rpartition("/")[2] if found else "none"
