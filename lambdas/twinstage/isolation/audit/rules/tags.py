"""TWA024: everything carries the tag of its run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from twinstage.isolation.audit.grammar import Examined
from twinstage.isolation.audit.rule import Finding, Rule
from twinstage.model.leftovers import TTL_TAG
from twinstage.model.twin import RUN_TAG
from twinstage.model.validation import pointer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.isolation.audit.subject import Subject

_LONGEST_HOURS = 999
_HOURS = re.compile(r"[1-9][0-9]{0,2}")
_MEMBERS = ("Tags", "HostedZoneTags", "HealthCheckTags")


def _check(subject: Subject) -> Iterator[Finding]:
    if not subject.identity.of_a_run:
        return
    for name, resource in subject.template.resources.items():
        shape = subject.shapes.get(resource["Type"])
        member = next((each for each in _MEMBERS if shape and shape.members.get(each) == Examined()), None)
        if member is None:
            continue
        tags = subject.objects(subject.properties(name).get(member))
        for index, tag in enumerate(tags):
            if set(tag) - {"Key", "Value"}:
                place = pointer(("Resources", name, "Properties", member, index))
                yield Finding(place, "a tag has a Key and a Value, and nothing else", name)
        lives = [str(tag.get("Value")) for tag in tags if tag.get("Key") == TTL_TAG]
        if wrong := [each for each in lives if _HOURS.fullmatch(each) is None]:
            place = pointer(("Resources", name, "Properties", member))
            yield Finding(place, f"{TTL_TAG} is {wrong[0]}, at most {_LONGEST_HOURS} hours", name)
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
