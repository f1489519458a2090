"""Files of JSON answers: as the AWS CLI prints them, as boto3 gives them, as recordings wrap them; one or several in a file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from twinstage.model.errors import InputError, InputProblem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

HINT = "give the API's own answer"
_WRAPPED = {"status_code", "data"}


@dataclass(frozen=True)
class Answer:
    """One JSON object of a file. `pointer` leads to it within the file, "" where it is all the file holds."""

    file: Path
    pointer: str
    document: Mapping[str, Any]

    def problem(self, place: str, message: str, hint: str = HINT, line: int = 0) -> InputProblem:
        """A problem of a place in this answer."""
        return InputProblem(str(self.file), line, self.pointer + place, message, hint)


def read_answers(path: Path) -> list[Answer]:
    """Every answer in a file: one object, several one after another (or one a line), or a list of them.

    What a recording wraps as `{"status_code", "data"}` is unwrapped. Raises InputError with the line where the file stops
    being JSON, and for a document that is no object.
    """
    found: list[tuple[str, Any]] = []
    documents = _documents(path)
    for index, document in enumerate(documents):
        place = f"/{index}" if len(documents) > 1 else ""
        if isinstance(document, list):
            found += [(f"{place}/{step}", element) for step, element in enumerate(document)]
        else:
            found.append((place, document))
    if not found:
        raise InputError([InputProblem(str(path), 1, "", "holds no answer", HINT)])
    return [_answer(path, place, document) for place, document in found]


def without_nulls(value: Any) -> Any:
    """A document without the members that are null: to the API an absent member and a null one are the same."""
    if isinstance(value, dict):
        return {name: without_nulls(member) for name, member in value.items() if member is not None}
    return [without_nulls(member) for member in value] if isinstance(value, list) else value


def require(answer: Answer, document: Any, place: str, members: tuple[str, ...]) -> list[InputProblem]:
    """A problem where an object lacks one of its members, or is no object."""
    missing = [name for name in members if document.get(name) is None] if isinstance(document, dict) else ["everything"]
    if not missing:
        return []
    return [answer.problem(place, f"not the API's own answer: {', '.join(missing)} is missing", line=1)]


def _answer(path: Path, place: str, document: Any) -> Answer:
    if isinstance(document, dict) and set(document) == _WRAPPED:
        place, document = f"{place}/data", document["data"]
    if not isinstance(document, dict):
        message = "expected an object"
        raise InputError([InputProblem(str(path), 1, place, message, HINT)])
    return Answer(path, place, document)


def _documents(path: Path) -> list[Any]:
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError([InputProblem(str(path), 0, "", f"not JSON: {error}")]) from error
    try:
        return list(_values(text))
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", 0)
        raise InputError([InputProblem(str(path), line, "", f"not JSON: {error}")]) from error


def _values(text: str) -> Iterator[Any]:
    """The JSON values that stand one after another in a text. Numbers are exact; a whole one is an int however it is written."""
    decoder = json.JSONDecoder(parse_float=exact_number, parse_constant=_refuse_constant)
    place = _skip_space(text, 0)
    if place == len(text):
        # json's own words, with its line, about a file that is empty.
        decoder.decode(text)
    while place < len(text):
        value, place = decoder.raw_decode(text, place)
        yield value
        place = _skip_space(text, place)


def exact_number(text: str) -> int | Decimal:
    """A number as JSON writes it, never through float. `300.0` is 300."""
    number = Decimal(text)
    return int(number) if number == number.to_integral_value() and abs(number) < 1 << 63 else number


def _skip_space(text: str, place: int) -> int:
    while place < len(text) and text[place] in " \t\r\n":
        place += 1
    return place


def _refuse_constant(text: str) -> Any:
    raise ValueError(f"{text} is not a JSON number")
