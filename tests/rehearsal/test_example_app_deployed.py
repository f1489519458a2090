"""The example CDK app, deployed into the embedded AWS by the real CDK CLI, with what the wheel brings; and gone again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.library.example_app import RUN, STACK, example_app
from twinstage.local.cdk import CdkCli
from twinstage.local.inventory import inventory
from twinstage.local.project import find_project

if TYPE_CHECKING:
    from pathlib import Path

    from twinstage.local.rehearsal import LocalRehearsal

# tests/library/test_example_app.py synthesizes and proves it in CI.
pytestmark = [pytest.mark.engine, pytest.mark.cdk, pytest.mark.long]


def test_five_lines_in_somebodys_own_app_stand_and_go(rehearsal: LocalRehearsal, tmp_path: Path) -> None:
    engine, account = rehearsal.engine, rehearsal.engine.accounts.twin
    cli = CdkCli(find_project().root, engine.environment(account))
    cli.bootstrap(account, engine.region)
    before = inventory(engine, account, without_bootstrap=True)
    assembly = example_app(tmp_path).synthesized(account=account)

    outputs = cli.deploy(assembly, [STACK], outputs_file=tmp_path / "outputs.json")[STACK]

    machine = engine.client(account, "stepfunctions").describe_state_machine(stateMachineArn=outputs["StateMachineArn"])
    assert (machine["name"], machine["status"]) == (f"twin-{RUN}", "ACTIVE")
    tables = engine.client(account, "dynamodb").list_tables()["TableNames"]
    assert f"twin-{RUN}-baseline-hosts" in tables
    zones = engine.client(account, "route53").list_hosted_zones()["HostedZones"]
    assert "example.net." in {zone["Name"] for zone in zones if zone["Config"]["PrivateZone"]}

    cli.destroy(assembly, [STACK])
    assert inventory(engine, account, without_bootstrap=True) == before
