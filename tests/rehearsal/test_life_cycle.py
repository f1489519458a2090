"""A twin's life on an embedded AWS that runs as a server: started, deployed to, looked at, emptied, stopped; by the commands alone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from by_commands import twinstage
from small_scenario import write_small_scenario

from twinstage.local import daemon
from twinstage.local.inventory import of
from twinstage.local.target import Server

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.engine, pytest.mark.cdk]


def test_a_twin_is_deployed_shown_and_destroyed_and_nothing_is_left_in_either_account(
    tmp_path: Path, home: Path
) -> None:
    scenario = write_small_scenario(tmp_path / "scenario")
    store = tmp_path / "store"
    zones = scenario.parent / "production/zones"
    snapshot = twinstage("snapshot", "import", "--zones", zones, "--tables", zones.parent / "tables", "--out", store)[
        "snapshot"
    ]
    twinstage("status", "--home", home, exit_code=5)
    twinstage("local", "start", "--home", home)

    deployed = twinstage("deploy", "--snapshot", snapshot, "--run", "cycle", "--store", store, "--home", home)
    running = daemon.status(home)
    assert running is not None
    server = Server(running)
    accounts = (server.accounts.production, server.accounts.twin)
    standing = [
        of(lambda service, a=account: server.client(a, service), without_bootstrap=True) for account in accounts
    ]
    replicated = twinstage("replicate", "--snapshot", snapshot, "--run", "cycle", "--store", store, "--home", home)
    again = twinstage("replicate", "--snapshot", snapshot, "--run", "cycle", "--store", store, "--home", home)
    shown = twinstage("status", "--home", home)["twins"]
    orphan = "twin-gone-ledger"
    attributes = {
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "BillingMode": "PAY_PER_REQUEST",
    }
    key = [{"AttributeName": "pk", "KeyType": "HASH"}]
    server.client(accounts[1], "dynamodb").create_table(TableName=orphan, KeySchema=key, **attributes)
    would, swept, nothing = (
        twinstage("sweep", *options, "--store", store, "--home", home) for options in (["--dry-run"], [], [])
    )
    twinstage("destroy", "--all", "--store", store, "--home", home)
    left = [of(lambda service, a=account: server.client(a, service), without_bootstrap=True) for account in accounts]

    assert deployed["outputs"]["StateMachineArn"].endswith(":stateMachine:twin-cycle")
    assert [(twin["run"], twin["status"]) for twin in shown] == [("cycle", "CREATE_COMPLETE")]
    assert replicated["fidelity"]["equal"]
    assert replicated["written"] == {
        "changes": 4,
        "items": 3,
        "zones": {"example.net.": {"batches": 1, "changes": 4}},
        "tables": {"hosts": {"puts": 3, "deletes": 0, "parts": 1}},
    }
    assert (again["written"]["changes"], again["written"]["items"]) == (0, 0)
    assert shown[0]["tags"]["twinstage:run"] == "cycle"
    assert "twinstage:ttl-hours" in shown[0]["tags"]
    assert [would["removed"], swept["removed"], nothing["removed"]] == [
        [{"kind": "AWS::DynamoDB::Table", "id": orphan, "name": orphan, "run": "gone", "by": "name"}]
    ] * 2 + [[]]
    assert swept["standing"] == ["cycle"]
    assert all(standing)
    assert left == [{}, {}]


@pytest.mark.long  # tests/local/test_cloudformation_types_tables.py imports, tests/state/test_fidelity_of_twins.py substitutes
def test_a_twin_whose_table_is_imported_and_whose_zone_needs_substitutes_equals_its_snapshot(
    tmp_path: Path, home: Path
) -> None:
    zones = write_small_scenario(tmp_path / "scenario").parent / "production/zones"
    _with_what_a_private_zone_refuses(zones)
    store = tmp_path / "store"
    snapshot = twinstage("snapshot", "import", "--zones", zones, "--tables", zones.parent / "tables", "--out", store)[
        "snapshot"
    ]
    twinstage("local", "start", "--home", home)
    place = ("--snapshot", snapshot, "--run", "imported", "--store", store, "--home", home)

    twinstage("deploy", "--import-items", "2", *place)
    replicated = twinstage("replicate", *place)
    twinstage("destroy", "--run", "imported", "--store", store, "--home", home)

    assert replicated["written"]["tables"] == {"hosts": {"puts": 0, "deletes": 0, "parts": 0}}
    assert replicated["fidelity"]["equal"]
    substituted = {(s["subject"], s["field"]) for s in replicated["fidelity"]["substitutions"]}
    assert {("ip.example.net. A home", "CidrRoutingConfig"), ("ip.example.net. A home", "HealthCheckId")} < substituted


def _with_what_a_private_zone_refuses(zones: Path) -> None:
    check = "0385ed2d-d65c-4f63-a19b-2412a31ef431"
    file = zones / "example.net.json"
    listed = json.loads(file.read_text())
    located = {
        "Name": "ip.example.net.",
        "Type": "A",
        "SetIdentifier": "home",
        "CidrRoutingConfig": {"CollectionId": "c8c02a84-aaaa-bbbb-e0d2-d833a2f80106", "LocationName": "home"},
        "TTL": 60,
        "ResourceRecords": [{"Value": "192.0.2.11"}],
        "HealthCheckId": check,
    }
    listed["ResourceRecordSets"].insert(3, located)
    file.write_text(json.dumps(listed))
    checks = [{"Id": check, "HealthCheckConfig": {"Type": "TCP", "IPAddress": "192.0.2.11", "Port": 443}}]
    (zones / "health-checks.json").write_text(json.dumps({"HealthChecks": checks}))
