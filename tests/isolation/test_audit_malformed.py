"""Whatever stands in a template, the audit says something of it: bad input, a violation, or that it leads nowhere. It never breaks."""

from __future__ import annotations

import copy
import itertools
import time
from typing import TYPE_CHECKING, Any

import pytest

from twinstage.isolation.audit.prove import audit
from twinstage.isolation.audit.template import read_template
from twinstage.model.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

JUNK: tuple[Any, ...] = (
    None,
    7,
    "x",
    [],
    {},
    [[1]],
    {"Ref": ["x"]},
    {"Fn::GetAtt": 7},
    {"Fn::Join": "x"},
    {"Fn::Sub": []},
)


def one_of_each(template: dict[str, Any]) -> dict[str, Any]:
    """The template with one resource of each type."""
    kept: dict[str, tuple[str, Any]] = {}
    for name, resource in template["Resources"].items():
        kept.setdefault(resource["Type"], (name, resource))
    return {**template, "Resources": dict(kept.values())}


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in members:
        yield from places(each, (*path, key))


def replaced(template: dict[str, Any], path: tuple[Any, ...], junk: Any) -> dict[str, Any]:
    changed = copy.deepcopy(template)
    place = changed
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = junk
    return changed


@pytest.mark.parametrize("step", [4, pytest.param(1, marks=pytest.mark.long)], ids=["every fourth", "every"])
@pytest.mark.parametrize("stack", ["capture", "platform", "twin"])
def test_no_place_of_a_template_breaks_the_audit(stack: str, step: int, stacks: dict[str, dict[str, Any]]) -> None:
    template = one_of_each(stacks[stack])

    refused = []
    for number, path in enumerate(itertools.islice(places(template), 0, None, step)):
        junk = JUNK[number % len(JUNK)]
        try:
            audit([read_template("template", replaced(template, path, junk))], clock=time.process_time)
        except InputError:
            refused.append(path)

    # Only what makes it no template, or nobody's.
    assert all(path[0] == "Metadata" or len(path) <= len(("Resources", "Name", "Type")) for path in refused)
