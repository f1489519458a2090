"""`twinstage rehearse SCENARIO --aws`: a verdict out of an account, and no twin left there, however the rehearsal ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.rehearsal.small_scenario import write_small_scenario

if TYPE_CHECKING:
    from tests.ci.conftest import RemoteAccount

PROGRAM = str(Path(sys.executable).with_name("twinstage"))
# Whole rehearsals against a server; what each step does where another fails is asked in CI of the action's scripts.
pytestmark = [pytest.mark.long, pytest.mark.cdk]


def started(account: RemoteAccount, folder: Path, *arguments: str) -> subprocess.Popen[str]:
    scenario = write_small_scenario(folder / "dns", "ci-account")
    command = [PROGRAM, "rehearse", str(scenario), "--aws", "--store", str(folder / "store"), *arguments]
    return subprocess.Popen(
        command, cwd=folder, env=variables(account), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def variables(account: RemoteAccount) -> dict[str, str]:
    return {name: value for name, value in {**os.environ, **account.variables}.items() if name != "AWS_PROFILE"}


def test_it_says_the_verdict_as_a_local_rehearsal_does(account: RemoteAccount, tmp_path: Path) -> None:
    with started(account, tmp_path, "--run", "whole", "--json") as done:
        told, said = done.communicate()

    document = json.loads(told)
    assert (done.returncode, document["verdict"], document["run_id"]) == (0, "APPROVED", "whole"), said
    assert document["stages"]["Replicate"] == 2
    assert Path(document["run_dir"], "report.html").is_file()
    assert Path(document["run_dir"], "attestation.json").is_file()
    assert account.stacks() == []


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM], ids=["interrupted", "told to end"])
def test_whoever_ends_it_half_way_leaves_no_twin(account: RemoteAccount, tmp_path: Path, told: signal.Signals) -> None:
    with started(account, tmp_path, "--run", "half-way") as going:
        assert going.stderr is not None
        said = []
        for line in going.stderr:
            said.append(line)
            if "state Replicate" in line:
                going.send_signal(told)
                break
        rest = going.stderr.read()

    assert going.returncode == 130, [*said, rest]
    assert "destroyed: twinstage-twin-half-way" in rest
    assert account.stacks() == []


def test_its_steps_one_by_one_come_to_the_same(account: RemoteAccount, tmp_path: Path) -> None:
    scenario = write_small_scenario(tmp_path / "dns", "ci-steps")
    run, store = ("--run", "steps"), ("--store", str(tmp_path / "store"))

    def told(*arguments: str) -> dict[str, Any]:
        command = [PROGRAM, *arguments, "--json"]
        done = subprocess.run(
            command, cwd=tmp_path, env=variables(account), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        document: dict[str, Any] = json.loads(done.stdout)
        return document

    published = told("scenario", "publish", str(scenario), *store)
    try:
        deployed = told("aws", "deploy", published["reference"], *run)
        execution = told("aws", "start", *run)["execution"]
        waited = told("aws", "wait", *run, "--execution", execution)
        fetched = told("aws", "fetch", *run, *store)
    finally:
        destroyed = told("aws", "destroy", *run)

    assert deployed["scenario"] == published["reference"]
    assert (waited["verdict"], waited["execution"]) == ("APPROVED", execution)
    assert Path(tmp_path, fetched["run_dir"], "verdict.json").is_file()
    assert destroyed["stood"] is True
    assert account.stacks() == []
