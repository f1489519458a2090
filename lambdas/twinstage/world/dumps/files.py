"""Files of JSON answers: as the AWS CLI prints them, as boto3 gives them, as recordings wrap them; one or several in a file."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from twinstage.model.errors import InputError, InputProblem
from twinstage.model.reading.json_document import MALFORMED, not_json, states

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

HINT = "give the API's own answer"
MISSHAPEN = (AttributeError, IndexError, KeyError, TypeError, ValueError)
"""What reading an answer raises that has not the shape of the API's."""
_WRAPPED = {"status_code", "data"}
_TYPES = frozenset({"S", "N", "B", "BOOL", "NULL", "M", "L", "SS", "NS", "BS"})


@dataclass(frozen=True)
class Answer:
    """One JSON object of a file. `pointer` leads to it within the file, "" where it is all the file holds.

    `bare` is the member under which a list stands here that the file holds without the object around it.
    """

    file: Path
    pointer: str
    document: Mapping[str, Any]
    bare: str = ""

    def problem(self, place: str, message: str, hint: str = HINT, line: int = 0) -> InputProblem:
        """A problem of a place in this answer."""
        return InputProblem(str(self.file), line, self.at(place), message, hint)

    def misshapen(self, place: str, error: Exception) -> InputProblem:
        """A problem of a place whose reading raised one of MISSHAPEN."""
        told = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        return self.problem(place, f"not the API's own answer: {told}", line=1)

    def at(self, place: str) -> str:
        """The pointer, within the file, to a place in this answer."""
        return self.pointer + (place.removeprefix(f"/{self.bare}") if self.bare else place)


def read_answers(path: Path) -> list[Answer]:
    """Every answer in a file: one object, several one after another (or one a line), or a list of them.

    A list of record sets, hosted zones or items, as `--query ResourceRecordSets` prints it, is an answer with that list. What a recording wraps as `{"status_code", "data"}` is unwrapped. Raises InputError with the line where the file stops
    being JSON, and for a document that is no object.
    """
    found: list[tuple[str, Any, str]] = []
    documents = _documents(path)
    for index, document in enumerate(documents):
        place = f"/{index}" if len(documents) > 1 else ""
        if isinstance(document, list) and (bare := _bare_list(document)):
            found.append((place, {bare: document}, bare))
        elif isinstance(document, list):
            found += [(f"{place}/{step}", element, "") for step, element in enumerate(document)]
        else:
            found.append((place, document, ""))
    if not found:
        raise InputError([InputProblem(str(path), 1, "", "holds no answer", HINT)])
    return [_answer(path, place, document, bare) for place, document, bare in found]


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


def _bare_list(elements: list[Any]) -> str:
    """The member of an API's answer whose list these are; "" where they are no such elements."""
    if not elements or not all(isinstance(element, dict) and element for element in elements):
        return ""
    if all(_is_typed(value) for element in elements for value in element.values()):
        return "Items"
    if all(element.keys() >= {"Name", "Type"} for element in elements):
        return "ResourceRecordSets"
    return "HostedZones" if all(element.keys() >= {"Id", "Name", "CallerReference"} for element in elements) else ""


def _is_typed(value: Any) -> bool:
    return isinstance(value, dict) and len(value) == 1 and value.keys() <= _TYPES


def _answer(path: Path, place: str, document: Any, bare: str) -> Answer:
    if isinstance(document, dict) and set(document) == _WRAPPED:
        place, document = f"{place}/data", document["data"]
    if not isinstance(document, dict):
        message = "expected an object"
        raise InputError([InputProblem(str(path), 1, place, message, HINT)])
    return Answer(path, place, document, bare)


def _documents(path: Path) -> list[Any]:
    try:
        text = _text(path.read_bytes())
    except UnicodeDecodeError as error:
        raise InputError([InputProblem(str(path), 0, "", f"not JSON: {error}")]) from error
    try:
        return list(states(text))
    except MALFORMED as error:
        raise InputError([not_json(str(path), error, HINT, text)]) from error


def _text(content: bytes) -> str:
    """UTF-8, or UTF-16 with its mark, as a redirection of Windows PowerShell writes it."""
    return content.decode("utf-16" if content[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8-sig")
