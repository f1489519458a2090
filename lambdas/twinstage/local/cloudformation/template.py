"""A CloudFormation template, parsed.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html. Macros (`Transform`) are refused.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import yaml

from twinstage.local.cloudformation.errors import Refused

SECTIONS = frozenset(
    {
        "AWSTemplateFormatVersion",
        "Conditions",
        "Description",
        "Mappings",
        "Metadata",
        "Outputs",
        "Parameters",
        "Resources",
        "Rules",
    }
)
RESOURCE_KEYS = frozenset(
    {"Type", "Properties", "DependsOn", "Condition", "Metadata", "DeletionPolicy", "UpdateReplacePolicy"}
)


@dataclass(frozen=True)
class Declared:
    """One resource as a template declares it, with its intrinsic functions unresolved."""

    logical_id: str
    type: str
    properties: dict[str, Any]
    depends_on: tuple[str, ...] = ()
    condition: str | None = None
    deletion_policy: str = "Delete"
    replace_policy: str = "Delete"


@dataclass(frozen=True)
class Template:
    """A parsed template. `body` is the text as it was given, which GetTemplate answers with."""

    body: str
    resources: dict[str, Declared]
    description: str | None = None
    parameters: dict[str, dict[str, Any]] = field(default_factory=dict)
    mappings: dict[str, Any] = field(default_factory=dict)
    conditions: dict[str, Any] = field(default_factory=dict)
    rules: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, dict[str, Any]] = field(default_factory=dict)


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms: `!Ref x` means `{"Ref": "x"}`, `!Sub x` means `{"Fn::Sub": "x"}`."""


def _short_form(loader: Any, suffix: str, node: Any) -> Any:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _short_form)


def _as_written(loader: _Loader, node: yaml.Node) -> Any:
    return loader.construct_scalar(node)  # type: ignore[arg-type]  # a timestamp is a scalar: the tag is of no other node


_Loader.add_constructor("tag:yaml.org,2002:timestamp", _as_written)


def _load(body: str) -> Any:
    try:
        if body.lstrip().startswith("{"):
            return json.loads(body)
        return yaml.load(body, Loader=_Loader)  # noqa: S506  # a SafeLoader with CloudFormation's tags
    except (ValueError, yaml.YAMLError) as error:
        raise Refused(f"Template format error: {error}") from error


def _declared(logical_id: str, body: dict[str, Any]) -> Declared:
    unknown = sorted(set(body) - RESOURCE_KEYS)
    if unknown:
        raise Refused(f"Invalid template resource property '{unknown[0]}' in {logical_id}")
    if "Type" not in body:
        raise Refused(
            f"Template format error: [/Resources/{logical_id}] Every Resources object must contain a Type member."
        )
    depends_on = body.get("DependsOn") or ()
    return Declared(
        logical_id=logical_id,
        type=body["Type"],
        properties=body.get("Properties") or {},
        depends_on=(depends_on,) if isinstance(depends_on, str) else tuple(depends_on),
        condition=body.get("Condition"),
        deletion_policy=body.get("DeletionPolicy", "Delete"),
        replace_policy=body.get("UpdateReplacePolicy", "Delete"),
    )


def parse(body: str) -> Template:
    """Parse a JSON or YAML body. Raises Refused for a body that CloudFormation would refuse, or that needs a macro."""
    loaded = _load(body)
    if not isinstance(loaded, dict) or not loaded.get("Resources"):
        raise Refused("Template format error: At least one Resources member must be defined.")
    unknown = sorted(set(loaded) - SECTIONS)
    if unknown:
        raise Refused(f"Template section {unknown[0]} is not supported by the embedded AWS")
    return Template(
        body=body,
        resources={name: _declared(name, resource) for name, resource in loaded["Resources"].items()},
        description=loaded.get("Description"),
        parameters=loaded.get("Parameters") or {},
        mappings=loaded.get("Mappings") or {},
        conditions=loaded.get("Conditions") or {},
        rules=loaded.get("Rules") or {},
        outputs=loaded.get("Outputs") or {},
    )
