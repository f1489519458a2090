"""A data product as a snapshot: its tables with sample rows, and the functions of its pipeline. What a capture is to a control plane, and captured by the same code."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from twinstage import __version__
from twinstage.model.archive import zip_directory
from twinstage.model.errors import InputError, InputProblem
from twinstage.state.capture import Production, Selection, capture
from twinstage.twin.sample.items import items, table_schema
from twinstage.world.function_form import function_configuration
from twinstage.world.interface import Definition, HostedZone, ZoneSettings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from twinstage.model.data_product import DataProduct, ProductTable
    from twinstage.model.item import Item
    from twinstage.model.manifest import Manifest
    from twinstage.model.record_set import RecordSet
    from twinstage.world.interface import HealthCheck
    from twinstage.world.signers import Signer
    from twinstage.world.store import Store

MEMORY_MB, TIMEOUT_S = 256, 60
_DYNAMODB_NAME = re.compile(r"[A-Za-z0-9_.-]{3,255}")


@dataclass(frozen=True)
class PipelineFunction:
    """One function of a pipeline: its folder of code and how it runs. Names of tables and functions in `environment` become the twin's."""

    code: Path
    handler: str
    runtime: str
    memory_mb: int = MEMORY_MB
    timeout_s: int = TIMEOUT_S
    environment: Mapping[str, str] = field(default_factory=dict)


def deployed_name(table: ProductTable) -> str:
    """What a table is called where it is deployed: its physical name, or its own where that is no name of DynamoDB's."""
    return table.physical_name if _DYNAMODB_NAME.fullmatch(table.physical_name) else table.name


def product_snapshot(
    product: DataProduct,
    rows: Mapping[str, Sequence[Mapping[str, Any]]],
    functions: Mapping[str, PipelineFunction],
    store: Store,
    *,
    captured: Mapping[str, str],
    file: str,
    signer: Signer | None = None,
) -> Manifest:
    """Store the snapshot and give its manifest. `rows` are by the contract's names of tables; `captured` is `{"at", "account", "region"}`; `file` names the contract in errors.

    Raises InputError with every table that no key can be made for, whose name DynamoDB does not take, or whose rows lack a column of the key; and for
    environment values that look like secrets.
    """
    tables = {deployed_name(table): table for table in product.tables}
    problems = [
        InputProblem(
            file,
            table.line,
            table.pointer,
            f"{name!r} is no name of a table",
            "give a physicalName of 3 to 255 of A-Z a-z 0-9 _ . -",
        )
        for name, table in tables.items()
        if not _DYNAMODB_NAME.fullmatch(name)
    ]
    problems += [
        problem for table in product.tables for problem in _row_problems(table, rows.get(table.name, ()), file)
    ]
    if problems:
        raise InputError(problems)
    world = _ProductWorld(tables, rows, functions, file)
    selection = Selection((), tuple(tables), tuple(functions))
    source = Production(_NoZones(), world, world, listed_by="dump", items_by="dump")
    return capture(source, selection, store, captured=captured, tool=f"twinstage {__version__}", signer=signer)


def _row_problems(table: ProductTable, rows: Sequence[Mapping[str, Any]], file: str) -> Iterator[InputProblem]:
    for number, row in enumerate(rows):
        if lacking := [column.name for column in table.key if row.get(column.name) in (None, "")]:
            message = f"row {number + 1} of {table.name} has no {', '.join(lacking)}, which is its key"
            yield InputProblem(file, table.line, table.pointer, message, "give every row the columns of the key")
            return


class _ProductWorld:
    """Tables and functions, for reading, as a world offers them."""

    def __init__(
        self,
        tables: Mapping[str, ProductTable],
        rows: Mapping[str, Sequence[Mapping[str, Any]]],
        functions: Mapping[str, PipelineFunction],
        file: str,
    ) -> None:
        self._tables, self._rows, self._functions, self._file = tables, rows, functions, file

    def schema(self, table: str) -> dict[str, Any]:
        """The shape of a table, from its contract."""
        return table_schema(self._tables[table], self._file)

    def scan(self, table: str) -> Iterator[Item]:
        """Its rows as items."""
        product = self._tables[table]
        return items(product, self._rows.get(product.name, ()), self._file)

    def definition(self, function: str) -> Definition:
        """One function's configuration and its zip."""
        given = self._functions[function]
        configuration = {
            "Runtime": given.runtime,
            "Handler": given.handler,
            "MemorySize": given.memory_mb,
            "Timeout": given.timeout_s,
            "Environment": {"Variables": dict(given.environment)},
        }
        return Definition(function_configuration(configuration), zip_directory(given.code))


class _NoZones:
    """A data product has none."""

    def zones(self) -> Iterator[HostedZone]:
        """None."""
        return iter(())

    def record_sets(self, zone_id: str) -> Iterator[RecordSet]:
        """There is no such zone."""
        raise KeyError(zone_id)

    def settings(self, zone_id: str) -> ZoneSettings:
        """There is no such zone."""
        raise KeyError(zone_id)

    def health_check(self, _health_check_id: str) -> HealthCheck | None:
        """None."""
        return None
