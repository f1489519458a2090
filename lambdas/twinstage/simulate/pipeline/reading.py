"""Reading a state machine's definition: all that is wrong with it at once, each with its line, its JSON pointer and the way to mend it.

`${Placeholder}`s, as templates have them, are filled where a value is given and stay as texts otherwise. Source of the rules: https://states-language.net/spec.html
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from twinstage.model.errors import InputError, InputProblem
from twinstage.model.reading import json_document
from twinstage.model.reading.json_places import with_lines
from twinstage.model.reading.machine_yaml import yaml_machine
from twinstage.model.validation import line_of
from twinstage.model.validation import pointer as pointer_of
from twinstage.simulate.pipeline.definition import DISTRIBUTED, INLINE, Machine, QueryLanguage, State
from twinstage.simulate.pipeline.reading_errors import read_catchers, read_retriers
from twinstage.simulate.pipeline.reading_expressions import expression_problems
from twinstage.simulate.pipeline.reading_fields import Reading, field_problems

if TYPE_CHECKING:
    from collections.abc import Mapping

_PLACEHOLDER: Final = re.compile(r"\$\{([^{}]+)\}")
_TYPES: Final = ("Task", "Pass", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map")
_ENDS_ITSELF: Final = ("Choice", "Succeed", "Fail")
_DEEPEST: Final = 20


def machine_of(data: bytes | str, values: Mapping[str, Any] | None = None, file: str = "definition") -> Machine:
    """The machine in a text of JSON or YAML. Raises InputError with all problems, in the order of the text."""
    located = yaml_machine(data, file)
    if located is not None:
        machine, problems = _read(located.document, values or {}, file)
        if problems or machine is None:
            raise InputError([replace(one, line=line_of(located.lines, one.pointer)) for one in problems])
        return machine
    text = data if isinstance(data, str) else data.decode(errors="replace")
    try:
        document = json_document.storable(json_document.record(data), text)
    except json_document.MALFORMED as error:
        hint = "a definition is Amazon States Language in JSON or YAML"
        problem = json_document.not_json(file, error, hint, text)
        # What is known of a half character is its place in a document that is JSON otherwise.
        raise InputError(with_lines([problem], text) if problem.pointer else [problem]) from error
    machine, problems = _read(document, values or {}, file)
    if problems or machine is None:
        raise InputError(with_lines(problems, text))
    return machine


def _read(document: Any, values: Mapping[str, Any], file: str) -> tuple[Machine | None, list[InputProblem]]:
    """The machine of a document, and its problems, which have no lines yet."""
    reading = Reading(file)
    machine = _machine(_filled(document, values), (), "JSONPath", reading, depth=0)
    return machine, reading.problems


def _filled(node: Any, values: Mapping[str, Any]) -> Any:
    """The document with placeholders filled: one that is a whole text becomes the value itself."""
    if isinstance(node, dict):
        return {
            _PLACEHOLDER.sub(lambda found: str(values.get(found[1], found[0])), name): _filled(value, values)
            for name, value in node.items()
        }
    if isinstance(node, list):
        return [_filled(value, values) for value in node]
    if not isinstance(node, str):
        return node
    if (whole := _PLACEHOLDER.fullmatch(node)) and whole[1] in values:
        return values[whole[1]]
    return _PLACEHOLDER.sub(lambda found: str(values.get(found[1], found[0])), node)


def _machine(
    node: Any, place: tuple[str | int, ...], language: QueryLanguage, reading: Reading, *, depth: int
) -> Machine | None:
    if depth > _DEEPEST:
        reading.refuse(place, f"machines are nested deeper than {_DEEPEST} levels")
        return None
    if not isinstance(node, dict):
        reading.refuse(place, "a state machine is an object with StartAt and States")
        return None
    language = reading.language(node, place, language)
    states = node.get("States")
    if not isinstance(states, dict) or not states:
        reading.refuse((*place, "States") if "States" in node else place, "States is an object with at least one state")
        return None
    start = node.get("StartAt")
    if start not in states if isinstance(start, str) else True:
        said = f"StartAt names no state: {start!r}" if "StartAt" in node else "StartAt is missing"
        reading.refuse(
            (*place, "StartAt") if "StartAt" in node else place, said, f"one of {', '.join(list(states)[:8])}"
        )
    read = {
        name: _state(name, state, (*place, "States", name), states, language, reading, depth)
        for name, state in states.items()
    }
    timeout = reading.number(node, "TimeoutSeconds", place, least=1)
    kept = {name: state for name, state in read.items() if state is not None}
    return Machine(str(start), kept, language, timeout)


def _state(
    name: str,
    node: Any,
    place: tuple[str | int, ...],
    siblings: Mapping[str, Any],
    language: QueryLanguage,
    reading: Reading,
    depth: int,
) -> State | None:
    if not isinstance(node, dict):
        reading.refuse(place, "a state is an object with a Type")
        return None
    kind = node.get("Type")
    if kind not in _TYPES:
        said = f"{kind!r} is no type of state" if "Type" in node else "Type is missing"
        reading.refuse((*place, "Type") if "Type" in node else place, said, f"one of {', '.join(_TYPES)}")
        return None
    language = reading.language(node, place, language)
    following = _next(node, str(kind), place, siblings, reading)
    field_problems(node, str(kind), language, place, siblings, reading)
    expression_problems(node, language, place, reading)
    branches = tuple(
        branch
        for at, inner in enumerate(_branches(node, str(kind)))
        if (branch := _machine(inner, (*place, "Branches", at), language, reading, depth=depth + 1))
    )
    processor, mode = _processor(node, str(kind), place, language, reading, depth)
    return State(
        name,
        kind,
        language,
        following,
        node,
        pointer_of(place),
        read_retriers(node, place, reading),
        read_catchers(node, place, siblings, reading),
        branches,
        processor,
        mode,
    )


def _next(
    node: Mapping[str, Any], kind: str, place: tuple[str | int, ...], siblings: Mapping[str, Any], reading: Reading
) -> str | None:
    if kind in _ENDS_ITSELF:
        return None
    if "Next" in node:
        if node.get("End") is True:
            reading.refuse(place, "a state has Next or End, not both")
        reading.target(node["Next"], (*place, "Next"), siblings)
        return str(node["Next"])
    if node.get("End") is not True:
        reading.refuse(place, "a state has a Next, or End: true", "say where it goes")
    return None


def _branches(node: Mapping[str, Any], kind: str) -> list[Any]:
    branches = node.get("Branches") if kind == "Parallel" else None
    return branches if isinstance(branches, list) else []


def _processor(
    node: Mapping[str, Any],
    kind: str,
    place: tuple[str | int, ...],
    language: QueryLanguage,
    reading: Reading,
    depth: int,
) -> tuple[Machine | None, str]:
    if kind != "Map":
        return None, INLINE
    name = "ItemProcessor" if "ItemProcessor" in node else "Iterator"
    if name not in node:
        reading.refuse(place, "a Map has an ItemProcessor")
        return None, INLINE
    config = node[name].get("ProcessorConfig", {}) if isinstance(node[name], dict) else {}
    mode = config.get("Mode", INLINE) if isinstance(config, dict) else None
    if mode not in (INLINE, DISTRIBUTED):
        reading.refuse((*place, name, "ProcessorConfig"), f"Mode is {INLINE} or {DISTRIBUTED}")
        mode = INLINE
    return _machine(node[name], (*place, name), language, reading, depth=depth + 1), str(mode)
