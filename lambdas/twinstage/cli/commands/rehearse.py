"""`twinstage rehearse SCENARIO --local`: the whole state machine, on the embedded AWS."""

from __future__ import annotations

import secrets
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from twinstage.cli.console import Console
from twinstage.cli.ending import terminable
from twinstage.cli.identity import this_user
from twinstage.cli.options import checked_run, json_option, on_this_machine, scenario_roots, store_option
from twinstage.cli.scenario_file import find_scenario, load_scenario
from twinstage.cli.snapshots import REFERENCE, opened, own_key, own_keyring, unsigned_option
from twinstage.cli.stores import Place
from twinstage.model.canonical import sha256_hex
from twinstage.model.errors import InputError, InputProblem, SafetyError
from twinstage.model.finding import Finding, Verdict
from twinstage.rehearse.approval.rules import APPROVED
from twinstage.rehearse.attestation import ATTESTATION
from twinstage.rehearse.promotion.journal import PROMOTED
from twinstage.world.store import DirectoryStore

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from twinstage.cli.scenario_file import ScenarioFile
    from twinstage.local.rehearsal import Rehearsed
    from twinstage.local.run_input import RehearsalInput

EXIT_CODES = {Verdict.APPROVED: 0, Verdict.REJECTED: 1, Verdict.INCONCLUSIVE: 3}


@click.command()
@click.argument("scenario")
@click.option("--local", "local_", is_flag=True, help="Rehearse on the embedded AWS: no account, no network.")
@click.option("--aws", "aws", is_flag=True, help="Rehearse in the account that the environment's credentials open.")
@click.option("--run", callback=checked_run, metavar="ID", help="With --aws: the twin's run id.  [default: a new one]")
@click.option(
    "--run-dir",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where the evidence goes.  [default: <store>/runs/<scenario>-<time>]",
)
@click.option(
    "--snapshot",
    "reference",
    metavar="SNAPSHOT",
    help=f"Rehearse over this snapshot instead of a capture of the scenario's production: {REFERENCE}.",
)
@unsigned_option
@click.option(
    "--as",
    "submitter",
    metavar="NAME",
    help="Who submits the change, where people have to approve.  [default: this user]",
)
@click.option(
    "--approve-as",
    multiple=True,
    metavar="NAME",
    help="With --local: who approves as soon as the run waits for it. May be given again.",
)
@click.option(
    "--promote",
    "promote_too",
    is_flag=True,
    help="With --local: rehearse the promotion too, in the embedded production account.",
)
@click.option(
    "--plan", "planned", metavar="DIGEST", help="Rehearse only the change that `twinstage plan` gave this digest."
)
@store_option
@json_option
def rehearse(
    scenario: str,
    local_: bool,
    aws: bool,
    run: str | None,
    run_dir: Path | None,
    reference: str | None,
    unsigned: bool,
    submitter: str | None,
    approve_as: tuple[str, ...],
    promote_too: bool,
    planned: str | None,
    store: Path,
    as_json: bool,
) -> int:
    """Rehearse SCENARIO: a scenario.yaml, its folder, or the name of a packaged scenario.

    Captures production, deploys a twin, replays the recorded events against baseline and candidate, judges, reports, and
    destroys the twin. Where the scenario says that people have to approve, it waits for `twinstage approve` in another terminal. Exits 0 APPROVED, 1 REJECTED, 3 INCONCLUSIVE.
    """
    if local_ == aws or (local_ and run) or (aws and submitter):
        raise click.UsageError(
            "give --local or --aws; --run goes with --aws, --as with --local (on AWS the caller submits)"
        )
    if (aws and (approve_as or promote_too)) or (promote_too and reference):
        raise click.UsageError(
            "--approve-as and --promote go with --local, and --promote with a production that is seeded"
        )
    if local_:
        on_this_machine()
    console = Console(as_json)
    loaded = load_scenario(find_scenario(scenario, scenario_roots()))
    console.stage(
        f"{loaded.scenario.name}: {len(loaded.intake.events)} events, arms {' and '.join(loaded.scenario.arms)}"
    )
    place = run_dir or new_run_dir(store, loaded.scenario.name)
    writable(store, place)
    if aws:
        return _in_account(loaded, run, place, store, reference, planned, console, unsigned=unsigned)
    given = replace(rehearsal_input(loaded), submitter=this_user() if submitter is None else submitter)
    held = Place(DirectoryStore(store), str(store))
    if planned is not None:
        given = replace(given, plan=_agreed(loaded, held, reference, planned, unsigned=unsigned))
    if reference is not None:
        given = replace(given, snapshot=opened(held, reference, unsigned=unsigned).manifest)
    done = run_locally(given, store, place, console, approve_as=approve_as, promote=promote_too)
    return conclude(done, console)


