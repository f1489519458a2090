"""A document that may be YAML or JSON: read strictly, its problems with their lines."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from twinstage.model.errors import InputError, InputProblem
from twinstage.model.reading import json_document
from twinstage.model.reading.json_places import with_lines
from twinstage.model.reading.yaml_document import located_yaml
from twinstage.model.validation import line_of

if TYPE_CHECKING:
    from collections.abc import Callable

    Located = Callable[[list[InputProblem]], list[InputProblem]]


def located_document(data: bytes, file: str, what: str) -> tuple[Any, Located]:
    """What a file says, and what gives problems of it their lines; `what` names the thing that the file is, in errors. Raises InputError."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError([InputProblem(file, 0, "", f"not UTF-8: {error}", "save it as UTF-8")]) from error
    if not text.lstrip().startswith("{"):
        read = located_yaml(text, file)
        return read.document, lambda problems: [replace(one, line=line_of(read.lines, one.pointer)) for one in problems]
    try:
        document = json_document.storable(json_document.record(text), text)
    except json_document.MALFORMED as error:
        problem = json_document.not_json(file, error, f"{what} is one mapping, in YAML or JSON", text)
        raise InputError(with_lines([problem], text) if problem.pointer else [problem]) from error
    return document, lambda problems: with_lines(problems, text)
