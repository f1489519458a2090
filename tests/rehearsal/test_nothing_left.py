"""After everything is destroyed nothing is left in either account, of any resource type that the stacks use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from small_scenario import write_small_scenario

from twinstage.cli.commands.rehearse import rehearsal_input
from twinstage.cli.scenario_file import load_scenario
from twinstage.local.inventory import LISTERS, inventory

if TYPE_CHECKING:
    from pathlib import Path

    from twinstage.local.rehearsal import LocalRehearsal

pytestmark = [pytest.mark.engine, pytest.mark.cdk]


def test_destroying_a_twin_leaves_what_was_there_before_it(rehearsal: LocalRehearsal, tmp_path: Path) -> None:
    given = rehearsal_input(load_scenario(write_small_scenario(tmp_path / "scenario")))
    engine, twin = rehearsal.engine, rehearsal.engine.accounts.twin
    with rehearsal.deployed(given) as deployed:
        rehearsal.execute(deployed, tmp_path / "run")
        standing = inventory(engine, twin, without_bootstrap=True)
        used = {
            r["ResourceType"]
            for r in engine.client(twin, "cloudformation")
            .get_paginator("list_stack_resources")
            .paginate(StackName=deployed.spec.stack)
            .search("StackResourceSummaries[]")
        }
    left = inventory(engine, twin, without_bootstrap=True)

    gone = {kind: set(names) - set(left.get(kind, ())) for kind, names in standing.items()}
    assert not [name for names in left.values() for name in names if deployed.spec.run in name]
    for kind in (
        "AWS::EC2::VPC",
        "AWS::Route53::HostedZone",
        "AWS::StepFunctions::StateMachine",
        "AWS::Lambda::LayerVersion",
    ):
        assert gone.get(kind), f"the twin made no {kind}, or it was not destroyed"
    # The embedded AWS keeps a DNS firewall in its stack alone: it goes with it.
    in_their_stack = {kind for kind in used if kind.startswith("AWS::Route53Resolver::Firewall")}
    assert used - in_their_stack - set(LISTERS) <= {"AWS::CDK::Metadata"}, (
        "a type that the stacks use is not looked for"
    )
