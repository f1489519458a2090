"""What `twinstage twin create` is given: files read, refused with every problem at once, and made into the content of a version."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from twinstage.model.canonical import canonical_json, sha256_hex
from twinstage.model.data_product_form import product_document
from twinstage.model.data_twin import TwinContent
from twinstage.model.errors import InputError, InputProblem
from twinstage.model.reading.json_document import MALFORMED, record
from twinstage.model.reading.machine_yaml import is_yaml_machine
from twinstage.model.table_key import key_problems
from twinstage.simulate.pipeline.reading import machine_of
from twinstage.twin.contracts.contract import LARGEST_BYTES
from twinstage.twin.graph.build import TwinSources, build, joined

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from twinstage.model.data_product import DataProduct
    from twinstage.model.graph import Graph
    from twinstage.twin.configuration import Configuration
    from twinstage.twin.contracts.contract import ReadContract

DBT: Final = "dbt"


@dataclass(frozen=True)
class TwinInputs:
    """Everything that a version is made of: the product, the contents to keep by part, the graph, and what is to be told of them.

    `undeployable` says why tables of it cannot be deployed; a draft may have them.
    """

    product: DataProduct
    parts: Mapping[str, bytes]
    files: Mapping[str, str]
    graph: Graph
    snapshot: str
    warnings: tuple[InputProblem, ...]
    undeployable: tuple[InputProblem, ...]

    def content(self, settings: Configuration) -> TwinContent:
        """The content of a version, with the digests that its parts are kept under."""
        digests = {part: f"sha256:{sha256_hex(content)}" for part, content in self.parts.items()}
        return TwinContent(
            owner=settings["owner"] or self.product.owner,
            ttl_hours=settings["ttl_hours"],
            configuration=settings.of_twin(),
            snapshot=self.snapshot,
            files=dict(self.files),
            **digests,
        )


@dataclass(frozen=True)
class Part:
    """One file beside the contract: its name as problems tell it, and its content."""

    file: str
    content: bytes


def inputs_of(
    read: ReadContract,
    contract: Path,
    parts: Mapping[str, Part],
    snapshot: str = "",
    *,
    values: Mapping[str, str] | None = None,
    known: Iterable[Graph] = (),
) -> TwinInputs:
    """The inputs that a contract, which was read from a file, and its other parts, `pipeline` and `lineage`, come to. A dbt manifest is contract and pipeline.

    `values` fill the pipeline's placeholders in the graph; `known` are graphs of what else is known of the twin, which its own is joined with. Raises InputError with what is wrong with any of the parts.
    """
    given = dict(parts)
    if read.product.kind == DBT and "pipeline" not in given:
        given["pipeline"] = read_part(contract)
    graph = joined([build(_sources(read.product, contract, given, values or {})), *known])
    kept = {"contract": canonical_json(product_document(read.product)), "graph": canonical_json(graph.document())}
    return TwinInputs(
        product=read.product,
        parts=kept | {name: part.content for name, part in given.items()},
        files={"contract": contract.name} | {name: PurePath(part.file).name for name, part in given.items()},
        graph=graph,
        snapshot=snapshot,
        warnings=read.warnings,
        undeployable=tuple(problem for table in read.product.tables for problem in key_problems(table, str(contract))),
    )


def read_part(path: Path) -> Part:
    """The part in a file. Raises InputError where it cannot be read, or is too long."""
    try:
        size = path.stat().st_size
        if size > LARGEST_BYTES:
            message = f"{size} bytes, at most {LARGEST_BYTES} are read"
            raise InputError([InputProblem(str(path), 0, "", message, "give a part of it")])
        return Part(str(path), path.read_bytes())
    except OSError as error:
        message = f"cannot be read: {error.strerror}"
        raise InputError([InputProblem(str(path), 0, "", message, "give a file that can be read")]) from error


def _sources(product: DataProduct, contract: Path, parts: Mapping[str, Part], values: Mapping[str, str]) -> TwinSources:
    """A pipeline is a state machine, which is checked whole, or jobs as OpenLineage or dbt tell of them."""
    pipeline = parts.get("pipeline")
    told = {part.file: part.content for name, part in parts.items() if name == "lineage"}
    machine = pipeline is not None and _is_machine(pipeline.content)
    if machine and pipeline is not None:
        machine_of(pipeline.content, {}, pipeline.file)
    elif pipeline is not None:
        told[pipeline.file] = pipeline.content
    return TwinSources(
        product=product,
        # Graphs of equal twins are equal, wherever their files lie.
        contract_file=contract.name,
        pipeline=pipeline.content if machine and pipeline else None,
        pipeline_name=PurePath(pipeline.file).name.partition(".")[0] if pipeline else "pipeline",
        values=values,
        lineage=told,
    )


def _is_machine(content: bytes) -> bool:
    """Whether a pipeline is meant to be a state machine: it has states, or says where it starts."""
    if is_yaml_machine(content):
        return True
    try:
        document = record(content)
    except MALFORMED:
        return False
    return isinstance(document, dict) and not {"States", "StartAt"}.isdisjoint(document)
