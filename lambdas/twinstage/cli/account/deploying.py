"""The twin of a published scenario deployed into an account, by the real CDK CLI, out of what lies in the evidence store."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from twinstage.cli.account.cdk import account_cdk
from twinstage.cli.account.place import StandingTwin, outputs_of, stack_of, standing_twin
from twinstage.cli.account.publishing import CANDIDATE
from twinstage.local.assembly import synthesize
from twinstage.local.guard import proven
from twinstage.local.project import architecture, runtime
from twinstage.model.canonical import pretty_json
from twinstage.model.errors import AwsError, InputError, InputProblem
from twinstage.model.reading.zip_archive import unpack
from twinstage.rehearse.published import published_files
from twinstage.rehearse.uploaded import code_key
from twinstage.state.opening import open_snapshot
from twinstage.state.run_ledger import RunLedger
from twinstage.state.snapshot import get_bytes
from twinstage.state.sweeping import TTL_HOURS

if TYPE_CHECKING:
    from collections.abc import Callable

    from twinstage.cli.account.place import Account
    from twinstage.local.project import Project
    from twinstage.model.manifest import Manifest
    from twinstage.rehearse.published import Published
    from twinstage.world.store import Store

# What AWS runs stages on; clones there keep production's own processor.
_AWS_ARCHITECTURE: Final = "arm64"


def refuse_standing(run: str) -> None:
    """Raises InputError where a twin of that run stands: it is somebody else's, and is neither deployed over nor destroyed."""
    if outputs_of(run) is not None:
        hint = "`twinstage aws destroy` it first, or take another id"
        raise InputError([InputProblem("--run", 0, "", f"a twin of {run} stands already", hint)])


def deploy_twin(
    account: Account, project: Project, published: Published, run: str, say: Callable[[str], None]
) -> StandingTwin:
    """Deploy the twin of a run, which the ledger of runs knows before its first resource stands.

    Raises InputError where one of that run stands already or something of the publication is missing, SafetyError where something leads out of the twin, AwsError where
    CloudFormation fails. An InputError comes before anything stands.
    """
    refuse_standing(run)
    store = account.store
    # Whose it is was checked when it was published; here that it is whole.
    manifest = open_snapshot(store, published.snapshot_id, trust=None).manifest
    with tempfile.TemporaryDirectory(prefix="twinstage-deploy-") as scratch:
        folder = Path(scratch)
        context = _platform(account, project) | _laid_out(published, manifest, store, folder, run)
        assembly = synthesize(project.app, project.assemblies, context)
        stack = stack_of(run)
        say(f"synthesized {stack}")
        say(f"audit: {stack} is isolated, profile {proven(assembly, stack).profile}")
        RunLedger(store).begin(run, time.time(), TTL_HOURS)
        account_cdk(project).deploy(assembly, [stack], outputs_file=folder / "outputs.json")
    say(f"cdk deploy: {stack} into account {account.id}")
    try:
        return standing_twin(run)
    except InputError as error:
        # Somebody destroys it already: what is left of it is no matter of bad input.
        raise AwsError("cloudformation", "DescribeStacks", "NotDeployed", error.message) from error


def _platform(account: Account, project: Project) -> dict[str, Any]:
    """What any twin of an account has: an embedded AWS runs functions on this machine, AWS on what it is told."""
    here = account.embedded
    processor = architecture() if here else _AWS_ARCHITECTURE
    told = {"twinstage:clone_architecture": processor, "twinstage:runtime": runtime()} if here else {}
    return {
        "twinstage:region": account.region,
        "twinstage:twin_account": account.id,
        "twinstage:architecture": processor,
        "twinstage:bundle": str(project.bundle(processor)),
        "twinstage:recorder": str(project.recorder),
        **told,
    }


def _laid_out(published: Published, manifest: Manifest, store: Store, folder: Path, run: str) -> dict[str, Any]:
    """The context of one twin: manifest, packages of the baseline and the candidate's folders written below `folder`."""
    snapshot, objects = folder / "snapshot.json", folder / "objects"
    objects.mkdir()
    snapshot.write_bytes(pretty_json(manifest.document()))
    for function in manifest.functions:
        (objects / function.code.sha256).write_bytes(get_bytes(store, function.code))
    files, changes = published_files(store, published), {}
    for name, change in published.context.get(CANDIDATE, {}).items():
        code = folder / "candidate" / name
        if code_key(name) in files:
            unpack(files[code_key(name)], code)
        changes[name] = {**change, **({"code": str(code)} if code_key(name) in files else {})}
    return {
        **published.context,
        CANDIDATE: changes,
        "twinstage:run": run,
        "twinstage:scenario": published.digest,
        "twinstage:snapshot": str(snapshot),
        "twinstage:objects": str(objects),
    }
