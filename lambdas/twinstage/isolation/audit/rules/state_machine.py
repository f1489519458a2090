"""TWA023: the machine calls the template's own functions, and nothing else."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from twinstage.isolation.audit.rule import Finding, Rule
from twinstage.model.validation import pointer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from twinstage.isolation.audit.subject import Subject

TASKS = frozenset({"arn:aws:states:::lambda:invoke", "arn:aws:states:::s3:getObject"})
"""What a task or a map may call: the functions, and the two arrays it iterates over."""

_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")
# Members that name whom or what a state reaches: a JSONata expression works them out of what Prepare wrote, a literal would be somebody's.
_EXPRESSIONS = frozenset({"Bucket", "Key"})
_FUNCTION = "AWS::Lambda::Function"


def _check(subject: Subject) -> Iterator[Finding]:
    for name, held in subject.template.of_type("AWS::StepFunctions::StateMachine"):
        place = ("Resources", name, "Properties")
        given = held.get("DefinitionSubstitutions", {})
        substitutions: Mapping[str, Any] = given if isinstance(given, dict) else {"": None}
        for key, value in substitutions.items():
            if subject.refers(value, _FUNCTION, frozenset({"Arn"})) is None:
                yield Finding(
                    pointer((*place, "DefinitionSubstitutions", key)), f"{key} is no function of this template", name
                )
        definition = _definition(held.get("DefinitionString"))
        at = pointer((*place, "DefinitionString"))
        if definition is None:
            yield Finding(at, "the definition is no JSON text", name)
        for message in _strange(definition, frozenset(substitutions)):
            yield Finding(at, message, name)


def _definition(text: Any) -> Any:
    try:
        found = json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _strange(value: Any, known: frozenset[str]) -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from _strange(each, known)
    if not isinstance(value, dict):
        return
    for key, each in value.items():
        if key == "Resource":
            if each not in TASKS:
                yield f"a state calls {each!r}, which is none of {', '.join(sorted(TASKS))}"
        elif key == "FunctionName":
            named = _PLACEHOLDER.fullmatch(each) if isinstance(each, str) else None
            if named is None or named[1] not in known:
                yield f"a state calls the function {each!r}, which is none of this template"
        elif key == "Credentials":
            yield "a state takes a role of its own"
        elif isinstance(each, str):
            if "arn:" in each or (key in _EXPRESSIONS and not (each.startswith("{%") and each.endswith("%}"))):
                yield f"{key} names {each[:80]!r}"
        else:
            yield from _strange(each, known)


RULE = Rule(
    "TWA023",
    "The machine calls the template's own functions, and nothing else",
    "Step Functions can call any API of AWS, any HTTP endpoint, and, with credentials of a state's own, any account.",
    "Call ${StateFunction}, substituted by the function's Arn; a new kind of task is added to the rule first.",
    _check,
)
