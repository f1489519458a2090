"""Out of what a command makes a graph: files of any kind that say what touches what, a snapshot, or a graph that was written before."""

from __future__ import annotations

from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from twinstage.cli.snapshots import REFERENCE, located_in, opened
from twinstage.cli.stores import place_option
from twinstage.model.errors import InputError, InputProblem
from twinstage.model.reading.json_document import read_state
from twinstage.model.validation import schema_problems
from twinstage.state.snapshot import get_record_sets
from twinstage.twin.contracts.contract import read_contract
from twinstage.twin.graph.build import joined, lineage_graph, machine_definition, made_by
from twinstage.twin.graph.from_impact import from_impact
from twinstage.twin.graph.from_lineage import from_lineage
from twinstage.twin.graph.from_product import from_product
from twinstage.twin.graph.from_snapshot import from_snapshot
from twinstage.twin.graph.from_state_machine import from_state_machine
from twinstage.twin.graph.from_template import from_template
from twinstage.twin.graph.reading import read_graph
from twinstage.twin.lineage.event import LineageEvent
from twinstage.twin.lineage.reading import MOST_PROBLEMS, each_event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from twinstage.cli.stores import Place
    from twinstage.model.data_product import DataProduct
    from twinstage.model.graph import Graph

_LARGEST_TEMPLATE: Final = 64 << 20
_WHOLE: Final = 64 << 20
"""A file of lineage that is larger is read event by event, if it is no manifest."""
_file = click.Path(path_type=Path, dir_okay=False, exists=True)


@dataclass(frozen=True)
class Inputs:
    """What was given. `refused` is what was wrong with it, where the command goes on all the same."""

    graph: Graph
    refused: tuple[InputProblem, ...]


def graph_inputs(command: Callable[..., Any]) -> Callable[..., Any]:
    """Options that say out of what the graph is made; the command gets `inputs`. Raises InputError with everything that is wrong with any of it."""

    @place_option("--store", "place")
    @click.option(
        "--unsigned", is_flag=True, help="Take a snapshot that is not signed, or by a key that is not trusted."
    )
    @click.option("--keep-going", is_flag=True, help="Tell what is refused of lineage, and go on with the rest.")
    @click.option("--snapshot", metavar="SNAPSHOT", help=f"A snapshot: {REFERENCE}.")
    @click.option(
        "--run",
        "runs",
        multiple=True,
        type=click.Path(path_type=Path, file_okay=False, exists=True),
        help="A rehearsal's results: what its functions were seen to read and write.",
    )
    @click.option("--template", "templates", multiple=True, type=_file, help="A synthesized CloudFormation template.")
    @click.option("--pipeline", "pipelines", multiple=True, type=_file, help="A Step Functions definition.")
    @click.option("--contract", "contracts", multiple=True, type=_file, help="A data contract.")
    @click.option("--lineage", multiple=True, type=_file, help="OpenLineage events, or dbt's manifest.json.")
    @click.option(
        "--graph", "graphs", multiple=True, type=_file, help="A graph, as `twinstage graph export` writes it."
    )
    @wraps(command)
    def wrapped(**options: Any) -> Any:
        kept = {name: options.pop(name) for name in ("keep_going", "unsigned", "place", "snapshot")}
        files = {
            name: options.pop(name) for name in ("graphs", "lineage", "contracts", "pipelines", "templates", "runs")
        }
        return command(inputs=_made(files, **kept), **options)

    return wrapped


def _made(
    files: dict[str, tuple[Path, ...]], *, keep_going: bool, unsigned: bool, place: Place, snapshot: str | None
) -> Inputs:
    if not any(files.values()) and snapshot is None:
        hint = "--graph, --lineage, --contract, --pipeline, --template, --run or --snapshot"
        raise InputError([InputProblem("graph", 0, "", "nothing to make a graph of was given", hint)])
    problems: list[InputProblem] = []
    refused: list[InputProblem] = []
    products: list[DataProduct] = []
    readers: dict[str, Callable[[Path], Graph]] = {
        "graphs": read_graph,
        "lineage": lambda path: _lineage(path, refused),
        "contracts": lambda path: _contract(path, products),
        "pipelines": _machine,
        "templates": _template,
        "runs": _run,
    }
    graphs: list[Graph] = []
    for kind, paths in files.items():
        for path in paths:
            try:
                graphs.append(readers[kind](path))
            except InputError as error:
                problems.extend(error.problems)
    if problems or (refused and not keep_going):
        raise InputError([*problems, *refused])
    if snapshot is not None:
        graphs.append(_snapshot(place, snapshot, unsigned=unsigned))
    if len(products) == 1:
        graphs.extend(made_by(path.name, products[0]) for path in files["pipelines"])
    return Inputs(joined(graphs), tuple(refused))


def _contract(path: Path, products: list[DataProduct]) -> Graph:
    products.append(read_contract(path).product)
    return from_product(products[-1], str(path))


def _lineage(path: Path, refused: list[InputProblem]) -> Graph:
    if path.stat().st_size <= _WHOLE or _begins_as_manifest(path):
        return lineage_graph(path.read_bytes(), str(path), refused)
    return from_lineage(_events(path, refused))


def _begins_as_manifest(path: Path) -> bool:
    with path.open("rb") as opened:
        return b"dbt_schema_version" in opened.read(1 << 16)


def _events(path: Path, refused: list[InputProblem]) -> Iterator[LineageEvent]:
    for read in each_event(path):
        if isinstance(read, LineageEvent):
            yield read
        elif len(refused) < MOST_PROBLEMS:
            refused.extend(read)


def _machine(path: Path) -> Graph:
    return from_state_machine(machine_definition(path.read_bytes(), str(path)), path.name, str(path))


def _template(path: Path) -> Graph:
    template = read_state(path, _LARGEST_TEMPLATE)
    if not isinstance(template, dict) or not isinstance(template.get("Resources"), dict):
        hint = "give the JSON template that `cdk synth` writes"
        raise InputError([InputProblem(str(path), 1, "/Resources", "no template: it has no resources", hint)])
    return from_template(template, str(path))


def _run(folder: Path) -> Graph:
    file = folder / "impact.json"
    if not file.is_file():
        hint = "give the folder of a rehearsal that came to its verdict"
        raise InputError([InputProblem(str(file), 0, "", "it is not there", hint)])
    document = read_state(file, _WHOLE)
    if problems := schema_problems("change-impact", document, str(file)):
        raise InputError(problems)
    return from_impact(document, str(file))


def _snapshot(place: Place, reference: str, *, unsigned: bool) -> Graph:
    manifest = opened(place, reference, unsigned=unsigned).manifest
    with located_in(place):
        records = {zone.id: get_record_sets(place.store, zone.part) for zone in manifest.zones}
    return from_snapshot(manifest, records)
