"""What a data product's file says of its change: the contract and the code that stand, against those that the file is about."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from twinstage.model.archive import zip_directory
from twinstage.model.canonical import sha256_hex
from twinstage.model.errors import InputError, InputProblem
from twinstage.model.graph import parts
from twinstage.rehearse.change.contracts import planned_contract
from twinstage.rehearse.change.functions import FunctionCode, function_changes
from twinstage.rehearse.change.plan import plan_of
from twinstage.rehearse.pipeline.contract_change import ContractChange, going, keyed
from twinstage.twin.graph.build import TwinSources, build
from twinstage.twin.sample.rows import sample_rows
from twinstage.twin.versions.reach import GraphReach

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from twinstage.model.data_product import DataProduct
    from twinstage.model.graph import Node
    from twinstage.rehearse.change.plan import PlannedChange
    from twinstage.rehearse.pipeline.product_snapshot import PipelineFunction
    from twinstage.twin.contracts.contract import ReadContract

    Rows = Mapping[str, Sequence[dict[str, Any]]]

_SAME: Final = "same-as"
_HOLDS: Final = "contains"
# Whoever reads, of what stands downstream: what holds the contract's own promises is none.
_READERS: Final = frozenset({"column", "consumer", "function", "metric", "pipeline", "stage", "table"})


@dataclass(frozen=True)
class Standing:
    """The files of what stands, out of the section `change`: the contract's, and each changed function's folder of code with its handler ("": the same)."""

    contract: Path
    functions: Mapping[str, tuple[Path, str]]
    allow: tuple[str, ...] = ()
    may_break: str = ""


def standing_of(document: Mapping[str, Any], folder: Path) -> Standing | None:
    """The section of a valid document whose paths are relative to `folder`; None where nothing changes."""
    if "change" not in document:
        return None
    said = document["change"]
    functions = {
        name: (folder / spec["against"], spec.get("handler", "")) for name, spec in said.get("functions", {}).items()
    }
    against = folder / said["contract"]["against"]
    return Standing(against, functions, tuple(said.get("allow", ())), said.get("may_break", ""))


def standing_rows(
    before: DataProduct, after: DataProduct, sample: Mapping[str, Any], given: Rows, files: tuple[str, str]
) -> Rows:
    """Rows by the new contract's tables: those of tables that stand are made from the old one, which they were written under. `files` are the contracts' names, the old one's first.

    Raises InputError for tables that neither has, and columns that no value can be made for.
    """
    counts, seed = sample.get("rows", {}), sample.get("seed", 0)
    known = {table.name for table in before.tables}
    held = sample_rows(before, _among(counts, known), seed, _among(given, known), files[0])
    kept = {name: rows for name, rows in held.items() if after.table(name) is not None}
    made = {name: rows for name, rows in given.items() if name not in known}
    fresh = {name: number for name, number in counts.items() if name not in known}
    return sample_rows(after, fresh, seed, {**kept, **made}, files[1])


def contract_change(
    standing: Standing,
    old: ReadContract,
    new: ReadContract,
    files: Mapping[str, Path],
    functions: Mapping[str, PipelineFunction],
    rows: Rows,
) -> ContractChange:
    """The change as it is rehearsed. `files` are those of the new `contract` and, where there is one, of the `lineage`; `functions` are the pipeline's, as they are to become.

    Raises InputError with every function that the pipeline does not have, folder that is not there, and guard that nobody can let through.
    """
    before, after = old.product, new.product
    changes, guards, announced = planned_contract(before, after)
    code, digests = _code_changes(standing, functions, str(files["contract"]))
    content = standing.contract.read_bytes()
    plan = plan_of(
        after.name or before.name,
        against=f"sha256:{sha256_hex(content)}",
        made_of={"contract": f"sha256:{sha256_hex(files['contract'].read_bytes())}", **digests},
        changes=[*changes, *code],
        guards=guards,
        allow=standing.allow,
        announced=announced,
    )
    held, unkeyed = keyed(after, rows)
    return ContractChange(
        against_file=str(standing.contract),
        against_digest=f"sha256:{sha256_hex(content)}",
        before=before,
        after=after,
        plan=plan,
        standing=held,
        unkeyed=unkeyed,
        readers=tuple(going(before, after, _Readers(before, standing.contract, files.get("lineage")))),
        allow=standing.allow,
        may_break=standing.may_break,
    )


class _Readers:
    """Who reads a table or column of the product, outside of the product itself, as lineage says."""

    def __init__(self, product: DataProduct, contract: Path, lineage: Path | None) -> None:
        told = {lineage.name: lineage.read_bytes()} if lineage else {}
        graph = build(TwinSources(product=product, contract_file=contract.name, lineage=told))
        own = build(TwinSources(product=product, contract_file=contract.name))
        self._reach = GraphReach(graph)
        ids = {node.id for node in own.nodes}
        # The product's tables under the names that lineage has for them.
        same = [(edge.source, edge.target) for edge in graph.edges if edge.kind == _SAME]
        ids |= {end for ends in same for end in ends}
        self._own = ids | {edge.target for edge in graph.edges if edge.kind == _HOLDS and edge.source in ids}
        said = {node.id for node in build(TwinSources(lineage=told)).nodes}
        known = said | {end for ends in same if said & {*ends} for end in ends}
        self._known = {
            name for node in own.nodes if node.kind == "table" and node.id in known for name in _called(node)
        }

    def __call__(self, table: str, column: str) -> tuple[str, ...] | None:
        """The ids, nearest first; None where no lineage was given, or none of it is about the table."""
        if table not in self._known:
            return None
        found = self._reach(table, column) or ()
        return tuple(id_ for id_ in found if id_ not in self._own and id_.partition(":")[0] in _READERS)


def _called(table: Node) -> set[str]:
    """What contracts call a table: what it says, and what its name ends in."""
    return {value for attribute, value in table.attributes if attribute == "name"} | {parts(table.name)[-1]}


def _code_changes(
    standing: Standing, functions: Mapping[str, PipelineFunction], file: str
) -> tuple[list[PlannedChange], dict[str, str]]:
    """What changes in the pipeline's functions, and each one's digest as it is to become."""
    problems: list[InputProblem] = []
    changes: list[PlannedChange] = []
    digests: dict[str, str] = {}
    for name, (folder, handler) in sorted(standing.functions.items()):
        place = f"/change/functions/{name}"
        if name not in functions:
            known = ", ".join(sorted(functions)) or "none"
            problems.append(InputProblem(file, 0, place, f"the pipeline has no function {name}", f"it has: {known}"))
        elif not folder.is_dir():
            hint = "give the folder of the code that stands"
            problems.append(InputProblem(file, 0, f"{place}/against", f"{folder} is no folder", hint))
        else:
            new = functions[name]
            before = FunctionCode(handler or new.handler, new.runtime, _files(folder), new.environment)
            after = FunctionCode(new.handler, new.runtime, _files(new.code), new.environment)
            changes += function_changes(name, before, after)
            digests[f"function/{name}"] = after.digest
    if problems:
        raise InputError(problems)
    return changes, digests


def _files(folder: Path) -> dict[str, bytes]:
    """The files of a folder as its package has them."""
    with zipfile.ZipFile(io.BytesIO(zip_directory(folder))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _among(held: Mapping[str, Any], names: set[str]) -> dict[str, Any]:
    return {name: value for name, value in held.items() if name in names}
