"""Looking over a state machine's definition before moto parses it: what the interpreter cannot do is refused, by name and place.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from twinstage.local.stepfunctions.jsonata import ExpressionError, check

if TYPE_CHECKING:
    from collections.abc import Iterator

_INPUT_TYPES = ("JSON", "JSONL", "CSV")
_ITEM_READER = ":states:::s3:getObject"
_MAP_FIELDS = (
    "ResultWriter",
    "ItemBatcher",
    "ToleratedFailureCount",
    "ToleratedFailureCountPath",
    "ToleratedFailurePercentage",
    "ToleratedFailurePercentagePath",
)
_READER_FIELDS = ("CSVDelimiter", "ItemsPointer", "Transformation")
_OPEN, _CLOSE = "{%", "%}"


def problems(definition: str) -> list[str]:
    """Everything the embedded AWS cannot run in a definition (JSON text), each with its JSON pointer; empty when it can run it."""
    try:
        tree = json.loads(definition)
    except ValueError as error:
        return [f"the definition is not JSON: {error}"]
    return [f"{found} at {pointer or '/'}" for pointer, found in _walk(tree, "")]


def _walk(node: Any, pointer: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, dict):
        if node.get("Type") == "Map":
            yield from _map_problems(node, pointer)
        if node.get("Type") == "Task":
            yield from _task_problems(node, pointer)
        for key, value in node.items():
            yield from _walk(value, f"{pointer}/{key}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _walk(value, f"{pointer}/{index}")
    elif isinstance(node, str) and node.startswith(_OPEN) and node.endswith(_CLOSE):
        yield from _expression_problems(node, pointer)


def _map_problems(state: dict[str, Any], pointer: str) -> Iterator[tuple[str, str]]:
    for field in _MAP_FIELDS:
        if field in state:
            yield f"{pointer}/{field}", f"the embedded AWS has no {field}"
    reader = state.get("ItemReader")
    if not isinstance(reader, dict):
        return
    if not str(reader.get("Resource", "")).endswith(_ITEM_READER):
        yield f"{pointer}/ItemReader/Resource", "the embedded AWS reads items with s3:getObject only"
    config = reader.get("ReaderConfig")
    if not isinstance(config, dict):
        yield f"{pointer}/ItemReader", "the embedded AWS reads items only with a ReaderConfig"
        return
    if config.get("InputType") not in _INPUT_TYPES:
        yield (
            f"{pointer}/ItemReader/ReaderConfig/InputType",
            f"the embedded AWS reads {', '.join(_INPUT_TYPES)}, not {config.get('InputType')}",
        )
    for field in _READER_FIELDS:
        if field in config:
            yield f"{pointer}/ItemReader/ReaderConfig/{field}", f"the embedded AWS has no {field}"


def _task_problems(state: dict[str, Any], pointer: str) -> Iterator[tuple[str, str]]:
    resource = str(state.get("Resource", ""))
    if ":activity:" in resource:
        yield f"{pointer}/Resource", "the embedded AWS has no activity workers"
    if resource.endswith(("http:invoke", ":http:invoke")):
        yield f"{pointer}/Resource", "the embedded AWS calls no HTTP endpoints"


def _expression_problems(text: str, pointer: str) -> Iterator[tuple[str, str]]:
    try:
        check(text[len(_OPEN) : -len(_CLOSE)].strip())
    except ExpressionError as error:
        yield pointer, str(error)
