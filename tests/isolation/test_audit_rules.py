"""Each rule by itself: what keeps it, what breaks it, and what cannot be read."""

from __future__ import annotations

import copy
import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.isolation.leaks.leak import one
from tests.isolation.rule_cases import CASES
from twinstage.isolation.audit.prove import audit
from twinstage.isolation.audit.rules import RULES
from twinstage.isolation.audit.template import read_template

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.isolation.leaks.leak import Change
    from tests.isolation.rule_cases import Case
    from twinstage.isolation.audit.report import AuditReport
    from twinstage.isolation.audit.rule import Rule

by_code = pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.code))


def audited(template: dict[str, Any], change: Change, rules: Sequence[Rule]) -> AuditReport:
    changed = copy.deepcopy(template)
    change(changed)
    return audit([read_template("template.json", changed)], clock=time.process_time, rules=rules)


def rule(code: str) -> Rule:
    return next(each for each in RULES if each.code == code)


def test_every_rule_over_a_template_has_its_cases() -> None:
    assert [case.code for case in CASES] == [each.code for each in RULES if each.code != "TWA027"]


@by_code
def test_what_keeps_a_rule_breaks_no_rule(case: Case, stacks: dict[str, dict[str, Any]]) -> None:
    report = audited(stacks[case.stack], case.compliant, RULES)

    assert [(each.rule.code, each.finding.message) for each in report.violations] == []


@by_code
def test_what_breaks_a_rule_is_found_by_it(case: Case, stacks: dict[str, dict[str, Any]]) -> None:
    report = audited(stacks[case.stack], case.broken, [rule(case.code)])

    assert report.violations
    assert all(each.finding.message and each.finding.pointer for each in report.violations)


@by_code
def test_what_cannot_be_read_is_a_violation(case: Case, stacks: dict[str, dict[str, Any]]) -> None:
    report = audited(stacks[case.stack], case.error, RULES)

    assert report.violations


@pytest.mark.parametrize("word", ["generate", "load", "state"])
def test_a_function_of_production_may_be_called_by_a_word_that_the_machine_says(
    word: str, stacks: dict[str, dict[str, Any]]
) -> None:
    template = json.loads(json.dumps(stacks["twin"]).replace("enactor", word))

    assert [each.finding.message for each in audited(template, lambda _: None, RULES).violations] == []


@pytest.mark.parametrize(
    ("name", "found"), [("dns-plans", True), ("plans", True), ("dns-enactor", True), ("other", False)]
)
def test_a_table_of_production_is_found_in_the_machine_whatever_it_is_called(
    name: str, found: bool, stacks: dict[str, dict[str, Any]]
) -> None:
    def changed(template: dict[str, Any]) -> None:
        machine = one(template, "AWS::StepFunctions::StateMachine")
        definition = json.loads(machine["DefinitionString"])
        definition["States"]["Prepare"]["Arguments"]["Payload"]["to"] = name
        machine["DefinitionString"] = json.dumps(definition)

    template = json.dumps(stacks["twin"]).replace("-enactor", "-dns-enactor")
    template = template.replace("dns-plans", "plans") if name == "plans" else template
    report = audited(json.loads(template), changed, [rule("TWA023")])
    assert bool(report.violations) is found
