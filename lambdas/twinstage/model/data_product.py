"""A data product: what its contract promises, whichever standard it was written in.

Plain data. `twin/contracts` reads it out of Open Data Contract Standard files, Data Contract Specification files and dbt manifests; the words are those of the
Open Data Contract Standard 3.1 (https://bitol-io.github.io/open-data-contract-standard/v3.1.0/), the newest of them. Every collection keeps the order of the file.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ContractKind = Literal["odcs", "dcs", "dbt"]
"""Open Data Contract Standard, Data Contract Specification, dbt manifest."""
LogicalType = Literal[
    "string", "date", "timestamp", "time", "number", "integer", "boolean", "object", "array", "map", "bytes", "any"
]
"""The types of the Open Data Contract Standard, and what the others have beyond them; `any` where a contract says nothing that tells."""
RuleKind = Literal["library", "sql", "custom", "text"]
Operator = Literal["=", "!=", ">", ">=", "<", "<=", "outside"]
"""`outside` has a pair of numbers on its right; the measured value is below the first or above the second."""

NESTED: Final = frozenset({"object", "array", "map"})


@dataclass(frozen=True)
class Bound:
    """What a rule's measured value must be: `value` is what stands on the right. A range, its ends included, is two bounds."""

    operator: Operator
    value: int | float | str | bool | tuple[float, float] | None


@dataclass(frozen=True)
class QualityRule:
    """One check of a table (`column` is empty) or of one column (its path).

    `metric` of a library rule is one of rowCount, nullValues, missingValues, invalidValues, duplicateValues, or what a vendor calls its own. All of `bounds` must hold;
    a rule without any is told, and not checked. `unit` is rows or percent. `severity` is error, warning or info.
    """

    id: str
    kind: RuleKind
    column: str = ""
    metric: str = ""
    bounds: tuple[Bound, ...] = ()
    unit: str = "rows"
    arguments: Mapping[str, Any] = field(default_factory=dict)
    query: str = ""
    dialect: str = ""
    engine: str = ""
    implementation: Any = None
    dimension: str = ""
    severity: str = "error"
    schedule: str = ""
    description: str = ""
    line: int = field(default=0, compare=False)
    pointer: str = field(default="", compare=False)


@dataclass(frozen=True)
class Column:
    """One column, or one member of a nested one.

    `path` is where it is in a row: `address.street`, `lines[].sku`. `key_position` and `partition_position` count from 1; None where it is in neither. `columns` are the members of
    an object; `items` is what an array holds (its path ends in `[]`), or what a map's values are. `references` are `table.column` elsewhere; `sources` the tables it is made from.
    `options` are the limits of its values: minLength, maxLength, pattern, format, minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf, enum, precision, scale, minItems, ...
    """

    name: str
    path: str
    logical_type: LogicalType = "any"
    physical_type: str = ""
    physical_name: str = ""
    description: str = ""
    required: bool = False
    unique: bool = False
    key_position: int | None = None
    partition_position: int | None = None
    classification: str = ""
    tags: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    examples: tuple[Any, ...] = ()
    columns: tuple[Column, ...] = ()
    items: Column | None = None
    line: int = field(default=0, compare=False)
    pointer: str = field(default="", compare=False)

    def within(self) -> Iterator[Column]:
        """Itself, and everything nested in it, in the file's order."""
        yield self
        for inner in (*self.columns, *((self.items,) if self.items else ())):
            yield from inner.within()


@dataclass(frozen=True)
class ProductTable:
    """One table, view, topic or file of a product, with every rule about it and about its columns (each rule names its column)."""

    name: str
    physical_name: str = ""
    physical_type: str = "table"
    description: str = ""
    columns: tuple[Column, ...] = ()
    quality: tuple[QualityRule, ...] = ()
    references: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    line: int = field(default=0, compare=False)
    pointer: str = field(default="", compare=False)

    @property
    def key(self) -> tuple[Column, ...]:
        """The columns of its primary key in the order of their positions; empty where the contract declares none."""
        return tuple(sorted((c for c in self.columns if c.key_position is not None), key=lambda c: c.key_position or 0))

    @property
    def partition(self) -> tuple[Column, ...]:
        """The columns that its data is partitioned by, in the order of their positions."""
        found = (c for c in self.columns if c.partition_position is not None)
        return tuple(sorted(found, key=lambda c: c.partition_position or 0))

    def every_column(self) -> Iterator[Column]:
        """Its columns and everything nested in them, in the file's order."""
        for column in self.columns:
            yield from column.within()


@dataclass(frozen=True)
class ServiceLevel:
    """One promise: latency, freshness, retention, frequency, availability, generalAvailability, endOfSupport, endOfLife, timeOfAvailability, throughput, errorRate, ...

    `value` is as it was written (a number, a time, a text). `seconds` is the same as seconds where it is a length of time, and the period where it is a frequency; `percent` where it is a share of time.
    """

    property: str
    value: int | float | str | bool | None = None
    unit: str = ""
    seconds: float | None = None
    percent: float | None = None
    element: str = ""
    driver: str = ""
    description: str = ""
    line: int = field(default=0, compare=False)
    pointer: str = field(default="", compare=False)


@dataclass(frozen=True)
class Server:
    """Where the product's data lies in production: told, and never connected to. `settings` are host, database, location and the like."""

    name: str
    type: str
    environment: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Member:
    """One member of the team."""

    username: str
    role: str = ""
    since: str = ""
    until: str = ""


@dataclass(frozen=True)
class AccessRole:
    """One role through which consumers read or write the product."""

    role: str
    access: str = ""
    approvers: tuple[str, ...] = ()


@dataclass(frozen=True)
class DataProduct:
    """A whole product. `standard` is the version of the standard its contract follows (`3.1.0`, `1.2.1`, dbt's `v12`); `terms` are usage, purpose, limitations and the like."""

    id: str
    name: str
    version: str
    status: str
    owner: str
    kind: ContractKind
    standard: str
    tables: tuple[ProductTable, ...] = ()
    service_levels: tuple[ServiceLevel, ...] = ()
    domain: str = ""
    tenant: str = ""
    description: str = ""
    servers: tuple[Server, ...] = ()
    roles: tuple[AccessRole, ...] = ()
    team: tuple[Member, ...] = ()
    terms: Mapping[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()

    def table(self, name: str) -> ProductTable | None:
        """The table of that name; None where there is none."""
        return next((table for table in self.tables if table.name == name), None)
