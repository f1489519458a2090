"""A data product's twin on an embedded AWS that runs as a server: deployed, its pipeline started by whoever has the account, destroyed; by the commands alone.

In CI tests/rehearsal/test_data_product.py deploys the same twin and executes its pipeline, and tests/rehearsal/test_life_cycle.py goes through the commands with another one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from by_commands import ROOT, twinstage

from twinstage.local import daemon
from twinstage.local.inventory import of
from twinstage.local.target import Server

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.engine, pytest.mark.cdk, pytest.mark.long]


def test_a_twin_of_a_data_product_stands_runs_its_pipeline_and_is_destroyed(tmp_path: Path, home: Path) -> None:
    store, folder = tmp_path / "store", ROOT / "scenarios/orders-pipeline"
    place = ("--store", store, "--home", home)
    twinstage("twin", "deploy", folder, *place, exit_code=5)
    twinstage("local", "start", "--home", home)

    deployed = twinstage("twin", "deploy", folder, *place)
    running = daemon.status(home)
    assert running is not None
    server = Server(running)
    machines = server.client(server.accounts.twin, "stepfunctions")
    batch = (folder / "batches.jsonl").read_text().splitlines()[0]
    started = machines.start_execution(stateMachineArn=deployed["machine"], name="by-hand", input=batch)
    ended = machines.describe_execution(executionArn=started["executionArn"])
    while ended["status"] == "RUNNING":
        ended = machines.describe_execution(executionArn=started["executionArn"])
    tables = server.client(server.accounts.twin, "dynamodb")
    counts = {name: tables.scan(TableName=table)["Count"] for name, table in deployed["tables"].items()}
    standing = twinstage("twin", "show", deployed["id"], "--store", store)["twin"]
    twinstage("twin", "deploy", folder, *place, exit_code=2)
    twinstage("twin", "delete", deployed["id"], "--store", store, exit_code=4)
    twinstage("destroy", "--run", deployed["id"], *place)
    gone = twinstage("twin", "show", deployed["id"], "--store", store)["twin"]
    again = twinstage("destroy", "--all", *place)
    accounts = (server.accounts.production, server.accounts.twin)
    left = [of(lambda service, a=account: server.client(a, service), without_bootstrap=True) for account in accounts]

    assert ended["status"] == "SUCCEEDED"
    assert counts["prices"] == 40
    assert counts["orders"] > 0
    assert (standing["status"], standing["stands"], standing["version"]) == ("deployed", 2, deployed["version"])
    assert standing["content"]["infrastructure"].startswith("sha256:")
    assert (gone["status"], gone["stands"]) == ("destroyed", None)
    assert again["runs"] == []
    assert left == [{}, {}]
