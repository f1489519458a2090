"""The proof: every rule over every template."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.isolation.audit.identity import Claims, identify
from twinstage.isolation.audit.report import Audited, AuditReport, Violation
from twinstage.isolation.audit.rules import RULES
from twinstage.isolation.audit.subject import Subject
from twinstage.isolation.policy.actions import action_table
from twinstage.model.errors import InputError, InputProblem

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from twinstage.isolation.audit.identity import Identity
    from twinstage.isolation.audit.rule import Rule
    from twinstage.isolation.audit.template import Template

MS = 1000.0


def audit(
    templates: Sequence[Template],
    claims: Claims | None = None,
    *,
    clock: Callable[[], float],
    rules: Sequence[Rule] = RULES,
) -> AuditReport:
    """Hold every template to every rule. `clock` counts seconds (of the processor: a proof waits for nothing) and only serves to say how long it took.

    Raises InputError, with every problem of every template, where nobody knows whose a template is.
    """
    identities: list[Identity] = []
    problems: list[InputProblem] = []
    for template in templates:
        try:
            identities.append(identify(template, claims or Claims()))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    table = action_table()
    pairs = zip(templates, identities, strict=True)
    found = [_audited(Subject(each, identity, table, identities), rules, clock) for each, identity in pairs]
    return AuditReport(tuple(found), table.provenance)


def _audited(subject: Subject, rules: Sequence[Rule], clock: Callable[[], float]) -> Audited:
    began, template = clock(), subject.template
    violations = tuple(
        Violation(rule, finding, template.file, template.line(finding.pointer))
        for rule in rules
        for finding in rule.check(subject)
    )
    statements = sum(len(grant.statements) for grant in subject.grants)
    return Audited(
        template.file, subject.identity, violations, statements, len(template.resources), (clock() - began) * MS
    )
