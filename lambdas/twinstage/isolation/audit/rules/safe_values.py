"""TWA004: values are among those that are known to be safe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.isolation.audit.grammar import Constant, Text
from twinstage.isolation.audit.rule import Finding, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.isolation.audit.subject import Subject


def _check(subject: Subject) -> Iterator[Finding]:
    for visit in subject.visits:
        match visit.expected:
            case Constant(values) if visit.found is not None and not _among(visit.found, values):
                told = f"one of {', '.join(map(repr, values))}"
            case Text() as text if visit.found is not None and not text.holds(visit.found):
                told = text.what
            case _:
                continue
        yield Finding(visit.pointer, f"{str(visit.found)[:80]!r} is not {told}", visit.resource)


def _among(found: object, values: tuple[object, ...]) -> bool:
    """Equal, and of one type: 1 is not true."""
    return any(type(found) is type(value) and found == value for value in values)


RULE = Rule(
    "TWA004",
    "Every setting has a value that is known to be safe",
    "A health check that asks production's endpoint, a subnet that hands out public addresses, a public range: each is one value.",
    "Write one of the values the message names.",
    _check,
)
