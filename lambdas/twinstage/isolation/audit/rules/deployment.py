"""TWA027: the stack is deployed where it says it belongs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from twinstage.isolation.audit.rule import Finding, Rule
from twinstage.model.validation import pointer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.isolation.audit.subject import Subject

_ACCOUNT = re.compile(r"(?<![0-9A-Za-z])[0-9]{12}(?![0-9A-Za-z])")
_REGION = re.compile(r"(?<![a-z])[a-z]{2}(?:-[a-z]+)+-[0-9](?![0-9])")
_PACKAGED = (("AWS::Lambda::Function", "Code"), ("AWS::Lambda::LayerVersion", "Content"))


def _check(subject: Subject) -> Iterator[Finding]:
    deployment, identity = subject.template.deployment, subject.identity
    where = deployment.where
    if where is not None and where != (identity.account, identity.region):
        told = f"it is deployed into account {where[0]} in {where[1]}, and belongs into {identity.account} in {identity.region}"
        yield Finding("", told)
    for place, text in deployment.by:
        if told := _elsewhere(subject, place, text):
            yield Finding("", f"{place}: {told}")
    if deployment.packages is not None:
        for name, member in _PACKAGED:
            for resource, held in subject.template.of_type(name):
                package = held.get(member)
                key = package.get("S3Key") if isinstance(package, dict) else None
                if key not in deployment.packages:
                    at = pointer(("Resources", resource, "Properties", member, "S3Key"))
                    yield Finding(at, f"{key} is not among what is uploaded for this stack", resource)


def _elsewhere(subject: Subject, place: str, text: str) -> str:
    """Why what whoever deploys uses is not this account's in this region; empty where it is."""
    identity, member = subject.identity, place.rpartition("/")[2]
    if member == "region":
        return "" if text == identity.region else f"{text} is another region"
    accounts = set(_ACCOUNT.findall(text))
    if accounts == {identity.account} and not set(_REGION.findall(text)) - {identity.region}:
        return ""
    return f"{text} is not of account {identity.account} in {identity.region}"


RULE = Rule(
    "TWA027",
    "A stack is deployed into the account it was proven for",
    "Everything proven of a template is proven for one account: in another one the same names are another's.",
    "Synthesize again with that account, or correct the assembly's manifest.",
    _check,
)
