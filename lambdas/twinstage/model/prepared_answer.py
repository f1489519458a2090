"""Answers that a scenario prepares for calls of services beyond Route 53 and DynamoDB (`explore.answers`), or that were recorded.

An entry of a scenario is an answer, or `{"recorded": file}`; compiled, the file's name is replaced by what its lines hold.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from twinstage.model.canonical import canonical_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

RECORDED = "recorded"  # the entry's member that names a file of recorded answers
EXACT = frozenset({"route53", "dynamodb", "dynamodbstreams"})
"""Services that are answered by the exact world, never by what was prepared."""


@dataclass(frozen=True)
class PreparedError:
    """A refusal: the service's error code, its message, and the HTTP status (None: as the service's model says)."""

    code: str
    message: str = ""
    status: int | None = None


@dataclass(frozen=True)
class PreparedAnswer:
    """What calls of one operation are answered with whose parameters hold `parameters` among others.

    Exactly one of `response` and `error` is set; both are in JSON's form: a time is ISO 8601, bytes are their text, `{"base64": text}` or
    `{"json": value}`. `times`: how many calls of one invocation it answers (None: all).
    """

    service: str
    operation: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    response: Mapping[str, Any] | None = None
    error: PreparedError | None = None
    times: int | None = None


def prepared_answers_of(entries: Iterable[Mapping[str, Any]]) -> tuple[PreparedAnswer, ...]:
    """The answers of a compiled scenario's entries, in their order."""
    found: list[PreparedAnswer] = []
    for entry in entries:
        found += _recorded(entry[RECORDED]) if RECORDED in entry else [_answer(entry)]
    return tuple(found)


def _answer(entry: Mapping[str, Any]) -> PreparedAnswer:
    return PreparedAnswer(
        entry["service"],
        entry["operation"],
        entry.get("parameters", {}),
        entry.get("response"),
        PreparedError(**entry["error"]) if "error" in entry else None,
        entry.get("times"),
    )


def _recorded(entries: Sequence[Mapping[str, Any]]) -> list[PreparedAnswer]:
    """Recorded answers: those of equal calls come one after the other, as they were recorded, and the last of them stays."""
    last = {_call(entry): place for place, entry in enumerate(entries)}
    return [
        _answer({**entry, "times": None if last[_call(entry)] == place else 1}) for place, entry in enumerate(entries)
    ]


def _call(entry: Mapping[str, Any]) -> bytes:
    return canonical_json([entry["service"], entry["operation"], entry.get("parameters", {})])
