"""A zone whose records fail over by health checks goes through the whole machine, and so do its comment, tags and networks.

In CI tests/stacks holds what health checks a twin gets, tests/world/test_twin_health_checks.py that they are found, and tests/state/test_fidelity_of_twins.py every substitution.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from small_scenario import ZONE, ZONE_ID, record, write_small_scenario

from twinstage.cli.commands.rehearse import rehearsal_input, summary
from twinstage.cli.scenario_file import load_scenario
from twinstage.state.snapshot import get_manifest

if TYPE_CHECKING:
    from pathlib import Path

    from twinstage.local.rehearsal import LocalRehearsal

pytestmark = [pytest.mark.engine, pytest.mark.cdk, pytest.mark.long]

CHECK = "0385ed2d-d65c-4f63-a19b-2412a31ef431"
CONFIGURATION = {"Type": "HTTPS", "FullyQualifiedDomainName": f"one.{ZONE}", "Port": 443, "ResourcePath": "/up"}
INSIDE, INSIDE_ID, NETWORK = "inside.test.", "Z0SMALLSCENARIO0002", {"VPCId": "vpc-0a1b2c3d", "VPCRegion": "eu-west-1"}

SUBSTITUTED = {
    (f"app.{ZONE} A PRIMARY", "HealthCheckId"),
    (f"cdn.{ZONE} A", "AliasTarget"),
    (CHECK, "HealthCheckConfig"),
    (CHECK, "Tags"),
    (ZONE, "Config.PrivateZone"),
    (ZONE, "Tags"),
    (INSIDE, "VPCs"),
    ("hosts", "DeletionProtectionEnabled"),
    ("hosts", "Tags"),
    ("publish", "Environment.API_KEY"),
    ("publish", "Environment.HOSTS"),
}


def member(role: str, address: str, **fields: Any) -> dict[str, Any]:
    return record(f"app.{ZONE}", "A", address, ttl=60) | {"SetIdentifier": role, "Failover": role, **fields}


def checked_scenario(folder: Path) -> Path:
    """The small scenario with failover records, an event that changes one of them, and a private zone."""
    scenario = write_small_scenario(folder)
    zones, events = folder / "production/zones", folder / "events.jsonl"
    listed = json.loads((zones / "example.net.json").read_text())
    primary, secondary = member("PRIMARY", "192.0.2.40", HealthCheckId=CHECK), member("SECONDARY", "192.0.2.41")
    listed["ResourceRecordSets"] += [primary, secondary]
    comment = {"Comment": "served to everybody", "PrivateZone": False}
    answers: dict[str, Any] = {
        "example.net": listed,
        "hosted-zones": {"HostedZones": [{"Id": f"/hostedzone/{ZONE_ID}", "Name": ZONE, "Config": comment}]},
        "inside": {
            "HostedZone": {"Id": f"/hostedzone/{INSIDE_ID}", "Name": INSIDE, "Config": {"PrivateZone": True}},
            "VPCs": [NETWORK],
        },
        "inside.test": {"ResourceRecordSets": [record(f"db.{INSIDE}", "A", "10.0.0.7")]},
        "checks": {"HealthChecks": [{"Id": CHECK, "CallerReference": "c", "HealthCheckConfig": CONFIGURATION}]},
        "tags": {
            "ResourceTagSets": [
                {"ResourceType": "hostedzone", "ResourceId": ZONE_ID, "Tags": [{"Key": "team", "Value": "dns"}]},
                {"ResourceType": "healthcheck", "ResourceId": CHECK, "Tags": [{"Key": "of", "Value": "app"}]},
            ]
        },
    }
    tables = folder / "production/tables"
    hosts = json.loads((tables / "hosts.json").read_text())
    hosts["Table"]["DeletionProtectionEnabled"] = True
    hosts["Tags"] = [{"Key": "team", "Value": "dns"}]
    (tables / "hosts.json").write_text(json.dumps(hosts))
    for name, answer in answers.items():
        (zones / f"{name}.json").write_text(json.dumps(answer))
    moved = {"Action": "UPSERT", "ResourceRecordSet": member("PRIMARY", "192.0.2.42", HealthCheckId=CHECK)}
    event = {
        "id": "e5",
        "timestamp": "2026-01-05T10:00:30Z",
        "type": "dns_update",
        "payload": {"zone": ZONE, "changes": [moved]},
    }
    events.write_text(events.read_text() + json.dumps(event) + "\n")
    scenario.write_text(scenario.read_text().replace(f"zones: [{ZONE}]", f"zones: [{ZONE}, {INSIDE}]"))
    return scenario


def test_a_zone_that_fails_over_is_rehearsed_with_health_checks_of_the_twins_own(
    rehearsal: LocalRehearsal, tmp_path: Path
) -> None:
    given = rehearsal_input(load_scenario(checked_scenario(tmp_path / "scenario")))
    done = rehearsal.run(given, tmp_path / "run")

    assert summary(done)["verdict"] == "APPROVED", summary(done)["findings"]
    assert done.production_unchanged
    for arm in ("baseline", "candidate"):
        fidelity = json.loads((tmp_path / f"run/fidelity/{arm}.json").read_text())
        assert fidelity["equal"]
        substituted = {(s["subject"], s["field"]) for s in fidelity["substitutions"]}
        assert substituted > SUBSTITUTED
    start = get_manifest(rehearsal.local, json.loads((tmp_path / "run/input/run.json").read_text())["snapshot_id"])
    ended = get_manifest(
        rehearsal.local, json.loads((tmp_path / "run/capture/baseline.json").read_text())["snapshot_id"]
    )
    for manifest in (start, ended):
        zone, private = sorted(manifest.zones, key=lambda each: each.name)
        assert (zone.comment, zone.tags) == ("served to everybody", {"team": "dns"})
        assert (private.name, list(private.vpcs)) == (INSIDE, [NETWORK])
        (check,) = manifest.health_checks
        assert (check.id, check.configuration, check.tags) == (CHECK, CONFIGURATION, {"of": "app"})
