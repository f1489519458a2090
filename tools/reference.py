"""The reference, out of the code that it is about: commands, schemas, error codes, permissions, quotas and prices. Pages of Markdown by name."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import click
import yaml

from twinstage.cli.commands import COMMANDS, command
from twinstage.cli.examples import examples
from twinstage.model.prices import published_prices
from twinstage.model.quotas import published_quotas
from twinstage.model.validation import schema, schema_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

WIDTH = 100


def pages(assembly: Path | None) -> dict[str, str]:
    """Every page by its file's name. `assembly` is a synthesized cloud assembly, whose roles are told; None: there is none."""
    found = {
        "commands.md": _commands(),
        "schemas.md": _schemas(),
        "errors.md": _errors(),
        "quotas.md": _quotas(),
        "prices.md": _prices(),
    }
    if assembly is not None:
        found["permissions.md"] = _permissions(assembly)
    return found


def every_command() -> Iterator[tuple[str, click.Command]]:
    """Each command that does something, with its whole name, in the order of the names."""
    for name in sorted(COMMANDS):
        yield from _below(name, command(name))


def _below(name: str, found: click.Command) -> Iterator[tuple[str, click.Command]]:
    if not isinstance(found, click.Group):
        yield name, found
        return
    context = click.Context(found)
    for each in found.list_commands(context):
        below = found.get_command(context, each)
        if below is not None:
            yield from _below(f"{name} {each}", below)


def _commands() -> str:
    parts = [
        "# Commands\n",
        "Out of the commands' own help. Data goes to stdout, progress to stderr; `--json` prints one document.\n",
    ]
    for name, found in every_command():
        context = click.Context(found, info_name=f"twinstage {name}", max_content_width=WIDTH, terminal_width=WIDTH)
        found.epilog = None
        parts.append(f"## twinstage {name}\n\n```text\n{found.get_help(context)}\n```\n")
        for line, why in examples().get(name, ()):
            parts.append(f"```console\n$ {line}\n```\n\n{why[0].upper()}{why[1:]}.\n")
    return "\n".join(parts)


def _schemas() -> str:
    parts = ["# Schemas\n", "What crosses a boundary has a JSON Schema (2020-12). `twinstage schema NAME` prints it.\n"]
    for name in schema_names():
        held = schema(name)
        parts.append(f"## {name}\n\n`{held['$id']}`. {held.get('description', held.get('title', ''))}\n")
        rows = [
            (
                f"`{member}`",
                _type(told),
                "yes" if member in held.get("required", ()) else "",
                told.get("description", ""),
            )
            for member, told in held.get("properties", {}).items()
        ]
        if rows:
            parts.append(_table(("member", "type", "required", "what it is"), rows))
    return "\n".join(parts)


def _type(told: Mapping[str, Any]) -> str:
    for word in ("type", "const", "enum", "$ref"):
        if word in told:
            value = told[word]
            return " or ".join(map(str, value)) if isinstance(value, list) else str(value)
    return "any of several" if {"anyOf", "oneOf"} & told.keys() else ""


def _errors() -> str:
    text = files("twinstage.cli").joinpath("explanations.yaml").read_text(encoding="utf-8")
    told = yaml.safe_load(text)["errors"]
    rows = [(f"`{code}`", each["means"], each["do"]) for code, each in sorted(told.items())]
    head = "# Error codes\n\nAn error says its code first; `twinstage explain CODE` says the same as this page. With `--json` it is a document of its own.\n\n"
    return head + _table(("code", "what happened", "the way out"), rows)


def _quotas() -> str:
    rows = [
        (
            f"`{quota.id}`",
            quota.title,
            _figures(quota),
            "yes" if quota.adjustable else "no",
            f"[page]({quota.source})",
            quota.read_on,
            quota.confidence,
        )
        for quota in published_quotas().values()
    ]
    head = "# Quotas\n\nAWS's defaults as they were read, with the page and the day. They bind in the memory world and, under load, in the embedded AWS; a scenario's `stress.quotas` says what your account has otherwise.\n\n"
    return head + _table(("quota", "what", "default", "adjustable", "source", "read on", "confidence"), rows)


def _figures(quota: Any) -> str:
    if quota.rate_per_s is not None:
        return f"{quota.rate_per_s:g} {quota.unit} a second" + (f", burst {quota.burst:g}" if quota.burst else "")
    return "the resource's own" if quota.most is None else f"{quota.most:g} {quota.unit}"


def _prices() -> str:
    rows = [
        (
            f"`{price.id}`",
            price.title,
            "; ".join(f"from {tier.above:,}: {tier.usd * price.per:f} USD" for tier in price.tiers),
            f"{price.per:,} {price.unit}",
            f"[page]({price.source})",
            price.read_on,
        )
        for price in published_prices().values()
    ]
    head = "# Prices\n\nList prices as they were read, with the page and the day: without free tiers, discounts, taxes and data transfer.\n\n"
    return head + _table(("price", "what", "tiers", "for", "source", "read on"), rows)


def _permissions(assembly: Path) -> str:
    parts = [
        "# Permissions\n",
        "What each role may, out of the synthesized templates of a sample. What people and CI need is in the pages of the features.\n",
    ]
    for template in sorted(assembly.glob("*.template.json")):
        held = json.loads(template.read_text(encoding="utf-8")).get("Resources", {})
        rows = sorted({row for name, one in held.items() for row in _statements(name, one)})
        if rows:
            parts.append(f"## {template.name.removesuffix('.template.json')}\n")
            parts.append(_table(("attached to", "effect", "actions", "resources"), rows))
    return "\n".join(parts)


def _statements(name: str, resource: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    properties = resource.get("Properties", {})
    held = [properties.get("PolicyDocument"), *(each.get("PolicyDocument") for each in properties.get("Policies", ()))]
    whom = name if resource["Type"] == "AWS::IAM::Role" else _named(properties.get("Roles", name))
    if resource["Type"] not in ("AWS::IAM::Role", "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
        return
    for document in filter(None, held):
        for statement in document["Statement"]:
            actions, resources = (_named(statement.get(member, "")) for member in ("Action", "Resource"))
            yield f"`{whom}`", statement["Effect"], actions, resources


def _named(value: Any) -> str:
    several = value if isinstance(value, list) else [value]
    return "<br>".join(
        f"`{each if isinstance(each, str) else json.dumps(each, separators=(',', ':'))}`" for each in several if each
    )


def _table(head: tuple[str, ...], rows: Sequence[tuple[object, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return (
        "\n".join(
            "| " + " | ".join(str(cell).replace("|", r"\|").replace("\n", " ") for cell in line) + " |"
            for line in lines
        )
        + "\n"
    )
