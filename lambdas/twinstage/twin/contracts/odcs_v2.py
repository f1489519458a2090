"""Open Data Contract Standard 2: other words for the same things.

Source: https://github.com/bitol-io/open-data-contract-standard/tree/main/docs (versions 2.2.0 to 2.2.2), and PayPal's template that it came from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from twinstage.model.data_product import Bound, Column, DataProduct, ProductTable, QualityRule, Server
from twinstage.twin.contracts.columns import column_type, keyed, once, tables_once
from twinstage.twin.contracts.levels import odcs_levels
from twinstage.twin.contracts.odcs import described, members, owner_of, roles

if TYPE_CHECKING:
    from twinstage.twin.contracts.section import Section

_SERVER: Final = (
    "sourceSystem",
    "sourcePlatform",
    "project",
    "datasetProject",
    "datasetName",
    "database",
    "driver",
    "driverVersion",
    "server",
)
_TOLD: Final = (
    *("apiVersion", "kind", "type", "datasetKind", "userConsumptionMode", "productSlackChannel", "productFeedbackUrl"),
    *("productDl", "username", "password", "price", "slaDefaultColumn", "systemInstance", "contractCreatedTs"),
    *("customProperties", "authoritativeDefinitions", "templateVersion", "schedulerAppName"),
)
# Templates that say all there is to a check: what they count must be none.
_NONE_OF: Final = {"nullcheck": "nullValues", "uniquecheck": "duplicateValues", "duplicatecheck": "duplicateValues"}


def odcs_v2_product(section: Section, standard: str) -> DataProduct:
    """The product of a contract of version 2."""
    section.skip(*_TOLD)
    identity = section.name("uuid", "id")
    for name in ("version", "status"):
        if not section.has(name):
            section.told.warning(section.place, f"{name} is missing, which the standard requires")
    terms, description = described(section)
    team = members(section.sections("stakeholders"))
    settings = {name: section.raw(name) for name in _SERVER if section.has(name)}
    section.skip(*_SERVER, "id", "uuid")
    product = DataProduct(
        id=identity,
        name=section.text("quantumName") or section.text("datasetName") or identity,
        version=section.text("version"),
        status=section.text("status"),
        owner=owner_of(team),
        kind="odcs",
        standard=standard,
        tables=tables_once(section.told, [_table(one) for one in section.sections("dataset")]),
        service_levels=odcs_levels(section),
        domain=section.text("datasetDomain"),
        tenant=section.text("tenant"),
        description=description,
        servers=(Server("source", str(settings.get("sourcePlatform", "")), "", settings),) if settings else (),
        roles=roles(section),
        team=team,
        terms=terms,
        tags=section.texts("tags"),
    )
    section.close()
    return product


def _table(section: Section) -> ProductTable:
    section.skip("priorTableName", "authoritativeDefinitions", "dataGranularity", "businessName", "customProperties")
    name = section.name("table")
    rules = [rule for n, one in enumerate(section.sections("quality")) if (rule := _rule(one, name, "", n))]
    columns, flags = [], []
    for one in section.sections("columns"):
        columns.append(_column(one, name, rules))
        flags.append(bool(one.flag("isPrimaryKey", "isPrimary")))
    table = ProductTable(
        name=name,
        physical_name=section.text("physicalName"),
        description=section.text("description"),
        columns=once(section.told, keyed(section.told, columns, flags)),
        quality=tuple(rules),
        tags=section.texts("tags"),
        line=section.line,
        pointer=section.place,
    )
    section.close()
    return table


def _column(section: Section, table: str, rules: list[QualityRule]) -> Column:
    section.skip("businessName", "authoritativeDefinitions", "encryptedColumnName", "transformLogic", "isPrimaryKey")
    section.skip("transformDescription", "criticalDataElementStatus", "clusterStatus", "clusterKeyPosition")
    section.skip("primaryKeyPosition", "isPrimary", "customProperties")
    name = section.name("column")
    physical = section.text("physicalType")
    key = section.members.get("isPrimaryKey") or section.members.get("isPrimary")
    nullable = section.flag("isNullable")
    partitioned, position = section.flag("partitionStatus"), section.position("partitionKeyPosition")
    rules.extend(
        rule for n, one in enumerate(section.sections("quality")) if (rule := _rule(one, table, name, n)) is not None
    )
    column = Column(
        name=name,
        path=name,
        logical_type=column_type(section, section.text("logicalType"), physical),
        physical_type=physical,
        description=section.text("description"),
        required=nullable is False,
        unique=bool(section.flag("isUnique")),
        key_position=section.position("primaryKeyPosition") if key else None,
        partition_position=(position or 1) if partitioned else None,
        classification=section.text("classification", "classificationLevel"),
        tags=section.texts("tags"),
        sources=section.texts("transformSourceTables"),
        examples=section.texts("sampleValues"),
        line=section.line,
        pointer=section.place,
    )
    section.close()
    return column


def _rule(section: Section, table: str, column: str, n: int) -> QualityRule | None:
    """Rules name a tool and its template: checked where the template says it all, else told as the tool's own."""
    section.skip("businessImpact", "type", "scheduleCronExpression", "columns")
    whose = section.text("column") or column
    engine, template = section.text("toolName"), section.text("templateName", "code")
    metric = _NONE_OF.get(template.lower().replace("_", ""))
    settings: dict[str, Any] = {
        one.text("property"): one.raw("value") for one in section.sections("customProperties") if one.has("property")
    }
    place = f"{table}.{whose}" if whose else table
    rule = QualityRule(
        id=section.text("code", "toolRuleName") or f"{place}/quality/{n}",
        kind="library" if metric else "custom",
        column=whose,
        metric=metric or template,
        bounds=(Bound("=", 0),) if metric else (),
        arguments=settings,
        engine=engine,
        dimension=section.text("dimension"),
        severity=section.text("severity") or "error",
        schedule=section.text("scheduleCronExpression"),
        description=section.text("description"),
        line=section.line,
        pointer=section.place,
    )
    section.skip("code", "templateName", "toolRuleName")
    section.close()
    return rule
