"""What a JSONPath gives, and where a result is put.

A definite path gives its value, or fails; an indefinite one (a wildcard, a slice, a filter, `..`) gives the list of what it finds, which may be empty.
Source: https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language-paths.html
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from twinstage.simulate.json_values import is_number
from twinstage.simulate.pipeline.path_steps import (
    Child,
    Descend,
    Index,
    Path,
    Slice,
    Step,
    Where,
    Wildcard,
    read_path,
    read_reference_path,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from twinstage.simulate.pipeline.path_filters import Filter, Operand

_MISSING: Final = object()


class MissingValueError(LookupError):
    """A definite path names nothing in the document."""


class PlacementError(LookupError):
    """A result cannot be put where a reference path says."""


def value_at(text: str, roots: Mapping[str, Any]) -> Any:
    """What a path gives. `roots`: `$`, `$$` and variables by name. Raises PathError, MissingValueError."""
    path = read_path(text)
    if path.root not in roots:
        raise MissingValueError(f"the variable ${path.root} is not assigned")
    found = list(_walk([roots[path.root]], path.steps, roots["$"]))
    if path.definite and not found:
        raise MissingValueError(f"the JSONPath '{text}' could not be found")
    value = found[0] if path.definite else found
    return _function(path, value) if path.function else value


def present(text: str, roots: Mapping[str, Any]) -> bool:
    """Whether a path finds anything: what IsPresent asks."""
    path = read_path(text)
    return path.root in roots and any(True for _ in _walk([roots[path.root]], path.steps, roots["$"]))


def placed(document: Any, text: str, value: Any) -> Any:
    """The document with `value` at a reference path; missing objects are made. The given document stays as it was.

    Raises PathError, and PlacementError where something on the way is neither an object nor a list with that element.
    """
    return _placed(document, read_reference_path(text).steps, value, text)


def _placed(document: Any, steps: tuple[Step, ...], value: Any, text: str) -> Any:
    if not steps:
        return value
    step = steps[0]
    if isinstance(step, Index):
        (place,) = step.places
        if not isinstance(document, list) or not -len(document) <= place < len(document):
            raise PlacementError(f"'{text}' has no element {place} to be put at")
        return [
            _placed(old, steps[1:], value, text) if at == place % len(document) else old
            for at, old in enumerate(document)
        ]
    if document is None:
        document = {}
    if not isinstance(document, dict) or not isinstance(step, Child):
        raise PlacementError(f"'{text}' leads through something that is no object")
    name = step.names[0]
    return {**document, name: _placed(document.get(name, {}), steps[1:], value, text)}


def _walk(nodes: list[Any], steps: tuple[Step, ...], root: Any) -> Iterator[Any]:
    for step in steps:
        nodes = [found for node in nodes for found in _taken(node, step, root)]
    yield from nodes


def _taken(node: Any, step: Step, root: Any) -> Iterator[Any]:
    match step:
        case Child(names):
            if isinstance(node, dict):
                yield from (node[name] for name in names if name in node)
        case Index(places):
            if isinstance(node, list):
                yield from (node[place] for place in places if -len(node) <= place < len(node))
        case Slice(start, stop, by):
            if isinstance(node, list):
                yield from node[start:stop:by]
        case Wildcard():
            yield from _inside(node)
        case Descend():
            yield from _below(node)
        case Where(condition):
            yield from (found for found in _filtered(node) if _satisfies(found, condition, root))


def _inside(node: Any) -> Iterator[Any]:
    if isinstance(node, dict):
        yield from node.values()
    elif isinstance(node, list):
        yield from node


def _below(node: Any) -> Iterator[Any]:
    waiting = [node]
    while waiting:
        current = waiting.pop()
        if isinstance(current, dict | list):
            yield current
            waiting.extend(reversed(list(_inside(current))))


def _filtered(node: Any) -> list[Any]:
    """What a filter looks at: the elements of a list, or an object itself."""
    return node if isinstance(node, list) else [node] if isinstance(node, dict) else []


def _satisfies(node: Any, condition: Filter, root: Any) -> bool:
    match condition.operator:
        case "and":
            return all(_satisfies(node, part, root) for part in condition.parts)
        case "or":
            return any(_satisfies(node, part, root) for part in condition.parts)
        case "not":
            return not _satisfies(node, condition.parts[0], root)
        case "exists":
            return _operand(node, condition.left, root) is not _MISSING
        case operator:
            return _compared(operator, _operand(node, condition.left, root), _operand(node, condition.right, root))


def _operand(node: Any, operand: Operand | None, root: Any) -> Any:
    if operand is None or not operand.path:
        return operand.value if operand else _MISSING
    path = read_path("$" + operand.path[1:])
    found = list(_walk([node if operand.path[0] == "@" else root], path.steps, root))
    if not path.definite:
        return found or _MISSING
    return found[0] if found else _MISSING


def same(left: Any, right: Any) -> bool:
    """Whether two JSON values are one: true is not 1."""
    return isinstance(left, bool) == isinstance(right, bool) and bool(left == right)


def _compared(operator: str, left: Any, right: Any) -> bool:
    if left is _MISSING or right is _MISSING:
        return operator == "!=" and left is not right
    if operator in {"==", "!="}:
        return same(left, right) == (operator == "==")
    if operator in {"in", "nin"}:
        return (isinstance(right, list) and any(same(left, one) for one in right)) == (operator == "in")
    comparable = (isinstance(left, str) and isinstance(right, str)) or (is_number(left) and is_number(right))
    if not comparable:
        return False
    return bool({"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[operator])


def _function(path: Path, value: Any) -> Any:
    name = path.function
    if name == "length" and isinstance(value, list | dict | str):
        return len(value)
    if name == "keys" and isinstance(value, dict):
        return list(value)
    if isinstance(value, list) and value:
        if name in {"first", "last"}:
            return value[0 if name == "first" else -1]
        if name in _FIGURES and all(is_number(one) for one in value):
            return _FIGURES[name](value)
    raise MissingValueError(f"the JSONPath '{path.text}': {name}() is not defined for what the path gives")


def _deviation(values: list[float]) -> float:
    mean = sum(values) / len(values)
    return math.sqrt(sum((value - mean) ** 2 for value in values) / len(values))


_FIGURES: Final[dict[str, Callable[[list[Any]], Any]]] = {
    "min": min,
    "max": max,
    "sum": sum,
    "avg": lambda values: sum(values) / len(values),
    "stddev": _deviation,
}