def _in_account(
    loaded: ScenarioFile,
    run: str | None,
    run_dir: Path,
    store: Path,
    reference: str | None,
    planned: str | None,
    console: Console,
    *,
    unsigned: bool,
) -> int:
    """The same in an account, over a snapshot of production or (without one) over the production that the scenario describes."""
    from twinstage.cli.account.place import this_account
    from twinstage.cli.account.publishing import agreed_plan
    from twinstage.cli.account.whole import Where, rehearse_in_account
    from twinstage.cli.planned import state_of
    from twinstage.local.project import find_project

    where = Where(this_account(), find_project(), run or f"run-{secrets.token_hex(4)}", run_dir, store, own_key())
    held = Place(DirectoryStore(store), str(store))
    with state_of(loaded, held, reference, unsigned=unsigned) as state:
        plan = agreed_plan(loaded, state, planned)
        return conclude(rehearse_in_account(loaded, state, plan, where, console.stage), console)


def _agreed(loaded: ScenarioFile, held: Place, reference: str | None, digest: str, *, unsigned: bool) -> dict[str, Any]:
    """The document of the plan as it is now. Raises SafetyError where its digest is not the one that was agreed to."""
    # What captures production takes a moment to import: only those who name a plan pay for it.
    from twinstage.cli.plan_asked import functions_plan
    from twinstage.cli.planned import Limits, state_of
    from twinstage.rehearse.change.fit import require_digest

    with state_of(loaded, held, reference, unsigned=unsigned) as state:
        plan = functions_plan(loaded, state, Limits())
    require_digest(plan, digest)
    return plan.document()


def rehearsal_input(loaded: ScenarioFile) -> RehearsalInput:
    """What a rehearsal of a scenario file needs."""
    from twinstage.local.production import ProductionState
    from twinstage.local.run_input import RehearsalInput

    production = ProductionState(loaded.zones, loaded.tables, loaded.functions)
    stacks = loaded.template.stacks if loaded.template else None
    return RehearsalInput(loaded.scenario, loaded.intake, production, loaded.candidate, stacks=stacks)


def run_locally(
    given: RehearsalInput,
    store: Path,
    run_dir: Path,
    console: Console,
    *,
    approve_as: Sequence[str] = (),
    promote: bool = False,
) -> Rehearsed:
    """One rehearsal on an engine of its own, which is gone afterwards. What it captures is signed with this user's key. `approve_as` are who approves, `promote` whether what is approved is promoted there."""
    # The embedded AWS takes a second to import: only commands that start it pay for it.
    from twinstage.local.engine import Engine
    from twinstage.local.functions.containment import probe
    from twinstage.local.project import find_project
    from twinstage.local.rehearsal import LocalRehearsal

    project = find_project()
    with terminable(), Engine.start() as engine:
        console.stage(f"the embedded AWS is up at {engine.endpoint}")
        if why := probe():
            console.stage(f"functions are limited and watched here, but have no namespaces of their own: {why}")
        rehearsal = LocalRehearsal(engine, project, store, console.stage, own_key(), approve_as)
        done = rehearsal.run(given, run_dir)
        if not promote or not DirectoryStore(run_dir).exists(ATTESTATION):
            return done
        from twinstage.local.promoting import promote_locally

        results, held = DirectoryStore(run_dir), DirectoryStore(store)
        promoted = promote_locally(engine, results, held, own_keyring(), given.intake.events, console.stage)
        told = {"outcome": promoted.outcome, "why": promoted.why, "versions": dict(promoted.versions)}
        return replace(done, promotion=told)


