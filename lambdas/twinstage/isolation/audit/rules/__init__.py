"""The rules, one a module, by code. What is found is in the order of the codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.isolation.audit.rules import (
    accounts,
    attributes,
    boundary,
    boundary_reach,
    capture_edge,
    closed_values,
    code,
    condition_keys,
    denies,
    deployment,
    dns_firewall,
    endpoints,
    environment,
    identity_reach,
    known_properties,
    names,
    open_actions,
    outputs,
    own_logs,
    own_roles,
    references,
    required_properties,
    resource_policies,
    resource_types,
    safe_values,
    schedules,
    sections,
    security_groups,
    state_machine,
    tags,
    trust,
    variables,
    zones,
)

if TYPE_CHECKING:
    from twinstage.isolation.audit.rule import Rule

_MODULES = (
    accounts, attributes, boundary, boundary_reach, capture_edge, closed_values, code, condition_keys, denies, deployment, dns_firewall,
    endpoints, environment, identity_reach, known_properties, names, open_actions, outputs, own_logs, own_roles, references,
    required_properties, resource_policies, resource_types, safe_values, schedules, sections, security_groups, state_machine, tags, trust,
    variables, zones,
)  # fmt: skip

RULES: tuple[Rule, ...] = tuple(sorted((module.RULE for module in _MODULES), key=lambda rule: rule.code))
"""Every rule, sorted by code."""
