"""`twinstage deploy / status / destroy`: a twin's life cycle on a running embedded AWS, over the CDK CLI."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from twinstage.cli.commands.snapshot import find_snapshot
from twinstage.cli.console import Console
from twinstage.cli.options import json_option, store_option
from twinstage.model.errors import InputError, InputProblem, TwinstageError
from twinstage.world.store import DirectoryStore

if TYPE_CHECKING:
    from twinstage.local.deployment import Deployment, TwinSpec
    from twinstage.local.target import Server

TWINS = "twins"
run_option = click.option(
    "--run", required=True, metavar="ID", help="The twin's run id: lower-case letters, digits, hyphens; 20 at most."
)
home_option = click.option(
    "--home", type=click.Path(path_type=Path, file_okay=False), help="The running server's --home."
)


@click.command()
@click.option("--snapshot", "digest", required=True, help="The snapshot to make a twin of.")
@run_option
@home_option
@store_option
@json_option
def deploy(digest: str, run: str, home: Path | None, store: Path, as_json: bool) -> None:
    """Deploy the twin of a snapshot into the embedded AWS that `twinstage local start` runs."""
    from twinstage.local.deployment import TwinSpec
    from twinstage.state.snapshot import get_bytes, manifest_key

    console, place = Console(as_json), DirectoryStore(store)
    manifest = find_snapshot(store, digest)
    target = running_server(home)
    code = store.resolve() / "code" / run
    code.mkdir(parents=True, exist_ok=True)
    for function in manifest.functions:
        (code / function.code.sha256).write_bytes(get_bytes(place, function.code))
    spec = TwinSpec(run, store.resolve() / manifest_key(manifest.digest), code, ("baseline",), {}, ())
    deployment = _deployment(target, console)
    deployment.foundation()
    outputs = deployment.twin(spec)
    place.put(f"{TWINS}/{run}.json", json.dumps({"snapshot": manifest.digest}).encode())
    for name, value in sorted(outputs.items()):
        console.say(f"{name} {value}")
    console.data({"schema": "twinstage:deploy:1", "run": run, "stack": spec.stack, "outputs": outputs})


@click.command()
@home_option
@json_option
def status(home: Path | None, as_json: bool) -> None:
    """The twins that stand in the running embedded AWS."""
    console, target = Console(as_json), running_server(home)
    found = []
    pages = target.client(target.accounts.twin, "cloudformation").get_paginator("describe_stacks").paginate()
    for stack in (
        stack for page in pages for stack in page["Stacks"] if stack["StackName"].startswith("twinstage-twin-")
    ):
        tags = {tag["Key"]: tag["Value"] for tag in stack.get("Tags", ())}
        entry: dict[str, Any] = {
            "run": stack["StackName"].removeprefix("twinstage-twin-"),
            "stack": stack["StackName"],
            "status": stack["StackStatus"],
            "created": stack["CreationTime"].isoformat(),
            "tags": tags,
        }
        found.append(entry)
        console.say(f"{entry['run']}  {entry['status']}  {entry['created']}")
    if not found:
        console.say("no twin stands")
    console.data({"schema": "twinstage:status:1", "twins": found})


@click.command()
@click.option("--run", metavar="ID", help="The twin to destroy.")
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help="Every twin, then the platform and capture stacks with all evidence in them.",
)
@home_option
@store_option
@json_option
def destroy(run: str | None, everything: bool, home: Path | None, store: Path, as_json: bool) -> None:
    """Destroy a twin, or everything that Twinstage deployed."""
    if (run is None) == (not everything):
        raise click.UsageError("give --run ID or --all")
    console, place = Console(as_json), DirectoryStore(store)
    deployment = _deployment(running_server(home), console)
    runs = [run] if run else [key.removeprefix(f"{TWINS}/").removesuffix(".json") for key in place.list(f"{TWINS}/")]
    for each in runs:
        deployment.destroy_twin(_spec(each, store))
        place.delete(f"{TWINS}/{each}.json")
    if everything:
        deployment.destroy_foundation()
    console.say(f"destroyed: {', '.join(runs) or 'no twin'}" + (", platform and capture stacks" if everything else ""))
    console.data({"schema": "twinstage:destroy:1", "runs": runs, "foundation": everything})


def _spec(run: str, store: Path) -> TwinSpec:
    from twinstage.local.deployment import TwinSpec
    from twinstage.state.snapshot import manifest_key

    place = DirectoryStore(store)
    key = f"{TWINS}/{run}.json"
    if not place.exists(key):
        raise InputError(
            [InputProblem("--run", 0, "", f"{store} knows no twin {run}", "`twinstage status` shows what stands")]
        )
    digest = json.loads(place.get(key))["snapshot"]
    return TwinSpec(run, store.resolve() / manifest_key(digest), store.resolve() / "code" / run, ("baseline",), {}, ())


def _deployment(target: Server, console: Console) -> Deployment:
    from twinstage.local.deployment import Deployment
    from twinstage.local.project import find_project

    return Deployment(target, find_project(), console.stage)


def running_server(home: Path | None) -> Server:
    """The embedded AWS that runs. Raises NOT_RUNNING where none does."""
    from twinstage.local import daemon
    from twinstage.local.target import Server

    running = daemon.status(home)
    if running is None:
        raise TwinstageError("NOT_RUNNING", "no embedded AWS is running", hint="`twinstage local start` starts one")
    return Server(running)
