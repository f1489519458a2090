"""A data product as a graph: the product contains its tables, tables contain columns, service levels and checks read what they are about, owners own.

A table of a contract is a table of its own: what it is called where it lies is its attribute `relation`, by which `linking` finds it. Where the contract says
that it lies in DynamoDB, it is that DynamoDB table.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from twinstage.model.graph import Graph, Node, attributes, qualified
from twinstage.twin.graph import names
from twinstage.twin.graph.draft import Draft

if TYPE_CHECKING:
    from twinstage.model.data_product import Column, DataProduct, ProductTable, ServiceLevel

_PLACES: Final = ("database", "schema")
_QUOTES: Final = re.compile(r"[\"`\[\]]")


def product_node(product: DataProduct) -> Node:
    """The node of a product."""
    return Node("data-product", qualified(product.id))


def from_product(product: DataProduct, file: str) -> Graph:
    """What the contract in `file` says."""
    draft = Draft(file)
    said = attributes(name=product.name, version=product.version, status=product.status, domain=product.domain)
    node = draft.node(product_node(product), "", said)
    draft.owners(node, [each for each in (product.owner,) if each], "")
    for table in product.tables:
        _table(draft, product, table)
    for number, level in enumerate(product.service_levels):
        _service_level(draft, product, level, number)
    return draft.graph()


def table_node(product: DataProduct, table: ProductTable) -> Node:
    """The node of a product's table."""
    if any(server.type == "dynamodb" for server in product.servers):
        return names.dynamodb_table(table.physical_name or table.name)
    return Node("table", qualified(product.id, table.name))


def _table(draft: Draft, product: DataProduct, table: ProductTable) -> None:
    place = table.pointer
    said = attributes(name=table.name, type=table.physical_type, relation=_relations(product, table))
    node = draft.node(table_node(product, table), place, said)
    draft.edge(product_node(product), "contains", node, place)
    draft.columns(node, ((column.path, _type(column)) for column in table.every_column()), place)
    for column in table.every_column():
        for source in column.sources:
            origin = _named(product, source)
            draft.edge(origin, "feeds", names.column_id(node, column.path), column.pointer, "a source in the contract")
    for rule in table.quality:
        check = draft.node(Node("check", f"{node.name}|{qualified(rule.column, rule.id)}"), rule.pointer)
        about = names.column_id(node, rule.column) if rule.column else node.id
        draft.edge(check, "reads", about, rule.pointer, rule.metric or rule.kind)


def _relations(product: DataProduct, table: ProductTable) -> list[str]:
    """What the table may be called where it lies: its physical name alone, and within each server's database and schema."""
    name = _QUOTES.sub("", table.physical_name or table.name)
    places = [
        ".".join(str(server.settings[each]) for each in _PLACES if isinstance(server.settings.get(each), str))
        for server in product.servers
    ]
    return sorted({name, *(f"{place}.{name}" for place in places if place)})


def _type(column: Column) -> str:
    return column.physical_type or column.logical_type


def _named(product: DataProduct, source: str) -> Node:
    """A table that a contract names by a text: one of its own, or else one that nobody described yet."""
    own = product.table(source)
    return table_node(product, own) if own is not None else Node("table", qualified("", source), resolved=False)


def _service_level(draft: Draft, product: DataProduct, level: ServiceLevel, number: int) -> None:
    """A promise is about the whole product, or about the element it names: a table or `table.column`."""
    said = attributes(value=None if level.value is None else str(level.value), unit=level.unit)
    place = level.pointer or f"/service_levels/{number}"
    node = draft.node(
        Node("service-level", qualified(product.id, f"{level.property} {level.element}".strip())), place, said
    )
    for element in level.element.split(",") if level.element else ("",):
        draft.edge(node, "reads", _about(product, element.strip()), place)


def _about(product: DataProduct, element: str) -> str:
    table = product.table(element)
    if table is not None:
        return table_node(product, table).id
    outer, _, column = element.partition(".")
    table = product.table(outer)
    if table is not None and any(each.path == column for each in table.every_column()):
        return names.column_id(table_node(product, table), column)
    return product_node(product).id
