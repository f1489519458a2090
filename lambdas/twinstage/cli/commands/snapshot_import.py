"""`twinstage snapshot import`: a snapshot of dumps in the API's own form."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from twinstage.cli.capture_options import capture_options, content_options, now, tell_snapshot
from twinstage.cli.console import Console
from twinstage.cli.options import json_option
from twinstage.cli.snapshots import TOOL, own_key, sign_option
from twinstage.cli.stores import place_option
from twinstage.model.archive import zip_directory
from twinstage.model.errors import InputError, InputProblem
from twinstage.state.capture import Production, Selection, capture
from twinstage.world.dumps import FunctionDumps, NoZones, TableDumps, ZoneDumps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.cli.stores import Place

FOLDER = click.Path(path_type=Path, file_okay=False, exists=True)
NO_ACCOUNT, NO_REGION = "000000000000", "us-east-1"


@click.command("import")
@click.option(
    "--zones",
    type=FOLDER,
    help="Folder with list-resource-record-sets answers, and hosted-zones.json, or BIND zone files.",
)
@click.option(
    "--tables", type=FOLDER, help="Folder with describe-table answers and items, exports, or NoSQL Workbench models."
)
@click.option(
    "--functions",
    type=FOLDER,
    help="Folder with <function>.json (get-function-configuration) and <function>/ or <function>.zip.",
)
@click.option("--skip-refused", is_flag=True, help="Leave out, and list, the record sets that Route 53 would refuse.")
@content_options
@sign_option
@place_option("--out", "--store", "place")
@json_option
def import_command(
    zones: Path | None,
    tables: Path | None,
    functions: Path | None,
    skip_refused: bool,
    one_in: int | None,
    mask: Path | None,
    mask_key: Path | None,
    withhold: tuple[str, ...],
    sign: bool,
    place: Place,
    as_json: bool,
) -> None:
    """Make a snapshot of dumps in the API's own form. Equal state gives the digest that a capture gives."""
    if not (zones or tables or functions):
        hint = "give --zones, --tables or --functions"
        raise InputError([InputProblem("snapshot import", 0, "", "nothing to import", hint)])
    options, console = capture_options(one_in, mask, mask_key, withhold), Console(as_json)
    zone_dumps, table_dumps, function_dumps = _read(zones, tables, functions, skip_refused=skip_refused)
    with _every_problem(table_dumps):
        manifest = capture(
            Production(zone_dumps or NoZones(), table_dumps, function_dumps, listed_by="dump", items_by="dump"),
            Selection(
                tuple(zone.id for zone in zone_dumps.zones()) if zone_dumps else (),
                table_dumps.tables,
                tuple(function_dumps.files),
            ),
            place.store,
            captured={"at": now(), "account": NO_ACCOUNT, "region": NO_REGION},
            tool=TOOL,
            options=options,
            clock=now,
            signer=own_key() if sign else None,
        )
    refused = [refusal.document() for refusal in zone_dumps.refused] if zone_dumps else []
    for refusal in refused:
        console.stage(f"left out: {refusal['zone']} {refusal['key']}: {refusal['code']}: {refusal['message']}")
    ignored = sorted(
        str(file) for dumps in (zone_dumps, table_dumps, function_dumps) for file in (dumps.ignored if dumps else ())
    )
    for file in ignored:
        console.stage(f"not read, it holds no answer that is known here: {file}")
    tell_snapshot(console, place, manifest, "snapshot-import", options, refused=refused, ignored=ignored)


def _read(
    zones: Path | None, tables: Path | None, functions: Path | None, *, skip_refused: bool
) -> tuple[ZoneDumps | None, TableDumps, FunctionDumps]:
    """The dumps of these folders. Raises InputError with what is wrong in any of them."""
    problems: list[InputProblem] = []
    zone_dumps: ZoneDumps | None = None
    table_dumps, function_dumps = TableDumps(None), FunctionDumps(None, zip_directory)
    try:
        zone_dumps = ZoneDumps(zones, skip_refused=skip_refused) if zones else None
    except InputError as error:
        problems += error.problems
    try:
        table_dumps = TableDumps(tables)
    except InputError as error:
        problems += error.problems
    try:
        function_dumps = FunctionDumps(functions, zip_directory)
    except InputError as error:
        problems += error.problems
    found = (
        (zones, zone_dumps and list(zone_dumps.zones())),
        (tables, table_dumps.tables),
        (functions, function_dumps.files),
    )
    for folder, held in found if not problems else ():
        if folder is not None and not held:
            problems.append(InputProblem(str(folder), 0, "", "holds no dump that is known here", "name another folder"))
    if problems:
        raise InputError([*problems, *table_dumps.problems()])
    return zone_dumps, table_dumps, function_dumps


@contextmanager
def _every_problem(table_dumps: TableDumps) -> Iterator[None]:
    """Where a snapshot cannot be made of these dumps, tell what is wrong with the items of every table, not of the first one alone."""
    try:
        yield
    except InputError as error:
        raise InputError(list(dict.fromkeys([*error.problems, *table_dumps.problems()]))) from error
