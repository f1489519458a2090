"""A change batch out of a file: what `aws route53 change-resource-record-sets --change-batch` takes, or the whole request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from twinstage.model.errors import InputError, InputProblem
from twinstage.model.reading.json_document import read_state
from twinstage.model.validation import schema_violations

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LARGEST_BYTES: Final = 8 << 20


def read_batch(file: Path, zone: str) -> list[Mapping[str, Any]]:
    """The changes of a file that are meant for a zone. Raises InputError with everything that is no change batch."""
    document = read_state(file, LARGEST_BYTES)
    place = ""
    if isinstance(document, dict) and isinstance(document.get("ChangeBatch"), dict):
        document, place = document["ChangeBatch"], "/ChangeBatch"
    changes = document.get("Changes") if isinstance(document, dict) else None
    hint = "give what `aws route53 change-resource-record-sets --change-batch` takes"
    if not isinstance(changes, list):
        raise InputError([InputProblem(str(file), 1, f"{place}/Changes", "no list of changes", hint)])
    told = schema_violations("event", {"zone": zone, "changes": changes}, part="dns_update")
    problems = [
        InputProblem(str(file), 1, f"{place}/Changes{at.removeprefix('/changes')}", message, hint)
        for at, message in told
    ]
    if problems:
        raise InputError(problems)
    return changes
