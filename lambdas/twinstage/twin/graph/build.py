"""The one door to a graph of several sources: each is made a graph, all are merged, and what has several names is linked.

In whatever order the sources come, and however often, the graph is the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from twinstage.model.errors import InputError, InputProblem
from twinstage.model.graph import Edge, Evidence, Graph, graph, merge
from twinstage.model.reading.json_document import MALFORMED, not_json, state
from twinstage.model.reading.machine_yaml import yaml_machine
from twinstage.twin.graph import names
from twinstage.twin.graph.from_dbt import from_dbt
from twinstage.twin.graph.from_lineage import from_lineage
from twinstage.twin.graph.from_product import from_product, product_node
from twinstage.twin.graph.from_state_machine import from_state_machine
from twinstage.twin.graph.linking import linked
from twinstage.twin.lineage.dbt import dbt_of, is_manifest
from twinstage.twin.lineage.reading import lineage_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from twinstage.model.data_product import DataProduct


@dataclass(frozen=True)
class TwinSources:
    """What a twin is made of. `pipeline` and each of `lineage` are a file's content by its name; `values` fill the pipeline's placeholders."""

    product: DataProduct | None = None
    contract_file: str = "contract"
    pipeline: bytes | None = None
    pipeline_name: str = "pipeline"
    values: Mapping[str, str] = field(default_factory=dict)
    lineage: Mapping[str, bytes] = field(default_factory=dict)


def build(sources: TwinSources) -> Graph:
    """The graph of a twin. Raises InputError with everything that was refused of any source."""
    graphs: list[Graph] = []
    problems: list[InputProblem] = []
    if sources.product is not None:
        graphs.append(from_product(sources.product, sources.contract_file))
    if sources.pipeline is not None:
        graphs.append(_pipeline(sources, problems))
    for file, data in sources.lineage.items():
        graphs.append(lineage_graph(data, file, problems))
    if problems:
        raise InputError(problems)
    return joined(graphs)


def joined(graphs: Iterable[Graph]) -> Graph:
    """All of the graphs as one, with what their names have in common."""
    return linked(merge(graphs))


def lineage_graph(data: bytes, file: str, refused: list[InputProblem]) -> Graph:
    """The graph of a file of lineage, dbt's manifest or OpenLineage's events; what is refused of it is added to `refused`."""
    if not is_manifest(data):
        lineage = lineage_of(data, file)
        refused.extend(lineage.refused)
        return from_lineage(lineage.events)
    try:
        return from_dbt(dbt_of(data, file))
    except InputError as error:
        refused.extend(error.problems)
        return Graph()


def machine_definition(data: bytes, file: str) -> dict[str, Any]:
    """The definition in a file of JSON or YAML. Raises InputError where it is no object with states."""
    located = yaml_machine(data, file)
    try:
        definition = state(data) if located is None else located.document
    except MALFORMED as error:
        raise InputError([not_json(file, error, text=data.decode(errors="replace"))]) from error
    if not isinstance(definition, dict) or not isinstance(definition.get("States"), dict):
        hint = "give an Amazon States Language definition: https://states-language.net/spec.html"
        raise InputError([InputProblem(file, 1, "/States", "no state machine: it has no states", hint)])
    return definition


def _pipeline(sources: TwinSources, problems: list[InputProblem]) -> Graph:
    file = sources.pipeline_name
    try:
        definition = machine_definition(sources.pipeline or b"", file)
    except InputError as error:
        problems.extend(error.problems)
        return Graph()
    machine = from_state_machine(definition, sources.pipeline_name, file, sources.values)
    return machine if sources.product is None else merge([machine, made_by(sources.pipeline_name, sources.product)])


def made_by(pipeline: str, product: DataProduct) -> Graph:
    """That a pipeline makes a product: whoever gives both together says so."""
    told = frozenset({Evidence("twin", "", "the product's pipeline")})
    machine, made = names.state_machine(pipeline), product_node(product)
    return graph([machine, made], [Edge(machine.id, "feeds", made.id, evidence=told)])
