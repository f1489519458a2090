"""The audit finds every leak of the corpus, and nothing in the stacks as they are."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.isolation.leaks.corpus import CORPUS
from twinstage.isolation.audit.prove import audit
from twinstage.isolation.audit.rules import RULES
from twinstage.isolation.audit.template import read_template

if TYPE_CHECKING:
    from twinstage.isolation.audit.report import AuditReport

FEWEST = 100
# Held to what a cloud assembly says of a template, which no single template does: see test_audit_reading.
OF_ASSEMBLIES = {"TWA027"}


def audited(name: str, template: dict[str, Any]) -> AuditReport:
    return audit([read_template(name, template)], clock=time.process_time)


@pytest.fixture(scope="module")
def found(stacks: dict[str, dict[str, Any]]) -> dict[str, set[str]]:
    """Leak -> the codes of the rules that find it."""
    return {
        leak.name: {violation.rule.code for violation in audited(leak.name, leak.of(stacks[leak.stack])).violations}
        for leak in CORPUS
    }


@pytest.mark.parametrize("stack", ["capture", "platform", "twin"])
def test_nothing_is_found_in_the_stacks_as_they_are(stack: str, stacks: dict[str, dict[str, Any]]) -> None:
    report = audited(stack, stacks[stack])

    assert [(v.rule.code, v.finding) for v in report.violations] == []
    assert report.proven
    assert report.profile == "two-accounts"


def test_the_corpus_is_large_and_its_names_are_unique() -> None:
    assert len(CORPUS) >= FEWEST
    assert len({leak.name for leak in CORPUS}) == len(CORPUS)


def test_every_leak_is_found(found: dict[str, set[str]]) -> None:
    assert [name for name, codes in found.items() if not codes] == []


@pytest.mark.parametrize("code", [rule.code for rule in RULES if rule.code not in OF_ASSEMBLIES])
def test_without_any_one_rule_a_leak_gets_through(code: str, found: dict[str, set[str]]) -> None:
    assert [name for name, codes in found.items() if codes == {code}]


def test_an_iam_leak_names_role_action_and_an_arn_outside(stacks: dict[str, dict[str, Any]]) -> None:
    leak = next(each for each in CORPUS if each.name.startswith("role: dynamodb:PutItem on arn:aws:dynamodb:*:*:table"))

    report = audited("leaking.json", leak.of(stacks["twin"]))

    [violation] = report.violations
    assert violation.document() == {
        "rule": "TWA013",
        "title": "No role's own policy reaches outside the twin",
        "resource": violation.finding.resource,
        "role": violation.finding.role,
        "action": "dynamodb:PutItem",
        "witness": "arn:aws:dynamodb:us-east-1:111111111111:table/production",
        "message": "dynamodb:PutItem on arn:aws:dynamodb:us-east-1:111111111111:table/production, which is not this stack's own",
        "mend": "Name the run's own resources in the statement, or take the action out.",
        "file": "leaking.json",
        "line": 0,
        "pointer": violation.finding.pointer,
    }
    assert violation.finding.role.startswith("twin-demo-")
    assert violation.finding.pointer.startswith(f"/Resources/{violation.finding.resource}/Properties/Policies/0/")


def test_the_same_template_gives_the_same_findings_in_the_same_order(stacks: dict[str, dict[str, Any]]) -> None:
    leak = next(each for each in CORPUS if each.name == "role: * on *")

    first, second = (audited("x", leak.of(stacks["twin"])).violations for _ in range(2))

    assert first == second


def test_rules_have_codes_of_their_own_and_say_why_and_how_to_mend() -> None:
    codes = [rule.code for rule in RULES]

    assert codes == [f"TWA{number:03d}" for number in range(1, len(RULES) + 1)]
    assert all(rule.title and rule.why and rule.mend for rule in RULES)
