"""A file of requests: one JSON object a line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.model.errors import InputError, InputProblem
from twinstage.model.reading.json_document import MALFORMED, record
from twinstage.replay.intake_lines import LONGEST_PIECE_BYTES, lines_of, not_json

if TYPE_CHECKING:
    from pathlib import Path


def read_requests(file: Path) -> list[dict[str, Any]]:
    """The requests, in order. Raises InputError with every line that is none, and where there is no line."""
    requests, problems = [], list[InputProblem]()
    for number, line in lines_of(file, problems.append):
        if len(line) >= LONGEST_PIECE_BYTES:
            message = f"longer than {LONGEST_PIECE_BYTES} bytes: no service takes so much in one request"
            problems.append(InputProblem(str(file), number, "", message, "leave it out"))
            continue
        try:
            request = record(line)
        except MALFORMED as error:
            problems.append(not_json(file, number, error))
            continue
        if isinstance(request, dict):
            requests.append(request)
        else:
            problems.append(InputProblem(str(file), number, "", "not a JSON object", "one request a line"))
    if not requests and not problems:
        problems.append(InputProblem(str(file), 0, "", "there is no request in it", "write one JSON object a line"))
    if problems:
        raise InputError(problems)
    return requests
