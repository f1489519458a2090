"""`twinstage deploy / status / destroy`: a twin's life cycle on a running embedded AWS, over the CDK CLI."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from twinstage.cli.console import Console
from twinstage.cli.options import checked_run, json_option, on_this_machine, store_option
from twinstage.cli.snapshots import REFERENCE, opened, unsigned_option
from twinstage.cli.stores import Place
from twinstage.model.errors import InputError, InputProblem, TwinstageError
from twinstage.world.store import DirectoryStore

if TYPE_CHECKING:
    from twinstage.local.deployment import Deployment, TwinSpec
    from twinstage.local.target import Server

DEPLOYED = "deployed"
run_option = click.option(
    "--run",
    required=True,
    callback=checked_run,
    metavar="ID",
    help="The twin's run id: lower-case letters, digits, hyphens; 20 at most.",
)
home_option = click.option(
    "--home", type=click.Path(path_type=Path, file_okay=False), help="The running server's --home."
)


@click.command()
@click.option("--snapshot", "reference", required=True, help=f"The snapshot to make a twin of: {REFERENCE}.")
@run_option
@home_option
@unsigned_option
@click.option(
    "--import-items",
    type=click.IntRange(1),
    metavar="N",
    help="Let DynamoDB import tables of N items and more from S3 as it makes them.",
)
@store_option
@json_option
def deploy(
    reference: str, run: str, home: Path | None, unsigned: bool, import_items: int | None, store: Path, as_json: bool
) -> None:
    """Deploy the twin of a snapshot into the embedded AWS that `twinstage local start` runs."""
    from twinstage.local.deployment import lay_out

    console, place = Console(as_json), DirectoryStore(store)
    manifest = opened(Place(place, str(store)), reference, unsigned=unsigned).manifest
    target = running_server(home)
    spec = replace(_spec(run, store), import_items=import_items)
    if spec.snapshot.exists():
        raise InputError(
            [InputProblem("--run", 0, "", f"a twin {run} stands already", "destroy it, or take another id")]
        )
    lay_out(spec, manifest, place)
    deployment = deployment_to(target, console)
    deployment.foundation()
    deployment.lay_out_imports(spec, manifest, place)
    outputs = deployment.twin(spec)
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
@click.option("--run", callback=checked_run, metavar="ID", help="The twin to destroy.")
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
    console = Console(as_json)
    deployment = deployment_to(running_server(home), console)
    runs = [run] if run else _deployed(store)
    for each in runs:
        spec = _spec(each, store)
        if not spec.snapshot.exists():
            hint = "`twinstage status` shows what stands"
            raise InputError([InputProblem("--run", 0, "", f"{store} knows no twin {each}", hint)])
        deployment.destroy_twin(spec)
        shutil.rmtree(spec.snapshot.parent)
        if spec.data_product is not None:
            from twinstage.cli.twin_record import record_destroyed

            record_destroyed(store, each)
    if everything:
        deployment.destroy_foundation()
    console.say(f"destroyed: {', '.join(runs) or 'no twin'}" + (", platform and capture stacks" if everything else ""))
    console.data({"schema": "twinstage:destroy:1", "runs": runs, "foundation": everything})


def _spec(run: str, store: Path) -> TwinSpec:
    """The twin that `deploy` or `twin deploy` makes, as it is remembered in the store: one arm, the code as captured."""
    from twinstage.local.data_twin import DATA_PRODUCT
    from twinstage.local.deployment import TwinSpec

    folder = deployed_folder(store, run)
    data_product = folder / DATA_PRODUCT
    return TwinSpec(
        run,
        folder / "snapshot.json",
        folder / "objects",
        ("baseline",),
        {},
        (),
        data_product=data_product if data_product.exists() else None,
    )


def deployed_folder(store: Path, run: str) -> Path:
    """Where the store remembers what a standing twin was made of."""
    return store.resolve() / DEPLOYED / run


def _deployed(store: Path) -> list[str]:
    return sorted(path.parent.name for path in (store / DEPLOYED).glob("*/snapshot.json"))


def deployment_to(target: Server, console: Console) -> Deployment:
    """What deploys this project into a running server."""
    from twinstage.local.deployment import Deployment
    from twinstage.local.project import find_project

    return Deployment(target, find_project(), console.stage)


def running_server(home: Path | None) -> Server:
    """The embedded AWS that runs. Raises NOT_RUNNING where none does."""
    from twinstage.local import daemon
    from twinstage.local.target import Server

    on_this_machine()
    running = daemon.status(home)
    if running is None:
        raise TwinstageError("NOT_RUNNING", "no embedded AWS is running", hint="`twinstage local start` starts one")
    return Server(running)
