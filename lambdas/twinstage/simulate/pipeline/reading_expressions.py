"""The expressions in a state's fields, read when the definition is: a path or call that cannot be read is refused before anything runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from twinstage.simulate.pipeline.intrinsics import IntrinsicError, is_call, read_call
from twinstage.simulate.pipeline.jsonata import inner, is_expression, problem_of
from twinstage.simulate.pipeline.path_steps import PathError, read_path, read_reference_path
from twinstage.simulate.pipeline.reading_fields import PATHS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.simulate.pipeline.definition import QueryLanguage
    from twinstage.simulate.pipeline.reading_fields import Reading

_BATCH_PATHS: Final = ("MaxItemsPerBatchPath", "MaxInputBytesPerBatchPath")
_TEMPLATES: Final = (
    "Parameters",
    "ResultSelector",
    "ItemSelector",
    "Assign",
    "ItemReader",
    "ItemBatcher",
    "ResultWriter",
)
# Machines inside the state have their own turn; a Result is data, whatever it looks like.
_OTHERS_TURN: Final = ("Branches", "ItemProcessor", "Iterator", "Result", "Comment")


def expression_problems(
    node: Mapping[str, Any], language: QueryLanguage, place: tuple[str | int, ...], reading: Reading
) -> None:
    """Note every expression of a state that cannot be read."""
    if language == "JSONata":
        for name, value in node.items():
            if name not in _OTHERS_TURN:
                _jsonata(value, (*place, name), reading)
        return
    _paths(node, PATHS, place, reading)
    if isinstance(batcher := node.get("ItemBatcher"), dict):
        _paths(batcher, _BATCH_PATHS, (*place, "ItemBatcher"), reading)
    if node.get("ResultPath") is not None:
        try:
            read_reference_path(node["ResultPath"] if isinstance(node["ResultPath"], str) else repr(node["ResultPath"]))
        except PathError as error:
            reading.refuse((*place, "ResultPath"), str(error))
    for name in _TEMPLATES:
        _template(node.get(name), (*place, name), reading)


def _paths(node: Mapping[str, Any], names: tuple[str, ...], place: tuple[str | int, ...], reading: Reading) -> None:
    for name in names:
        if isinstance(node.get(name), str):
            _path(node[name], (*place, name), reading)
        elif node.get(name) is not None:
            reading.refuse((*place, name), f"{name} is a path")


def _template(value: Any, place: tuple[str | int, ...], reading: Reading) -> None:
    if isinstance(value, list):
        for at, each in enumerate(value):
            _template(each, (*place, at), reading)
    elif isinstance(value, dict):
        for name, each in value.items():
            if not name.endswith(".$"):
                _template(each, (*place, name), reading)
            elif not isinstance(each, str):
                reading.refuse((*place, name), "a field whose name ends in .$ has a path or an intrinsic function")
            else:
                _path(each, (*place, name), reading)


def _path(text: str, place: tuple[str | int, ...], reading: Reading) -> None:
    try:
        if is_call(text):
            read_call(text)
        else:
            read_path(text)
    except (IntrinsicError, PathError) as error:
        reading.refuse(place, str(error))


def _jsonata(value: Any, place: tuple[str | int, ...], reading: Reading) -> None:
    if isinstance(value, list):
        for at, each in enumerate(value):
            _jsonata(each, (*place, at), reading)
    elif isinstance(value, dict):
        for name, each in value.items():
            _jsonata(each, (*place, name), reading)
    elif is_expression(value) and (problem := problem_of(inner(value))):
        reading.refuse(place, problem)
