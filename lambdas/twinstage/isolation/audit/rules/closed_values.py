"""TWA007: no value comes from outside the template."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from twinstage.isolation.audit.rule import Finding, Rule
from twinstage.isolation.audit.template import MACRO
from twinstage.isolation.audit.values import RESOLVED, UNKNOWN, intrinsic
from twinstage.model.validation import pointer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.isolation.audit.subject import Subject

_DYNAMIC = re.compile(r"\{\{\s*resolve:")
Path = tuple[str | int, ...]


def _check(subject: Subject) -> Iterator[Finding]:
    for name, resource in subject.template.resources.items():
        for path, what in _outside(subject, ("Resources", name), resource):
            yield Finding(pointer(path), what, name)
    for section in ("Metadata", "Outputs", "Parameters"):
        for path, what in _outside(subject, (section,), subject.template.document.get(section, {})):
            yield Finding(pointer(path), what)


def _outside(subject: Subject, path: Path, value: Any) -> Iterator[tuple[Path, str]]:
    name = intrinsic(value)
    if name is not None and name not in RESOLVED:
        yield path, f"{name} brings in what is not in this template"
        return
    text = subject.resolver.text(value) if name is not None else value
    if name is not None and UNKNOWN in str(text):
        yield path, f"{name} refers to what is not in this template: {str(value)[:120]}"
        return
    if isinstance(text, str) and _DYNAMIC.search(text):
        yield path, "a dynamic reference brings in what is not in this template"
    elif isinstance(value, dict):
        for key, each in value.items():
            # Beside other members an intrinsic is none, but a macro is expanded wherever it stands.
            if name is None and str(key).startswith(MACRO):
                yield (*path, str(key)), f"{key} beside other members: what is made of it is not told by the template"
            yield from _outside(subject, (*path, str(key)), each)
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _outside(subject, (*path, index), each)


RULE = Rule(
    "TWA007",
    "No value comes from outside the template",
    "An import, a parameter or a dynamic reference can hold production's id on the day of the deployment, and ties the twin's stack to another one.",
    "Write the value out, or refer to a resource of this template.",
    _check,
)
