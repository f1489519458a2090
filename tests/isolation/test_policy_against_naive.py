"""The decision against a second, naive reading of the same documents: thousands of random policies and requests."""

from __future__ import annotations

import random
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.isolation import naive_policy
from twinstage.isolation.policy.decision import Policies, Request, decide
from twinstage.isolation.policy.document import parse_policy
from twinstage.isolation.policy.matching import action_matches, arn_matches, resource_matches
from twinstage.isolation.policy.principal import Principal

A, B = "111111111111", "222222222222"
ROLE, SESSION = f"arn:aws:iam::{A}:role/app", f"arn:aws:sts::{A}:assumed-role/app/job"
ACTIONS = ["s3:GetObject", "s3:PutObject", "dynamodb:PutItem"]
ACTION_PATTERNS = [*ACTIONS, "*", "s3:*", "S3:get*", "s3:?etObject", "dynamodb:*Item"]
RESOURCES = ["arn:aws:s3:::data/ada/1", "arn:aws:s3:::data/bob/1", f"arn:aws:dynamodb:us-east-1:{A}:table/plans"]
RESOURCE_PATTERNS = [
    *RESOURCES, "*", "arn:aws:s3:::data/*", "arn:aws:s3:::data/${aws:username}/*", "arn:aws:*:table/*", "arn:aws:s3:::d?ta/*/1",
]  # fmt: skip
KEYS = {"aws:username": ["ada", "bob"], "k:list": ["a", "b", ""], "k:number": ["1", "2"], "k:flag": ["true", "false"]}
STRINGS = ["StringEquals", "StringNotEquals", "StringLike", "StringNotLike"]
OPERATORS = {
    "aws:username": [*STRINGS, "ArnLike"],
    "k:list": [f"{q}{o}" for q in ("", "ForAllValues:", "ForAnyValue:") for o in STRINGS],
    "k:number": ["NumericEquals", "NumericNotEquals"],
    "k:flag": ["Bool"],
}
WANTED = {
    "aws:username": ["ada", "a*", "${aws:username}", "arn:aws:s3:::*"],
    "k:list": ["a", "a*", "?", "${aws:username}"],
    "k:number": ["1", "1.0", "2"],
    "k:flag": ["true", "false"],
}
PRINCIPALS = [
    "*",
    {"AWS": "*"},
    {"AWS": ROLE},
    {"AWS": [SESSION]},
    {"AWS": A},
    {"AWS": f"arn:aws:iam::{A}:root"},
    {"AWS": B},
]


def some(dice: random.Random, choices: list[Any]) -> Any:
    """One, or a list of up to two."""
    return dice.choice(choices) if dice.random() < 0.6 else [dice.choice(choices) for _ in range(2)]


def statement(dice: random.Random, *, resource: bool) -> dict[str, Any]:
    made: dict[str, Any] = {"Effect": dice.choice(["Allow", "Allow", "Allow", "Deny"])}
    made[dice.choice(["Action"] * 5 + ["NotAction"])] = some(dice, ACTION_PATTERNS)
    made[dice.choice(["Resource"] * 5 + ["NotResource"])] = some(dice, RESOURCE_PATTERNS)
    if resource:
        made["Principal"] = dice.choice(PRINCIPALS)
    if dice.random() < 0.5:
        made["Condition"] = {}
        for key in dice.sample(sorted(KEYS), dice.choice([1, 1, 2])):
            operator = dice.choice(OPERATORS[key]) + dice.choice(["", "", "IfExists"])
            wanted = some(dice, WANTED[key])
            if dice.random() < 0.15:
                operator, wanted = "Null", dice.choice(["true", "false"])
            made["Condition"].setdefault(operator, {})[key] = wanted
    return made


def statements(dice: random.Random, absent: float, *, resource: bool = False) -> list[dict[str, Any]] | None:
    if dice.random() < absent:
        return None
    return [statement(dice, resource=resource) for _ in range(dice.choice([1, 2, 3]))]


def context_of(dice: random.Random) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for key, values in KEYS.items():
        if dice.random() < 0.7:
            count = dice.choice([1, 2]) if key == "k:list" else 1
            found[key] = tuple(dice.choice(values) for _ in range(count))
    return found


def outcome(seed: int) -> tuple[bool, bool]:
    dice = random.Random(seed)  # noqa: S311  cases, not keys
    policies = {
        "identity": statements(dice, 0.1),
        "boundary": statements(dice, 0.6),
        "session": statements(dice, 0.7),
        "resource": statements(dice, 0.5, resource=True),
    }
    action, resource, owner, context = (
        dice.choice(ACTIONS),
        dice.choice(RESOURCES),
        dice.choice([A, A, B]),
        context_of(dice),
    )
    who = {"account": A, "arn": SESSION, "role": ROLE}
    expected = naive_policy.is_allowed(who, action, resource, owner, context, policies)

    def read(name: str) -> Any:
        found = policies[name]
        kind: Any = "resource" if name == "resource" else "identity"
        return (
            None if found is None else parse_policy({"Version": "2012-10-17", "Statement": found}, name=name, kind=kind)
        )

    identity, session = read("identity"), read("session")
    decision = decide(
        Request(Principal(A, SESSION, ROLE), action, resource, owner, context),
        Policies((identity,) if identity else (), read("boundary"), (session,) if session else None, read("resource")),
    )
    return decision.allowed, expected


@pytest.mark.parametrize("lot", range(10))
def test_the_same_is_decided(lot: int) -> None:
    outcomes = [outcome(seed) for seed in range(lot * 500, lot * 500 + 500)]
    differing = [lot * 500 + at for at, (got, expected) in enumerate(outcomes) if got != expected]
    assert not differing
    assert {expected for _, expected in outcomes} == {True, False}


PATTERN = st.text("ab:/*?", max_size=12)
TEXT = st.text("ab:/*?", max_size=12)


@given(PATTERN, TEXT)
def test_a_glob_covers_what_a_regular_expression_does(pattern: str, text: str) -> None:
    assert resource_matches(pattern, text, {}) == naive_policy.covers(pattern, text)


@given(PATTERN, TEXT)
def test_an_action_s_case_does_not_matter(pattern: str, text: str) -> None:
    assert action_matches(pattern.upper(), text) == naive_policy.covers(pattern, text)


@given(st.lists(PATTERN, min_size=6, max_size=6), st.lists(st.text("ab*", max_size=3), min_size=6, max_size=6))
def test_an_arn_is_compared_part_by_part(pattern: list[str], text: list[str]) -> None:
    wanted = ":".join(part.replace(":", "") for part in pattern)
    parts = wanted.split(":", 5)
    expected = all(map(naive_policy.covers, parts, text)) if wanted != "*" else True
    assert arn_matches(wanted, ":".join(text), {}) == expected


@given(st.text(max_size=8))
def test_a_variable_s_value_stands_for_itself_alone(value: str) -> None:
    pattern, context = "arn:aws:s3:::data/${aws:username}", {"aws:username": (value,)}
    assert resource_matches(pattern, f"arn:aws:s3:::data/{value}", context)
    assert not resource_matches(pattern, f"arn:aws:s3:::data/{value}x", context)


def test_no_pattern_is_slow() -> None:
    pattern, text = "a*" * 3000 + "b", "a" * 20_000
    assert not resource_matches(pattern, text, {})
    assert re.sub("[^*]", "", pattern) == "*" * 3000
