"""A whole rehearsal in an account: published, deployed, started, waited for, fetched, and destroyed whatever happens."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from twinstage.cli.account.deploying import deploy_twin, refuse_standing
from twinstage.cli.account.leaving import destroy_twin
from twinstage.cli.account.publishing import publish_scenario
from twinstage.cli.account.running import (
    EMBEDDED_LOOK_EVERY_S,
    LOOK_EVERY_S,
    fetch_results,
    start_execution,
    wait_for,
)
from twinstage.cli.ending import terminable
from twinstage.local.project import architecture
from twinstage.local.rehearsal import Rehearsed, attest_approved
from twinstage.rehearse.approval.desk import RECORD
from twinstage.world.jsons import get_json
from twinstage.world.store import DirectoryStore

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from twinstage.cli.account.place import Account
    from twinstage.cli.planned import State
    from twinstage.cli.scenario_file import ScenarioFile
    from twinstage.local.project import Project
    from twinstage.world.signers import Signer

VERDICT: Final = "verdict.json"


@dataclass(frozen=True)
class Where:
    """Where a rehearsal goes on and what it leaves here: its twin's run, the run's folder, the folder of snapshots, and whose key signs."""

    account: Account
    project: Project
    run: str
    run_dir: Path
    snapshots: Path
    signer: Signer | None


def rehearse_in_account(
    loaded: ScenarioFile, state: State, plan: Mapping[str, Any] | None, where: Where, say: Callable[[str], None]
) -> Rehearsed:
    """One rehearsal, from publication to destruction. What interrupts it, a signal to end included, destroys the twin first. Raises what fails, after that.

    Raises InputError where a twin of that run stands already, which stays.
    """
    account = where.account
    refuse_standing(where.run)
    clones_on = architecture() if account.embedded else None
    published = publish_scenario(loaded, state, account.store, submitter=account.caller, plan=plan, clones_on=clones_on)
    say(f"published {published.reference}")
    with terminable():
        try:
            twin = deploy_twin(account, where.project, published, where.run, say)
            execution = start_execution(twin, {"scenario": published.reference})
            ended, states = wait_for(twin, execution, say, look_every_s(account))
            fetched = fetch_results(twin, where.run_dir, where.snapshots, where.signer)
            say(f"fetched {fetched} files from {twin.uri}")
        finally:
            destroy_twin(account, where.run, say, time.sleep)
    place = DirectoryStore(where.run_dir)
    verdict, record = (get_json(place, key) if place.exists(key) else None for key in (VERDICT, RECORD))
    done = Rehearsed(where.run, where.run_dir, ended, states, verdict, approval=record)
    attest_approved(done, where.signer)
    return done


def look_every_s(account: Account) -> float:
    """How often to look at an execution, seconds."""
    return EMBEDDED_LOOK_EVERY_S if account.embedded else LOOK_EVERY_S
