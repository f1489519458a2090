"""TWA030: a function runs the code that it is for."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from twinstage.isolation.audit.own import holder_of
from twinstage.isolation.audit.own_twin import ARMS
from twinstage.isolation.audit.rule import Finding, Rule
from twinstage.isolation.audit.rules.environment import HANDLER
from twinstage.isolation.audit.template import BOOTSTRAP
from twinstage.isolation.audit.values import readable
from twinstage.model.validation import pointer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from twinstage.isolation.audit.subject import Subject

_PACKAGED = {"AWS::Lambda::Function": "Code", "AWS::Lambda::LayerVersion": "Content"}
_RECORDER = "twinstage_recorder.handler"
_STANDING = {"capture": "capture_production", "platform": "sweep"}
_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_QUALIFIER = re.compile(r"/cdk-bootstrap/([a-z0-9]{1,10})/version", re.ASCII)
_DEFAULT_QUALIFIER = "hnb659fds"


def _check(subject: Subject) -> Iterator[Finding]:
    bucket = subject.identity.fill(f"cdk-{_qualifier(subject)}-assets-{{account}}-{{region}}")
    ours = _ours(subject)
    [(shared, _)] = Counter(_package(held) for _, held in ours).most_common(1) or [("", 0)]
    for name, resource in subject.template.resources.items():
        member = _PACKAGED.get(resource["Type"])
        if member is None:
            continue
        held = subject.properties(name)
        package = held.get(member)
        found = subject.resolver.text(package.get("S3Bucket") if isinstance(package, dict) else None)
        if found != bucket:
            place = ("Resources", name, "Properties", member, "S3Bucket")
            yield Finding(
                pointer(place), f"{readable(found)} is not {bucket}, which this template's packages lie in", name
            )
        told = subject.told(name).get("Package")
        if all(name != each for each, _ in ours) and (told is None or told != _package(held)):
            place = ("Resources", name, "Properties", member, "S3Key")
            yield Finding(pointer(place), "the package is not the one that the metadata tells of", name)
    for name, held in ours:
        if _package(held) != shared:
            place = ("Resources", name, "Properties", "Code", "S3Key")
            yield Finding(pointer(place), "it does not have the package of the other functions of its kind", name)
    for name, held in subject.template.of_type("AWS::Lambda::Function"):
        for part, message in _misled(subject, name, held):
            yield Finding(pointer(("Resources", name, "Properties", part)), message, name)


def _ours(subject: Subject) -> list[tuple[str, Mapping[str, Any]]]:
    """The functions that are no clones: all run the one bundle."""
    functions = subject.template.of_type("AWS::Lambda::Function")
    return [(name, held) for name, held in functions if _holder(subject, held) not in ARMS]


def _holder(subject: Subject, held: Mapping[str, Any]) -> str:
    return holder_of(subject.resolver.text(held.get("FunctionName")), subject.identity)


def _package(held: Mapping[str, Any]) -> str:
    package = held.get("Code", held.get("Content"))
    return str(package.get("S3Key")) if isinstance(package, dict) else ""


def _qualifier(subject: Subject) -> str:
    """That of the bootstrap that this template asks for by its own parameter."""
    parameters = subject.template.document.get("Parameters")
    asked = parameters.get(BOOTSTRAP) if isinstance(parameters, dict) else None
    found = _QUALIFIER.fullmatch(str(asked.get("Default"))) if isinstance(asked, dict) else None
    return found[1] if found else _DEFAULT_QUALIFIER


def _misled(subject: Subject, name: str, held: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(property, what is wrong) where something else runs than what the function is for."""
    holder, handler, layers = _holder(subject, held), held.get("Handler"), held.get("Layers")
    if holder not in ARMS:
        wanted = f"twinstage.handlers.{_module(subject, held)}.handler"
        if handler != wanted:
            yield "Handler", f"it runs {handler!r}, not {wanted}"
        if layers:
            yield "Layers", "none of Twinstage's own functions has a layer"
        return
    environment = held.get("Environment")
    variables = environment.get("Variables") if isinstance(environment, dict) else None
    inner = variables.get(HANDLER) if isinstance(variables, dict) else None
    own = subject.told(name).get("Handler")
    recorded = subject.identity.kind == "twin"
    runs = _RECORDER if recorded else own
    if recorded and not layers:
        yield "Layers", "it has no recorder"
    if own is None:
        yield "Handler", "the metadata does not tell which handler its code has"
    elif handler != runs:
        yield "Handler", f"it runs {handler!r}, not {runs}"
    if inner != (own if recorded else None):
        yield "Environment", f"{HANDLER} is {inner!r}, not {own if recorded else 'absent'}"


def _module(subject: Subject, held: Mapping[str, Any]) -> str:
    standing = _STANDING.get(subject.identity.kind)
    name = subject.resolver.text(held.get("FunctionName")).removeprefix(subject.identity.fill("twin-{run}-"))
    return standing or _CAPITAL.sub("_", name).lower()


RULE = Rule(
    "TWA030",
    "A function runs the code that it is for",
    "Another handler is not recorded, or runs what its role was never meant for; a package in a bucket of another name is whoever's that owns the name.",
    "Synthesize again: handlers and packages are the construct's, and its metadata tells of a clone's.",
    _check,
)
