"""`twinstage twin create`: a data product's contract, pipeline and lineage become a twin in the registry, or another version of one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from twinstage.cli.console import Console
from twinstage.cli.layered_options import layered, read_configuration
from twinstage.cli.options import json_option
from twinstage.cli.twin_registry import now, registry_of
from twinstage.cli.twin_told import describe_differences, describe_inputs, tell_differences, tell_inputs, tell_twin

if TYPE_CHECKING:
    from twinstage.cli.twin_inputs import TwinInputs
    from twinstage.model.data_twin import TwinContent, TwinVersion
    from twinstage.twin.registry import TwinRegistry

_file = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.option(
    "--contract",
    type=_file,
    required=True,
    help="Data contract (ODCS, Data Contract Specification) or dbt manifest.json.",
)
@click.option("--pipeline", type=_file, help="Step Functions definition, OpenLineage events or a dbt manifest.")
@click.option("--lineage", type=_file, help="OpenLineage events (JSON, JSON lines) or a dbt manifest.")
@click.option("--id", "id_", metavar="ID", help="The twin's id.  [default: from the product's name]")
@click.option("--snapshot", metavar="SNAPSHOT", help="Snapshot of the store that the twin's data comes from.")
@click.option("--owner", help="Who owns it.  [default: as the contract says]")
@click.option("--ttl-hours", type=float, help="How long it may stand.  [default: 24]")
@click.option("--update", is_flag=True, help="Make a new version of the twin that is there.")
@click.option("--expect", type=click.IntRange(1), metavar="N", help="With --update: only if N is its newest version.")
@click.option("--dry-run", is_flag=True, help="Show what would be made, and write nothing.")
@layered
@json_option
def create(
    contract: Path,
    pipeline: Path | None,
    lineage: Path | None,
    id_: str | None,
    snapshot: str | None,
    owner: str | None,
    ttl_hours: float | None,
    update: bool,
    expect: int | None,
    dry_run: bool,
    scenario: Path | None,
    given: tuple[str, ...],
    store: str | None,
    as_json: bool,
) -> None:
    """Register a twin of a data product, or another version of one: read its contract, pipeline and lineage, and build its graph."""
    # Reading contracts, state machines and graphs takes imports that no other command waits for.
    from twinstage.cli.twin_inputs import inputs_of
    from twinstage.cli.twin_versions import differences_between, identity_of, parts_of, snapshot_digest
    from twinstage.twin.contracts.contract import read_contract
    from twinstage.twin.registry import changed_meanwhile

    if expect is not None and not update:
        raise click.UsageError("--expect goes with --update")
    console = Console(as_json)
    settings = read_configuration(scenario, given, store=store, owner=owner, ttl_hours=ttl_hours)
    registry, read = registry_of(settings), read_contract(contract)
    identity = identity_of(id_, read.product.name)
    before = registry.current(identity) if update else None
    if dry_run and before is None:
        registry.require_free(identity)
    if before and expect is not None and expect != before.version:
        raise changed_meanwhile(identity, expect, before.version)
    parts = parts_of(before, registry, {"pipeline": pipeline, "lineage": lineage})
    data = snapshot_digest(settings, snapshot) or (before.content.snapshot if before else "")
    inputs = inputs_of(read, contract, parts, data)
    content = inputs.content(settings)
    differences = differences_between(registry, before.content, content, inputs.parts) if before else ()
    tell_inputs(console, inputs)
    if before:
        tell_differences(console, differences)
    made = None if dry_run else _written(registry, identity, before, content, inputs, expect)
    number = made.version if made else _next(registry, identity)
    if made:
        tell_twin(console, made)
    else:
        console.say(f"dry run: version {number} of {identity} was not written")
    console.data(
        {
            "schema": "twinstage:twin-create:1",
            "id": identity,
            "version": number,
            "digest": content.digest,
            "dry_run": dry_run,
            **describe_inputs(inputs),
            "breaking": any(one.change.breaks for one in differences),
            "differences": describe_differences(differences),
            "twin": made.document() if made else None,
        }
    )


def _written(
    registry: TwinRegistry,
    identity: str,
    before: TwinVersion | None,
    content: TwinContent,
    inputs: TwinInputs,
    expect: int | None,
) -> TwinVersion:
    """The version that is written; what it has digests of is kept first, so that no version names what is not there."""
    for part in inputs.parts.values():
        registry.keep(part)
    if before is None:
        return registry.create(identity, content, now())
    return registry.update(identity, expect or before.version, content, now())


def _next(registry: TwinRegistry, identity: str) -> int:
    """The number that the next version would have."""
    held = registry.find(identity)
    return held.version + 1 if held else 1
