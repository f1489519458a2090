"""What the machine of a data product may be: the half of TWA023 that is about pipelines, which are written by their owners, in JSONPath or JSONata.

A task calls a function of the template by its placeholder, or works with items of one of the template's tables by its name. No ARN, URL, host of AWS, id or key stands anywhere else in a definition; a plain
name in a payload is data, which the roles hold.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from twinstage.isolation.audit.words import STRANGE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from twinstage.isolation.audit.subject import Subject

_INVOKE = "arn:aws:states:::lambda:invoke"
_OF_ITEMS = re.compile(
    r"arn:aws:states:::(dynamodb:(getItem|putItem|updateItem|deleteItem)|aws-sdk:dynamodb:(getItem|putItem|updateItem|deleteItem|query|scan))"
)
_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")
_ARN = re.compile(r"(?i)\barn:")
_NEVER = frozenset({"Credentials", "ItemReader", "ResultWriter"})
_FUNCTION, _TABLE = "AWS::Lambda::Function", "AWS::DynamoDB::Table"


def called_by(subject: Subject, key: str, value: Any) -> str:
    """Why a placeholder does not stand for a function of the pipeline; empty where it does."""
    function = subject.refers(value, _FUNCTION, frozenset({"Arn"}))
    return f"{key} is no function of this template" if function is None else ""


def strange_states(subject: Subject, definition: Mapping[str, Any], known: Collection[str]) -> Iterator[str]:
    """What a definition names or calls that is not the template's."""
    names = (held.get("TableName") for _, held in subject.template.of_type(_TABLE))
    tables = frozenset(subject.resolver.text(name) for name in names)
    yield from _strange(definition, frozenset(known), tables)


def _strange(value: Any, known: frozenset[str], tables: frozenset[str]) -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from _strange(each, known, tables)
    elif isinstance(value, str):
        if _ARN.search(value) is not None or _PLACEHOLDER.search(value) is not None:
            yield f"it names {value[:80]!r}"
        for shape, what in STRANGE:
            if (found := shape.search(_without(value, tables))) is not None:
                yield f"it names {found[0]}, {what}"
    elif isinstance(value, dict):
        rest = dict(value)
        if "Resource" in value or value.get("Type") == "Task":
            yield from _task(value, known, tables)
            rest = _rest(value)
        for key, each in rest.items():
            if key in _NEVER:
                yield f"{key} is not known to be safe here"
            yield from _strange(each, known, tables)


def _task(value: Mapping[str, Any], known: frozenset[str], tables: frozenset[str]) -> Iterator[str]:
    """What is wrong with whom a task calls."""
    resource = value.get("Resource")
    if not isinstance(resource, str) or value.get("Type") != "Task":
        yield f"a state calls {resource!r}, which is no task"
        return
    direct = _PLACEHOLDER.fullmatch(resource)
    if direct is not None and direct[1] in known:
        return
    arguments = _arguments(value)
    if resource == _INVOKE:
        function = arguments.get("FunctionName")
        named = _PLACEHOLDER.fullmatch(function) if isinstance(function, str) else None
        if named is None or named[1] not in known:
            yield f"a state calls the function {function!r}, which is none of this template"
        if strange := sorted(set(arguments) - {"FunctionName", "Payload", "Payload.$", "InvocationType"}):
            yield f"{', '.join(strange)} is not known to be safe here"
    elif _OF_ITEMS.fullmatch(resource) is not None:
        table = arguments.get("TableName")
        if not isinstance(table, str) or table not in tables or "TableName.$" in arguments:
            yield f"a state uses the table {table!r}, which is none of this template, or one that is told as it runs"
    else:
        yield f"a state calls {resource!r}; a task may call {_INVOKE} or work with items of a table"


def _arguments(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a task gives to whom it calls. One that says it in both languages says it in neither."""
    given = [value[key] for key in ("Arguments", "Parameters") if key in value]
    return given[0] if len(given) == 1 and isinstance(given[0], dict) else {}


def _rest(value: Mapping[str, Any]) -> dict[str, Any]:
    """A task without the name that was looked at already, where its kind of call has one."""
    resource = value.get("Resource")
    of_items = isinstance(resource, str) and _OF_ITEMS.fullmatch(resource) is not None
    looked_at = "FunctionName" if resource == _INVOKE else "TableName" if of_items else ""
    rest = {key: each for key, each in value.items() if key != "Resource"}
    for key in ("Arguments", "Parameters"):
        if isinstance(rest.get(key), dict):
            rest[key] = {name: each for name, each in rest[key].items() if name != looked_at}
    return rest


def _without(text: str, tables: frozenset[str]) -> str:
    """A text without the tables' own names, whose parts may look like ids."""
    return "" if text in tables else text
