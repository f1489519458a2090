"""TWA031: what runs logs into the group of its own name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.isolation.audit.rule import Finding, Rule
from twinstage.model.validation import pointer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from twinstage.isolation.audit.subject import Subject

_GROUP = "AWS::Logs::LogGroup"


def _check(subject: Subject) -> Iterator[Finding]:
    for name, held in subject.template.of_type("AWS::Lambda::Function"):
        config = held.get("LoggingConfig")
        group = config.get("LogGroup") if isinstance(config, dict) else None
        yield from _other(subject, name, ("LoggingConfig", "LogGroup"), group, "/aws/lambda/", held.get("FunctionName"))
    for name, held in subject.template.of_type("AWS::StepFunctions::StateMachine"):
        for index, group in enumerate(_destinations(held)):
            place = ("LoggingConfiguration", "Destinations", index)
            yield from _other(subject, name, place, group, "/aws/vendedlogs/states/", held.get("StateMachineName"))


def _destinations(held: Mapping[str, Any]) -> Iterator[Any]:
    """The group of each destination; None where there is none, which breaks a rule of its own."""
    config = held.get("LoggingConfiguration")
    destinations = config.get("Destinations") if isinstance(config, dict) else None
    for each in destinations if isinstance(destinations, list) else ():
        group = each.get("CloudWatchLogsLogGroup") if isinstance(each, dict) else None
        yield group.get("LogGroupArn") if isinstance(group, dict) else None


def _other(
    subject: Subject, name: str, place: tuple[str | int, ...], group: Any, prefix: str, runs: Any
) -> Iterator[Finding]:
    referred = subject.refers(group, _GROUP) or subject.refers(group, _GROUP, frozenset({"Arn"}))
    # What is no group of this template breaks a rule of its own.
    if referred is None:
        return
    own = prefix + subject.resolver.text(runs)
    found = subject.resolver.text(subject.properties(referred).get("LogGroupName"))
    if found != own:
        yield Finding(pointer(("Resources", name, "Properties", *place)), f"it logs into {found}, not into {own}", name)


RULE = Rule(
    "TWA031",
    "What runs logs into the group of its own name",
    "In another's log a clone's lines are taken for that one's, and its own are missing where they are looked for.",
    "Give it a log group of its own, named as it is.",
    _check,
)