def conclude(done: Rehearsed, console: Console) -> int:
    """Say the verdict and give the exit code. What the machine did not finish is INCONCLUSIVE, whatever was written before it stopped."""
    if done.production_unchanged is False:
        raise SafetyError(
            "PRODUCTION_CHANGED",
            "production is not what it was before the rehearsal",
            hint=f"the evidence is in {done.run_dir}",
        )
    document = summary(done)
    verdict = Verdict(document["verdict"])
    for finding in document["findings"]:
        if finding["passed"] is not True and finding["counts"]:
            console.say(
                f"  {'failed   ' if finding['passed'] is False else 'undecided'} {finding['check']} ({finding['arm'] or 'run'}): {finding['message']}"
            )
    if document["isolation"]:
        console.say(f"  isolation: {document['isolation']}")
    shown = [f for f in document["findings"] if f["passed"] is False and not f["counts"]]
    if shown:
        console.say(f"  not counted: the {shown[0]['arm']} breaks {', '.join(f['check'] for f in shown)}")
    console.say(f"{verdict}  {done.run_dir / 'report.html'}")
    if done.promotion is not None:
        console.say(f"promotion: {done.promotion['outcome']} {done.promotion['why']}".rstrip())
    console.data(document)
    stopped = done.promotion is not None and done.promotion["outcome"] != PROMOTED
    return EXIT_CODES[Verdict.REJECTED] if stopped else EXIT_CODES[verdict]


def summary(done: Rehearsed) -> dict[str, Any]:
    """`rehearse --json`: verdict, run_id, run_dir, result_digest, findings, stages. What people were asked to approve and did not is REJECTED."""
    written = done.verdict["verdict"] if done.verdict is not None else None
    findings = [dict(finding) for finding in (done.verdict or {}).get("findings", ())]
    # A verdict counts only where the machine went all the way to it.
    agreed = written is not None and (done.execution.status == "SUCCEEDED" or written == Verdict.INCONCLUSIVE)
    if not agreed:
        findings.append(_machine_stopped(done))
    approval = None if done.approval is None else dict(done.approval["outcome"])
    if agreed and written == Verdict.APPROVED and approval is not None and approval["state"] != APPROVED:
        findings.append(_not_approved(approval))
        written = str(Verdict.REJECTED)
    verdict_file = done.run_dir / "verdict.json"
    return {
        "schema": "twinstage:rehearse:1",
        "verdict": written if agreed else str(Verdict.INCONCLUSIVE),
        "run_id": done.run,
        "run_dir": str(done.run_dir),
        "result_digest": f"sha256:{sha256_hex(verdict_file.read_bytes())}" if verdict_file.is_file() else None,
        "findings": findings,
        "stages": {state: done.states.count(state) for state in dict.fromkeys(done.states)},
        "production_unchanged": done.production_unchanged,
        "isolation": _isolation(done),
        "approval": approval,
        "promotion": None if done.promotion is None else dict(done.promotion),
    }


def _isolation(done: Rehearsed) -> str:
    """The profile that was proven, and what the drill came to; empty where nobody watched."""
    if done.isolation is None:
        return ""
    drill = done.isolation["drill"]
    return f"{done.isolation['profile']}, {drill['refused']} of {drill['attempts']} attacks refused"


def _not_approved(outcome: Mapping[str, Any]) -> dict[str, Any]:
    """The finding of a change that the rehearsal approved, and people did not."""
    by = f" by {', '.join(outcome['by'])}" if outcome["by"] else ""
    message = f"{outcome['state']}{by}: {outcome['reason']}"
    return Finding("approval", "safety", passed=False, message=message, evidence=dict(outcome)).document()


def _machine_stopped(done: Rehearsed) -> dict[str, Any]:
    """The finding of a machine that did not come to a verdict by itself."""
    message = f"the machine ended {done.execution.status}: {done.execution.error} {done.execution.cause}".strip()
    evidence = {"error": done.execution.error}
    return Finding("machine", "evidence", passed=False, message=message, evidence=evidence).document()


def new_run_dir(store: Path, name: str) -> Path:
    """A run directory that nobody else has: two rehearsals of one second must not write into one."""
    return store / "runs" / f"{name}-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}-{secrets.token_hex(2)}"


def writable(*folders: Path) -> None:
    """Refuse folders that cannot be written to before anything is done. Raises InputError with all of them."""
    problems = []
    for folder in folders:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError as error:
            problems.append(
                InputProblem(str(folder), 0, "", f"cannot be written to: {error.strerror}", "give another folder")
            )
    if problems:
        raise InputError(problems)
