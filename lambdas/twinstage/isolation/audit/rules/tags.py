"""TWA024: everything carries the tag of its run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.isolation.audit.grammar import Examined
from twinstage.isolation.audit.rule import Finding, Rule
from twinstage.model.twin import RUN_TAG
from twinstage.model.validation import pointer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.isolation.audit.subject import Subject

_MEMBERS = ("Tags", "HostedZoneTags", "HealthCheckTags")


def _check(subject: Subject) -> Iterator[Finding]:
    if subject.identity.kind != "twin":
        return
    for name, resource in subject.template.resources.items():
        shape = subject.shapes.get(resource["Type"])
        member = next((each for each in _MEMBERS if shape and shape.members.get(each) == Examined()), None)
        if member is None:
            continue
        tags = subject.objects(subject.properties(name).get(member))
        runs = [tag.get("Value") for tag in tags if tag.get("Key") == RUN_TAG]
        if runs != [subject.identity.run]:
            told = f"{RUN_TAG} is {runs[0]!r}" if runs else f"there is no {RUN_TAG}"
            yield Finding(
                pointer(("Resources", name, "Properties", member)),
                f"{told}, where the run is {subject.identity.run}",
                name,
            )


RULE = Rule(
    "TWA024",
    "Everything that takes tags carries the tag of its run",
    "What removes a twin's leftovers goes by this tag: without it a thing stays, with another run's it is taken from that one.",
    "Tag the whole stack with twinstage:run.",
    _check,
)
