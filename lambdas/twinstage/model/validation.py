"""Documents against the JSON Schemas in `schemas/`, which are the truth for whatever crosses a boundary."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from twinstage.model.errors import InputProblem
from twinstage.model.reading.patterns import SchemaValidator

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError


@cache
def schema(name: str) -> dict[str, Any]:
    """The JSON Schema called `name`."""
    document: dict[str, Any] = json.loads(
        files("twinstage.model").joinpath("schemas", f"{name}.schema.json").read_bytes()
    )
    return document


def schema_names() -> list[str]:
    """Every schema there is."""
    return sorted(
        entry.name.removesuffix(".schema.json") for entry in files("twinstage.model").joinpath("schemas").iterdir()
    )


@cache
def _validator(name: str, part: str = "") -> Draft202012Validator:
    whole = schema(name)
    checked: Draft202012Validator = SchemaValidator(
        {"$ref": f"#/$defs/{part}", "$defs": whole["$defs"]} if part else whole
    )
    return checked


def schema_violations(name: str, document: Any, *, part: str = "") -> list[tuple[str, str]]:
    """Every violation as (JSON pointer, message), in the order of the document. The deepest cause speaks for an `anyOf` or `oneOf`.

    `part`: the document is one of the schema's definitions.
    """
    return sorted(
        {
            (pointer(leaf.absolute_path), _message(leaf))
            for error in _validator(name, part).iter_errors(document)
            for leaf in _leaves(error)
        }
    )


def schema_problems(name: str, document: Any, file: str, lines: Mapping[str, int] | None = None) -> list[InputProblem]:
    """Every violation as a problem of `file`; `lines` gives the line of a JSON pointer."""
    hint = f"`twinstage schema {name}` prints what is expected"
    return [
        InputProblem(file, line_of(lines or {}, place), place, message, hint)
        for place, message in schema_violations(name, document)
    ]


def pointer(path: Iterable[str | int]) -> str:
    """A JSON pointer (RFC 6901)."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def line_of(lines: Mapping[str, int], place: str) -> int:
    """The line of a pointer, or of the nearest place around it; 0 where nothing is known."""
    while place not in lines and place:
        place = place.rpartition("/")[0]
    return lines.get(place, 0)


def _leaves(error: ValidationError) -> list[ValidationError]:
    if not error.context or _one_of_these_is_required(error):
        return [error]
    deepest = max(len(e.absolute_path) for e in error.context)
    return [leaf for e in error.context if len(e.absolute_path) == deepest for leaf in _leaves(e)]


def _one_of_these_is_required(error: ValidationError) -> bool:
    """Whether an `anyOf` asks for one member or another of an object that has none of them: its parts would each say that theirs is missing."""
    return error.validator == "anyOf" and all(
        cause.validator == "required" and cause.absolute_path == error.absolute_path for cause in error.context
    )


def _message(error: ValidationError) -> str:
    text = error.message
    told = error.schema.get("description") if isinstance(error.schema, dict) else None
    if error.validator == "pattern" and told:
        text = f"{json.dumps(error.instance)} is not what belongs here: {told}"
    if error.validator == "not" and error.validator_value == {}:
        text = "does not belong here"
    if error.validator == "not" and isinstance(error.validator_value, dict) and "const" in error.validator_value:
        text = f"{json.dumps(error.instance)} says nothing here: write it out (`{{}}` for the defaults)"
    if error.context:
        required: list[Any] = [cause.validator_value for cause in error.context]
        text = f"one of {', '.join(repr(name) for names in required for name in names)} is required"
    longest = 200
    return text if len(text) <= longest else text[:longest] + "…"
