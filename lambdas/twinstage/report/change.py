"""What a report shows of the change itself: what was planned of it, read from `input/plan.json`, and how its steps went, from `apply/`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from twinstage.report.documents import listed, mapped, text_of
from twinstage.report.text import clip

if TYPE_CHECKING:
    from collections.abc import Mapping

SIGNS = {"add": "+", "change": "~", "remove": "-"}
LONGEST = 600


@dataclass(frozen=True)
class PlannedLine:
    """One planned change: whether it comes, goes or is altered, how it counts, what it is about, and why."""

    sign: str
    category: str
    subject: str
    reason: str
    forward_only: bool

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        """Out of an entry of `changes`."""
        subject = " ".join(text_of(document.get(name)) for name in ("kind", "subject", "place")).rstrip()
        return cls(
            SIGNS.get(text_of(document.get("action")), "?"),
            text_of(document.get("category")),
            clip(subject, 300),
            clip(text_of(document.get("reason")), LONGEST),
            bool(document.get("forward_only")),
        )


@dataclass(frozen=True)
class PlannedChanges:
    """The plan: its digest, its changes, and of its guards those that saw something, each with what became of it."""

    digest: str
    changes: tuple[PlannedLine, ...]
    guards: tuple[tuple[str, str, str], ...]

    @classmethod
    def of(cls, document: Any) -> Self:
        """Out of `plan.json`."""
        guards = [mapped(each) for each in listed(document.get("guards"))]
        return cls(
            text_of(document["digest"]),
            tuple(PlannedLine.of(mapped(each)) for each in listed(document["changes"])),
            tuple(
                (
                    text_of(guard.get("guard")),
                    "let through" if guard.get("allowed") else "refuses",
                    clip(text_of(guard.get("observed")), LONGEST),
                )
                for guard in guards
                if not guard.get("passed")
            ),
        )


@dataclass(frozen=True)
class AppliedStep:
    """One step as it was applied: the event that it is seen as, its calls by operation, how it ended, and why where it was refused."""

    event: str
    operations: tuple[str, ...]
    outcome: str
    why: str

    @classmethod
    def of(cls, document: Any) -> Self:
        """Out of one file of `apply/`."""
        calls = [mapped(each) for each in listed(document.get("calls"))]
        why = f"{text_of(document.get('error'))}: {text_of(document.get('message'))}" if document.get("error") else ""
        operations = tuple(text_of(call.get("operation")) for call in calls)
        return cls(text_of(document["event"]), operations, text_of(document["outcome"]), clip(why, LONGEST))
