"""What an invariant of each newer kind must say, may say and may not say, by the scenario's schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from twinstage.model.invariant import EXPLORATION, REPLAY, invariant_of

SCHEMA = Path(__file__).parents[2] / "lambdas/twinstage/model/schemas/scenario.schema.json"
NAMES = {"names": ["api.ex.test"]}
LOCKED = {"kind": "locked", **NAMES, "txt": "_lock", "holder": "/enactor", "lease_s": 180}
SETTLED = {"kind": "settled", **NAMES, "generation": "plan-{generation}.", "at_least_s": 60}
REPORTS = {"kind": "reports", "functions": ["cleaner"], "response": "/trees/*/*"}
WAITS = {"kind": "waits", "function": "enactor"}
WHOLE = {"kind": "whole", **NAMES, "generation": "plan-{generation}."}


def fits(entry: dict[str, Any]) -> bool:
    document = json.loads(SCHEMA.read_text("utf-8"))
    one = {"$schema": document.get("$schema"), "$defs": document["$defs"], "$ref": "#/$defs/invariant"}
    return bool(Draft202012Validator(one).is_valid({"id": "I", **entry}))


@pytest.mark.parametrize(
    "entry",
    [
        LOCKED,
        LOCKED | {"now": "/now", "functions": ["enactor"], "names": ["*.ex.test"]},
        SETTLED,
        REPORTS,
        REPORTS | {"one_of": ["removed"]},
        REPORTS | {"none_of": ["kept"]},
        WAITS | {"at_least_s": 60},
        WAITS | {"at_most_s": 900},
        WHOLE,
        {"kind": "never_decreases", **NAMES, "txt": "_gen"},
        {"kind": "ttl_at_least", **NAMES, "seconds": 5},
    ],
)
def test_what_an_invariant_may_say(entry: dict[str, Any]) -> None:
    assert fits(entry)


@pytest.mark.parametrize(
    "entry",
    [
        *(
            {name: value for name, value in LOCKED.items() if name != left_out}
            for left_out in ("txt", "holder", "lease_s")
        ),
        LOCKED | {"lease_s": 0},
        SETTLED | {"at_most_s": 90},
        {name: value for name, value in SETTLED.items() if name != "at_least_s"},
        REPORTS | {"one_of": []},
        REPORTS | NAMES,
        WAITS,
        WHOLE | {"behind": 2},
        {"kind": "never_decreases", **NAMES},
        {"kind": "never_decreases", **NAMES, "txt": "_gen", "generation": "plan-{generation}."},
        {"kind": "ttl_at_least", **NAMES},
    ],
)
def test_what_an_invariant_may_not_say(entry: dict[str, Any]) -> None:
    assert not fits(entry)


@pytest.mark.parametrize("entry", [LOCKED, SETTLED, REPORTS, WAITS | {"at_most_s": 900}])
def test_what_is_asked_of_conduct_and_endings_is_asked_of_explorations_only(entry: dict[str, Any]) -> None:
    assert invariant_of({"id": "I", **entry}).asked_in == {EXPLORATION}
    assert REPLAY in invariant_of({"id": "I", **WHOLE}).asked_in
