"""A twin's life on an embedded AWS that runs as a server: started, deployed to, looked at, emptied, stopped; by the commands alone."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from small_scenario import write_small_scenario

from twinstage.local import daemon
from twinstage.local.inventory import of
from twinstage.local.target import Server

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]

pytestmark = [pytest.mark.engine, pytest.mark.cdk]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "home"
    daemon.stop(tmp_path / "home")


def twinstage(*arguments: str | Path, exit_code: int = 0) -> dict[str, Any]:
    command = [str(Path(sys.executable).with_name("twinstage")), *map(str, arguments), "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == exit_code, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


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
    twinstage("destroy", "--all", "--store", store, "--home", home)
    left = [of(lambda service, a=account: server.client(a, service), without_bootstrap=True) for account in accounts]

    assert deployed["outputs"]["StateMachineArn"].endswith(":stateMachine:twin-cycle")
    assert [(twin["run"], twin["status"]) for twin in shown] == [("cycle", "CREATE_COMPLETE")]
    assert replicated["fidelity"]["equal"]
    assert replicated["written"] == {"changes": 4, "items": 2}
    assert again["written"]["changes"] == 0
    assert shown[0]["tags"]["twinstage:run"] == "cycle"
    assert "twinstage:ttl-hours" in shown[0]["tags"]
    assert all(standing)
    assert left == [{}, {}]
