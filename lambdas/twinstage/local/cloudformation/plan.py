"""What can be said about a template before anything is made: whether it can be deployed, and in which order."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Any

from twinstage.local.cloudformation.errors import Refused
from twinstage.local.cloudformation.intrinsics import Scope, references, truth

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from twinstage.local.cloudformation.resource import ResourceType
    from twinstage.local.cloudformation.template import Declared, Template

IAM_NAMES = {"AWS::IAM::ManagedPolicy": "ManagedPolicyName", "AWS::IAM::Policy": "", "AWS::IAM::Role": "RoleName"}
"""IAM types with the property that gives them a name of one's own."""
POLICIES = frozenset({"Delete", "Retain", "RetainExceptOnCreate"})


def enabled(template: Template, scope: Scope) -> dict[str, Declared]:
    """The resources whose condition holds, in the template's order."""
    return {
        name: declared
        for name, declared in template.resources.items()
        if declared.condition is None or scope.holds(declared.condition)
    }


def dependencies(declared: Declared, names: Iterable[str]) -> set[str]:
    """The logical ids, among `names`, that must exist before this resource."""
    referred = {name for name, _ in references(declared.properties)} | set(declared.depends_on)
    return referred & set(names)


def order(resources: Mapping[str, Declared]) -> list[str]:
    """Logical ids, each after what it depends on; stable: it follows the template's order. Raises Refused on a cycle."""
    graph = {name: sorted(dependencies(declared, resources)) for name, declared in resources.items()}
    try:
        return list(TopologicalSorter(graph).static_order())
    except CycleError as cycle:
        raise Refused(f"Circular dependency between resources: [{', '.join(sorted(set(cycle.args[1])))}]") from cycle


def check(template: Template, types: Mapping[str, ResourceType]) -> None:
    """Refuse what the engine cannot deploy, all at once: each type or property it would otherwise ignore is named."""
    unknown = sorted({declared.type for declared in template.resources.values()} - set(types))
    problems = [f"Unrecognized resource types: [{', '.join(unknown)}]"] if unknown else []
    for declared in template.resources.values():
        policies = {declared.deletion_policy, declared.replace_policy} - POLICIES
        told = [f"policy {policy} is not supported by the embedded AWS" for policy in sorted(policies)]
        if declared.type in types:
            told += types[declared.type].check(declared.properties)
        problems += [f"{declared.logical_id} ({declared.type}): {problem}" for problem in told]
    if problems:
        raise Refused("Template format error: " + "; ".join(problems))


def check_references(template: Template, types: Mapping[str, ResourceType], names: Iterable[str]) -> None:
    """Refuse references to what is not declared, and attributes that a type does not give. `names` are the parameters."""
    known = set(names)
    used: list[tuple[str, Any]] = [
        (declared.logical_id, declared.properties) for declared in template.resources.values()
    ]
    used += [(name, output.get("Value")) for name, output in template.outputs.items()]
    for where, value in used:
        for name, attribute in references(value):
            if name not in template.resources and name not in known and name != "AWS::NoValue":
                raise Refused(f"Template format error: Unresolved resource dependencies [{name}] in {where}")
            if attribute is None or name not in template.resources:
                continue
            if attribute not in types[template.resources[name].type].attributes:
                kind = template.resources[name].type
                raise Refused(
                    f"Template error: resource {name} ({kind}) does not support attribute {attribute} in Fn::GetAtt"
                )


def check_rules(template: Template, scope: Scope) -> None:
    """Refuse when an assertion of a rule fails."""
    for rule in template.rules.values():
        if "RuleCondition" in rule and not truth(rule["RuleCondition"], scope):
            continue
        for assertion in rule.get("Assertions", ()):
            if not truth(assertion["Assert"], scope):
                raise Refused(f"Template validation error: {assertion.get('AssertDescription', 'an assertion failed')}")


def check_capabilities(template: Template, granted: Iterable[str]) -> None:
    """Refuse a template that makes IAM resources when the request does not acknowledge that.

    Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html, "Capabilities".
    """
    made = [declared for declared in template.resources.values() if declared.type in IAM_NAMES]
    named = any(IAM_NAMES[declared.type] in declared.properties for declared in made)
    needed = "CAPABILITY_NAMED_IAM" if named else "CAPABILITY_IAM"
    if made and not {needed, "CAPABILITY_NAMED_IAM"} & set(granted):
        raise Refused(f"Requires capabilities : [{needed}]", error="InsufficientCapabilitiesException")
