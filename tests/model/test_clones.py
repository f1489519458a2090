"""What a twin must be made of: whatever changes what is granted or made there makes another digest."""

from __future__ import annotations

from typing import Any

import pytest

from twinstage.model.clones import clones_digest

CHANGE = {"enactor": {"code": "candidate", "handler": "app.handler"}}


def made_of(**others: Any) -> str:
    given: dict[str, Any] = {
        "arms": ("baseline", "candidate"),
        "packages": {"enactor": "1" * 64},
        "changes": CHANGE,
        "keep": ("LOG_LEVEL", "REGION"),
        "stress": "zone",
        "spare_zones": ("a.example.", "b.example."),
        "shaped_tables": ("hosts", "plans"),
    }
    return clones_digest(**{**given, **others})


@pytest.mark.parametrize(
    "other",
    [
        {"arms": ("baseline", "candidate", "repeat")},
        {"packages": {"enactor": "2" * 64}},
        {"changes": {"enactor": {**CHANGE["enactor"], "handler": "other.handler"}}},
        {"keep": ("LOG_LEVEL",)},
        {"stress": "function"},
        {"stress": ""},
        {"spare_zones": ("a.example.",)},
        {"shaped_tables": ("hosts",)},
        {"spare_zones": ("hosts", "plans"), "shaped_tables": ("a.example.", "b.example.")},
    ],
    ids=str,
)
def test_whatever_a_twin_is_made_of_otherwise_makes_another_digest(other: dict[str, Any]) -> None:
    assert made_of(**other) != made_of()


@pytest.mark.parametrize(
    "same",
    [
        {"keep": ["REGION", "LOG_LEVEL"]},
        {"spare_zones": ["b.example.", "a.example."]},
        {"shaped_tables": ["plans", "hosts", "plans"]},
        {"changes": {"enactor": {**CHANGE["enactor"], "code": "elsewhere", "environment": {}, "unset": ()}}},
    ],
    ids=str,
)
def test_order_repetition_and_what_is_not_given_say_nothing(same: dict[str, Any]) -> None:
    assert made_of(**same) == made_of()
