"""`twinstage aws deploy|start|wait|fetch|destroy`: the steps of a rehearsal in an account, each by itself."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from twinstage.cli.commands.twin import run_option
from twinstage.cli.console import Console
from twinstage.cli.options import json_option, store_option

if TYPE_CHECKING:
    from twinstage.world.aws.machine import Execution


@click.group()
def aws() -> None:
    """Rehearsals in the account that the environment names: AWS, or an embedded one that `twinstage local start` runs.

    `twinstage rehearse SCENARIO --aws` takes all of these steps. Each by itself, so that a job can always take the last one:

    scenario publish -> aws deploy -> aws start -> aws wait -> aws fetch -> aws destroy
    """


@aws.command()
@click.argument("scenario", metavar="SCENARIO")
@run_option
@json_option
def deploy(scenario: str, run: str, as_json: bool) -> None:
    """Deploy the twin for a published SCENARIO: its name, or name@sha256:DIGEST as `twinstage scenario publish` gave it."""
    from twinstage.cli.account.deploying import deploy_twin
    from twinstage.cli.account.place import this_account
    from twinstage.local.project import find_project
    from twinstage.rehearse.published import find_published

    console, account = Console(as_json), this_account()
    published = find_published(account.store, scenario)
    twin = deploy_twin(account, find_project(), published, run, console.stage)
    console.say(f"{twin.machine}")
    console.data(
        {
            "schema": "twinstage:aws-deploy:1",
            "run": run,
            "scenario": published.reference,
            "machine": twin.machine,
            "bucket": twin.bucket,
        }
    )


@aws.command()
@run_option
@click.option(
    "--scenario", metavar="SCENARIO", help="Another published scenario than the one that the twin was deployed for."
)
@json_option
def start(run: str, scenario: str | None, as_json: bool) -> None:
    """Start an execution in the twin, as the console's "Start execution" does."""
    from twinstage.cli.account.place import standing_twin
    from twinstage.cli.account.running import start_execution

    console, twin = Console(as_json), standing_twin(run)
    execution = start_execution(twin, {} if scenario is None else {"scenario": scenario})
    console.say(execution)
    console.data({"schema": "twinstage:aws-start:1", "run": run, "execution": execution})


@aws.command()
@run_option
@click.option("--execution", metavar="ARN", help="Which execution.  [default: the one that was started last]")
@json_option
def wait(run: str, execution: str | None, as_json: bool) -> int:
    """Wait for the end of an execution, with a line a state. Exits 0 APPROVED, 1 REJECTED, 3 INCONCLUSIVE, 2 where its input was refused."""
    from twinstage.cli.account.place import standing_twin, this_account
    from twinstage.cli.account.running import latest_execution, verdict_of, wait_for
    from twinstage.cli.account.whole import look_every_s
    from twinstage.cli.commands.rehearse import EXIT_CODES

    console, twin = Console(as_json), standing_twin(run)
    ended, states = wait_for(twin, execution or latest_execution(twin), console.stage, look_every_s(this_account()))
    verdict = verdict_of(ended)
    console.say(f"{verdict}  {_why(ended)}".rstrip())
    document: dict[str, Any] = {
        "schema": "twinstage:aws-wait:1",
        "run": run,
        "execution": ended.arn,
        "status": ended.status,
        "verdict": str(verdict),
        "error": ended.error,
        "cause": ended.cause,
        "states": list(states),
    }
    console.data(document)
    return EXIT_CODES[verdict]


def _why(ended: Execution) -> str:
    return f"{ended.error}: {ended.cause}" if ended.error else ""


@aws.command()
@run_option
@click.option(
    "--run-dir",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where the evidence goes.  [default: <store>/runs/<run>]",
)
@store_option
@json_option
def fetch(run: str, run_dir: Path | None, store: Path, as_json: bool) -> None:
    """Fetch the evidence of the twin's run; the states that its arms ended with go into the folder of snapshots. What an earlier rehearsal left there of its plan, approval, attestation and promotion is removed first."""
    from twinstage.cli.account.place import standing_twin
    from twinstage.cli.account.running import fetch_results
    from twinstage.cli.snapshots import own_key

    console, twin, place = Console(as_json), standing_twin(run), run_dir or store / "runs" / run
    count = fetch_results(twin, place, store, own_key())
    console.say(f"{count} files in {place}")
    console.data({"schema": "twinstage:aws-fetch:1", "run": run, "run_dir": str(place), "files": count})


@aws.command()
@run_option
@json_option
def destroy(run: str, as_json: bool) -> None:
    """Destroy the twin of a run, however far its deployment came. Exits 0 where nothing of it stands in the end, 6 where something does."""
    from twinstage.cli.account.leaving import destroy_twin
    from twinstage.cli.account.place import this_account

    console = Console(as_json)
    stood = destroy_twin(this_account(), run, console.stage, time.sleep)
    console.say(f"destroyed: {run}" if stood else f"nothing of {run} stands")
    console.data({"schema": "twinstage:aws-destroy:1", "run": run, "stood": stood})
