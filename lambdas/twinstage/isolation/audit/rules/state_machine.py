"""TWA023: the machine calls the template's own functions, and nothing else."""

from __future__ import annotations

import json
import re
from itertools import chain
from typing import TYPE_CHECKING, Any

from twinstage.isolation.audit.rule import Finding, Rule
from twinstage.isolation.audit.rules.definition_data import strange_data
from twinstage.isolation.audit.rules.pipeline_states import called_by, strange_states
from twinstage.isolation.audit.words import STRANGE
from twinstage.model.validation import pointer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from twinstage.isolation.audit.subject import Subject

_INVOKE, _READ = "arn:aws:states:::lambda:invoke", "arn:aws:states:::s3:getObject"
# Calls a function too, and then waits until somebody reports with the token that it was given.
_WAIT = f"{_INVOKE}.waitForTaskToken"
_ASKS = "ApproveFunction"
_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")
# A path into what Prepare wrote: neither a literal nor anything worked out of one.
_PATH = re.compile(r"\{%\s*\$\w+(\.\w+)*\s*%\}")
_ARN = re.compile(r"(?i)\barn:")
# What reads its values by JSONPath, writes elsewhere, or acts with other rights than the machine's.
_NEVER = frozenset({"Parameters", "ResultWriter", "Credentials"})
_WORD = re.compile(r"[A-Za-z]+")
_LANGUAGE = "JSONata"
_FUNCTION = "AWS::Lambda::Function"


def _check(subject: Subject) -> Iterator[Finding]:
    for name, held in subject.template.of_type("AWS::StepFunctions::StateMachine"):
        place = ("Resources", name, "Properties")
        of_product = subject.identity.kind == "data-twin"
        given = held.get("DefinitionSubstitutions", {})
        substitutions: Mapping[str, Any] = given if isinstance(given, dict) else {"": None}
        for key, value in substitutions.items():
            if told := (called_by if of_product else _substituted)(subject, key, value):
                yield Finding(pointer((*place, "DefinitionSubstitutions", key)), told, name)
        definition = _definition(held.get("DefinitionString"))
        at = pointer((*place, "DefinitionString"))
        if definition is None:
            yield Finding(at, "the definition is no JSON object, or says something twice", name)
        elif not of_product and definition.get("QueryLanguage") != _LANGUAGE:
            yield Finding(at, f"its query language is not {_LANGUAGE}", name)
        known = frozenset(substitutions)
        if of_product:
            strange = strange_states(subject, definition or {}, known)
        else:
            strange = chain(_strange(definition, known), strange_data(definition, _telling_names(subject)))
        for message in strange:
            yield Finding(at, message, name)


def _substituted(subject: Subject, key: str, value: Any) -> str:
    """Why a placeholder does not stand for the stage that it names; empty where it does."""
    function = subject.refers(value, _FUNCTION, frozenset({"Arn"}))
    if function is None:
        return f"{key} is no function of this template"
    stage = subject.identity.fill("twin-{run}-") + key.removesuffix("Function")
    called = subject.resolver.text(subject.properties(function).get("FunctionName"))
    return "" if called == stage else f"{key} is {called}, not {stage}"


def _telling_names(subject: Subject) -> frozenset[str]:
    """Production's names, but for functions whose name is a word that the machine says of itself, such as "generate": whom it calls is a placeholder, and told by `_called`."""
    functions = subject.production_functions
    return subject.production_tables | {name for name in functions if not _WORD.fullmatch(name)}


def _definition(text: Any) -> Any:
    try:
        found = json.loads(text, object_pairs_hook=_once) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member that is given twice")
    return found


def _strange(value: Any, known: frozenset[str]) -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from _strange(each, known)
    elif isinstance(value, str):
        if _ARN.search(value) is not None:
            yield f"it names {value[:80]!r}"
        for shape, what in STRANGE:
            if (found := shape.search(value)) is not None:
                yield f"it names {found[0]}, {what}"
    elif isinstance(value, dict):
        if "Resource" in value or value.get("Type") == "Task":
            yield from _called(value, known)
        for key, each in value.items():
            if key in _NEVER or key.endswith(".$") or (key == "QueryLanguage" and each != _LANGUAGE):
                yield f"{key} is not known to be safe here"
            if key != "Resource":
                yield from _strange(each, known)


def _called(value: Mapping[str, Any], known: frozenset[str]) -> Iterator[str]:
    """What is wrong with whom a task or a reader of items calls."""
    resource, given = value.get("Resource"), value.get("Arguments")
    arguments = given if isinstance(given, dict) else {}
    if resource in (_INVOKE, _WAIT) and value.get("Type") == "Task":
        function = arguments.get("FunctionName")
        named = _PLACEHOLDER.fullmatch(function) if isinstance(function, str) else None
        if named is None or named[1] not in known:
            yield f"a state calls the function {function!r}, which is none of this template"
        elif resource == _WAIT and named[1] != _ASKS:
            yield f"a token is handed to {function!r}, and nobody but {_ASKS} asks somebody"
        members = {"FunctionName", "Payload"}
    elif resource == _READ and "ReaderConfig" in value:
        paths = {name: arguments.get(name) for name in ("Bucket", "Key")}
        for name, path in paths.items():
            if not isinstance(path, str) or _PATH.fullmatch(path) is None:
                yield f"{name} is {path!r}, not a path into what Prepare wrote"
        members = set(paths)
    else:
        yield f"a state calls {resource!r}; a task may call {_INVOKE} or {_WAIT}, a reader of items {_READ}"
        return
    if strange := sorted(set(arguments) - members):
        yield f"{', '.join(strange)} is not known to be safe here"


RULE = Rule(
    "TWA023",
    "The machine calls the template's own functions, and nothing else",
    "Step Functions can call any API of AWS, any HTTP endpoint, and, with credentials of a state's own, any account.",
    "Call ${StateFunction}, substituted by the function's Arn; a new kind of task is added to the rule first.",
    _check,
)
