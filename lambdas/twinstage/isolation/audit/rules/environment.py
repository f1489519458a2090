"""TWA022: what a function is told names nothing but the twin."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from twinstage.isolation.audit.identity import SECTION
from twinstage.isolation.audit.rule import Finding, Rule
from twinstage.isolation.audit.values import CLOSE, OPEN, UNKNOWN
from twinstage.isolation.policy.matching import glob
from twinstage.model.rewrite import WITHHELD
from twinstage.model.tokens import TOKEN
from twinstage.model.validation import pointer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from twinstage.isolation.audit.subject import Subject

_HANDLER = "TWINSTAGE_HANDLER"
_WORDS = frozenset({WITHHELD, "twinstage", "true", "false"})
_NAMES = (
    "twin-{run}",
    "twin-{run}-*",
    "{run}",
    "{account}",
    "{region}",
    "twinstage-evidence-{account}-{region}",
    "twinstage-snapshots-{account}-{region}",
)
_NUMBER = re.compile(r"-?\d{1,11}(\.\d{1,9})?")
_REFERENCE = re.compile(f"{OPEN}[^{CLOSE}]*{CLOSE}")
_ARN = re.compile(r"arn:[^\s,;\"'\]}]+")
_ACCOUNT = re.compile(r"(?<![0-9A-Za-z])\d{12}(?![0-9A-Za-z])")
STRANGE = (
    (re.compile(r"(?i)[a-z][a-z0-9+.-]*://"), "a URL"),
    (re.compile(r"(?i)\bamazonaws\.com"), "a service's host"),
    (re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{12,}"), "an access key"),
    (re.compile(r"(?<![A-Za-z0-9])Z[A-Z0-9]{12,31}(?![A-Za-z0-9])"), "a hosted zone's id"),
    (re.compile(r"\b[a-z]{2,8}-(?:[a-z]{2,6}-)?(?=[0-9a-f]*\d)[0-9a-f]{8}(?:[0-9a-f]{9})?\b"), "an id of a resource"),
)
"""Texts that name something outside of a template, whatever the code does with them, and what they are."""


def _check(subject: Subject) -> Iterator[Finding]:
    for name, held in subject.template.of_type("AWS::Lambda::Function"):
        environment = held.get("Environment")
        variables = environment.get("Variables") if isinstance(environment, dict) else None
        if environment is None:
            continue
        place = ("Resources", name, "Properties", "Environment", "Variables")
        if not isinstance(variables, dict):
            yield Finding(pointer(place), "the variables are no object", name)
            continue
        told, kept = _told(subject.template.resources[name])
        for variable, value in variables.items():
            meant = variable in told and told[variable] == value
            if why := _leads_out(subject, variable, value, meant=meant, kept=variable in kept):
                yield Finding(pointer((*place, variable)), f"{variable}: {why}", name)


def _told(function: Mapping[str, Any]) -> tuple[Mapping[str, Any], Sequence[Any]]:
    """What the template says that a clone's variables are meant to hold, and which of them are kept on purpose; the others are rewritten to the twin."""
    metadata = function.get("Metadata")
    said = metadata.get(SECTION) if isinstance(metadata, dict) else None
    told, kept = (said.get("Environment"), said.get("Kept")) if isinstance(said, dict) else (None, None)
    return told if isinstance(told, dict) else {}, kept if isinstance(kept, list) else ()


def _leads_out(subject: Subject, variable: str, value: Any, *, meant: bool, kept: bool) -> str:
    """Why a value may name what is not the twin's; empty where it does not."""
    text = subject.resolver.text(value)
    if UNKNOWN in text:
        return "its value cannot be told from the template"
    for arn in _ARN.findall(text):
        if not _own_arn(subject, arn):
            return f"{arn} is not the twin's"
    rest = _ARN.sub("", _REFERENCE.sub("", text))
    if strangers := set(_ACCOUNT.findall(rest)) - {subject.identity.account}:
        return f"{', '.join(sorted(strangers))} is another account"
    for shape, what in STRANGE:
        if (found := shape.search(_without_names(subject, rest))) is not None:
            return f"{found[0]} is {what}"
    if (meant and kept) or (variable == _HANDLER and re.fullmatch(r"[\w/-]+(\.[\w-]+)+", rest)):
        return ""
    words = TOKEN.findall(rest)
    unknown = [word for word in words if not _known(subject, word)]
    # What was rewritten may say more beside the twin's names; what names nothing of it was not rewritten.
    rewritten = meant and (text != rest or len(unknown) < len(words))
    return f"{unknown[0]!r} names nothing of the twin" if unknown and not rewritten else ""


def _own_arn(subject: Subject, arn: str) -> bool:
    own = subject.belongings.of(subject.identity.kind).values()
    return any(pattern != "*" and glob(pattern).matches(arn) for patterns in own for pattern in patterns)


def _without_names(subject: Subject, text: str) -> str:
    """The text without the names of this run, whose parts may look like ids."""
    return TOKEN.sub(lambda word: "" if _known(subject, word[0]) else word[0], text) if "://" not in text else text


def _known(subject: Subject, word: str) -> bool:
    """Whether a word is the twin's own, or says nothing: a number, true or false."""
    bare = word.rstrip(".")
    zones = {str(held.get("Name", "")).rstrip(".") for _, held in subject.template.of_type("AWS::Route53::HostedZone")}
    if bare in _WORDS or bare in zones or _NUMBER.fullmatch(bare):
        return True
    names = [subject.identity.fill(name) for name in _NAMES if subject.identity.run or "{run}" not in name]
    return any(glob(name).matches(bare) for name in names)


RULE = Rule(
    "TWA022",
    "What a function is told names nothing but the twin",
    "Code does what its environment says: a production table's name, queue's URL or key in it is where the code will go.",
    "Rewrite the value to the twin's, or withhold it; a value kept on purpose goes through the scenario's `environment.keep`.",
    _check,
)
