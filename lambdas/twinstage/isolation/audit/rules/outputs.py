"""TWA010: nothing is exported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.isolation.audit.rule import Finding, Rule
from twinstage.model.validation import pointer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.isolation.audit.subject import Subject

_KNOWN = frozenset({"Value", "Description"})


def _check(subject: Subject) -> Iterator[Finding]:
    outputs = subject.template.document.get("Outputs", {})
    for name, output in outputs.items() if isinstance(outputs, dict) else [("", {"Outputs": None})]:
        for member in sorted(set(output) - _KNOWN) if isinstance(output, dict) else [""]:
            yield Finding(pointer(("Outputs", name, member)), f"{member} ties another stack to this one")


RULE = Rule(
    "TWA010",
    "No other stack can build on this one",
    "An export is an edge between stacks: what imports it holds this one's ids, and keeps this one from being destroyed.",
    "Take the export out: the value alone can be read by whoever deploys.",
    _check,
)
