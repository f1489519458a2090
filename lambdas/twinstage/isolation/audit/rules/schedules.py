"""TWA033: what a schedule calls a function with stays in the account."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from twinstage.isolation.audit.rule import Finding, Rule
from twinstage.model.validation import pointer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.isolation.audit.subject import Subject

_ARN = re.compile(r"(?i)\barn:[^\s,;\"'\]}]*")
_ACCOUNT = re.compile(r"(?<![0-9A-Za-z])[0-9]{12}(?![0-9A-Za-z])")
_URL = re.compile(r"//|\bamazonaws\.com", re.IGNORECASE)


def _check(subject: Subject) -> Iterator[Finding]:
    for name, held in subject.template.of_type("AWS::Events::Rule"):
        for index, target in enumerate(subject.objects(held.get("Targets"))):
            if "Input" in target and (told := _outside(subject, target["Input"])):
                yield Finding(pointer(("Resources", name, "Properties", "Targets", index, "Input")), told, name)


def _outside(subject: Subject, given: Any) -> str:
    """Why an event may lead out, empty where it does not."""
    try:
        event = json.loads(given) if isinstance(given, str) else None
    except (ValueError, RecursionError):
        event = None
    if not isinstance(event, dict):
        return "it is no JSON object"
    own = subject.identity.fill(":{region}:{account}:")
    text = json.dumps(event, ensure_ascii=False)
    for arn in _ARN.findall(text):
        if own not in arn:
            return f"{arn} is not of this account and region"
    strangers = set(_ACCOUNT.findall(text)) - {subject.identity.account}
    if strangers:
        return f"{', '.join(sorted(strangers))} is another account"
    if not text.isascii():
        return "it has letters that are no ASCII"
    return "it names a URL" if _URL.search(text) else ""


RULE = Rule(
    "TWA033",
    "What a schedule calls a function with stays in its account",
    "The daily capture does what its event says: whose key masks and signs, and what is read, is decided there.",
    "Name keys of the stack's own account; the settings twinstage:capture and twinstage:capture_options make the event.",
    _check,
)
