"""Twins as people and `--json` see them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from twinstage.model.errors import InputError
from twinstage.model.table_key import table_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from twinstage.cli.console import Console
    from twinstage.cli.twin_inputs import TwinInputs
    from twinstage.model.data_product import DataProduct, ProductTable
    from twinstage.model.data_twin import TwinVersion
    from twinstage.twin.versions.change import Difference

SHORT = 19  # "sha256:" and twelve digits
_MOST_AFFECTED = 5


def line(twin: TwinVersion) -> str:
    """One twin, or one version of it, in a line."""
    stands = f"  version {twin.stands} stands" if twin.stands not in (None, twin.version) else ""
    owner = twin.content.owner or "nobody"
    return f"{twin.id}  {twin.version}  {twin.status}  {twin.change}  owner {owner}  {twin.at}  until {twin.expires_at}{stands}"


def tell_twin(console: Console, twin: TwinVersion) -> None:
    """One version with all that it is made of."""
    _say(console, line(twin))
    for part in ("contract", "pipeline", "lineage", "snapshot", "infrastructure", "graph"):
        digest = getattr(twin.content, part)
        if digest:
            _say(console, f"  {part:14} {digest[:SHORT]}  {twin.content.files.get(part, '')}".rstrip())
    for name, value in sorted(twin.content.configuration.items()):
        _say(console, f"  {name:14} {value!r}")


def tell_product(console: Console, product: DataProduct) -> None:
    """What a product has, table by table."""
    _say(console, f"{product.id}  {product.name}  {product.version or 'no version'}  {product.kind} {product.standard}")
    for table in product.tables:
        described = describe_table(table)
        key = ", ".join(described["key"]) or "none"
        told = f"{described['columns']} columns, {described['rules']} rules"
        _say(console, f"  table     {table.name}  key {key}  {told}")
    for level in product.service_levels:
        value = f"{level.value} {level.unit}".strip()
        _say(console, f"  level     {level.property}  {value}  {level.element}".rstrip())


def describe_product(product: DataProduct) -> dict[str, Any]:
    """A product as `--json` shows it."""
    return {
        "id": product.id,
        "name": product.name,
        "version": product.version,
        "status": product.status,
        "owner": product.owner,
        "kind": product.kind,
        "standard": product.standard,
        "tables": [describe_table(table) for table in product.tables],
        "service_levels": [
            {
                "property": one.property,
                "value": one.value,
                "unit": one.unit,
                "element": one.element,
                "seconds": one.seconds,
            }
            for one in product.service_levels
        ],
    }


def describe_table(table: ProductTable) -> dict[str, Any]:
    """A table as `--json` shows it; `deployed_key` is that of the twin's table, null where it can have none."""
    try:
        key = table_key(table, "")
    except InputError:
        deployed = None
    else:
        attributes = [key.partition, *([key.sort] if key.sort else [])]
        deployed = [{"name": one.name, "type": one.type, "columns": list(one.columns)} for one in attributes]
    return {
        "name": table.name,
        "physical_name": table.physical_name,
        "physical_type": table.physical_type,
        "columns": sum(1 for _ in table.every_column()),
        "rules": len(table.quality),
        "key": [column.name for column in table.key],
        "deployed_key": deployed,
    }


def describe_inputs(inputs: TwinInputs) -> dict[str, Any]:
    """What a twin is, or would be, made of."""
    return {
        "product": describe_product(inputs.product),
        "graph": {
            "digest": inputs.graph.digest,
            "nodes": dict(sorted(Counter(node.kind for node in inputs.graph.nodes).items())),
            "edges": dict(sorted(Counter(edge.kind for edge in inputs.graph.edges).items())),
            "unresolved": [node.id for node in inputs.graph.nodes if not node.resolved],
        },
        "warnings": [problem.__dict__ for problem in inputs.warnings],
        "undeployable": [problem.__dict__ for problem in inputs.undeployable],
    }


def tell_inputs(console: Console, inputs: TwinInputs) -> None:
    """The same for people; warnings go where progress goes."""
    tell_product(console, inputs.product)
    unresolved = sum(1 for node in inputs.graph.nodes if not node.resolved)
    _say(
        console,
        f"  graph     {len(inputs.graph.nodes)} nodes, {len(inputs.graph.edges)} edges, {unresolved} unresolved",
    )
    for problem in inputs.undeployable:
        _say(console, f"  not to be deployed: {problem}")
    for problem in inputs.warnings:
        console.stage(f"warning: {problem}")


def tell_differences(console: Console, differences: Sequence[Difference]) -> None:
    """One line a difference: what, where, from what to what, whom it breaks, what is downstream of it. Of a graph, which follows from the rest, how many of each kind."""
    for one in differences:
        change = one.change
        if change.part == "graph":
            continue
        _say(
            console,
            f"{'BREAKS ' + change.breaks if change.breaks else 'breaks nobody':16}  {change.part}  {change.kind}  {change.path}"
            f"  {_shown(change.before)} -> {_shown(change.after)}  because of {', '.join(one.causes)}",
        )
        if one.affected:
            more = len(one.affected) - _MOST_AFFECTED
            named = ", ".join(one.affected[:_MOST_AFFECTED]) + (f" and {more} more" if more > 0 else "")
            _say(console, f"{'':16}  affects {len(one.affected)}: {named}")
    derived = Counter(one.change.kind for one in differences if one.change.part == "graph")
    if derived:
        _say(console, "graph: " + ", ".join(f"{number} {kind}" for kind, number in sorted(derived.items())))
    if not differences:
        _say(console, "equal")


def describe_differences(differences: Iterable[Difference]) -> list[dict[str, Any]]:
    """Differences as `--json` shows them."""
    return [one.document() for one in differences]


def _say(console: Console, text: str) -> None:
    """A line in which names of other people's are nothing but text to a terminal."""
    console.say("".join(c if c.isprintable() else f"\\u{{{ord(c):x}}}" for c in text))


def _shown(value: Any) -> str:
    text = "nothing" if value is None else str(value)
    longest = 60
    return text if len(text) <= longest else f"{text[:longest]}…"
