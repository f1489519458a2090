"""Another prover's opinion: z3 finds no ARN outside either, in the stacks as they are, and finds one in a leak.

z3 decides the same question over strings and regular expressions: is there an ARN that an Allow matches, that no unconditional Deny matches, and that is not
one's own? It is slow where there is one, so it is asked about the clean templates, and about one leak that is easy to find.
"""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING, Any

import pytest
import z3

from tests.isolation.leaks.leak import allow, statements
from twinstage.isolation.audit.identity import Claims, identify
from twinstage.isolation.audit.subject import Subject
from twinstage.isolation.audit.template import read_template
from twinstage.isolation.policy.actions import action_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from twinstage.isolation.audit.grants import Grant

ANY = z3.Full(z3.ReSort(z3.StringSort()))
ONE = z3.AllChar(z3.ReSort(z3.StringSort()))


def expression(pattern: str) -> Any:
    """A glob as z3's regular expression. Tokens of resources are letters that no ARN has."""
    parts = [
        ANY if part == "*" else ONE if part == "?" else z3.Re(z3.StringVal(part))
        for part in re.split(r"([*?])", pattern)
        if part
    ]
    return z3.Concat(*parts) if len(parts) > 1 else parts[0] if parts else z3.Re("")


def answer(allowed: str, own: Sequence[str]) -> Any:
    """Whether there is a text that one pattern covers and none of one's own does: one regular language, empty or not."""
    text, solver = z3.String("arn"), z3.Solver()
    parts = [expression(pattern) for pattern in own]
    union = z3.Union(*parts) if len(parts) > 1 else parts[0] if parts else z3.Empty(z3.ReSort(z3.StringSort()))
    solver.add(z3.InRe(text, z3.Intersect(expression(allowed), z3.Complement(union))))
    return solver.check()


def questions(subject: Subject) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """(action, a pattern that is allowed, what is one's own) of every Allow in every role and boundary, each different one once."""
    asked: set[tuple[str, tuple[str, ...]]] = set()
    for grant in subject.grants:
        if grant.wall in ("identity", "boundary"):
            for action, allowed, own in _of(subject, grant):
                if (allowed, own) not in asked:
                    asked.add((allowed, own))
                    yield action, allowed, own


def _of(subject: Subject, grant: Grant) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    for _, statement in grant.statements:
        if statement.effect == "Allow":
            owned = subject.belongings.of(grant.holder, statement)
            for action in statement.actions:
                for pattern in statement.resources:
                    yield action, pattern, tuple(owned.get(action.lower(), ()))


def subject_of(template: dict[str, Any]) -> Subject:
    read = read_template("template", template)
    return Subject(read, identify(read, Claims()), action_table())


@pytest.mark.parametrize("stack", ["capture", "platform", "twin"])
def test_z3_finds_nothing_in_the_stacks_as_they_are(stack: str, stacks: dict[str, dict[str, Any]]) -> None:
    found = [
        (action, allowed)
        for action, allowed, own in questions(subject_of(stacks[stack]))
        if answer(allowed, own) != z3.unsat
    ]

    assert found == []


def test_z3_finds_a_leak_that_is_there(stacks: dict[str, dict[str, Any]]) -> None:
    template = copy.deepcopy(stacks["twin"])
    statements(template, "-Replay")[:] = [allow("sqs:SendMessage", "arn:aws:sqs:us-east-1:111111111111:queue")]

    found = [
        action
        for action, allowed, own in questions(subject_of(template))
        if action.startswith("sqs:") and answer(allowed, own) == z3.sat
    ]

    assert found == ["sqs:SendMessage"]
