"""TWA021: inside the network, only the twin's own names are answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.isolation.audit.rule import Finding, Rule
from twinstage.isolation.audit.shapes_twin import ENDPOINT_SERVICES
from twinstage.model.validation import pointer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from twinstage.isolation.audit.subject import Subject

_RESOLVER = "AWS::Route53Resolver::"
_LIST = _RESOLVER + "FirewallDomainList"
_ID = frozenset({"Id"})
EVERYTHING = ["*"]


def _check(subject: Subject) -> Iterator[Finding]:
    attached: dict[str, str] = {}
    for _, held in subject.template.of_type(_RESOLVER + "FirewallRuleGroupAssociation"):
        network = subject.refers(held.get("VpcId"), "AWS::EC2::VPC", frozenset({"VpcId"}))
        group = subject.refers(held.get("FirewallRuleGroupId"), _RESOLVER + "FirewallRuleGroup", _ID)
        if network and group:
            attached[network] = group
    for name, _ in subject.template.of_type("AWS::EC2::VPC"):
        if name not in attached:
            yield Finding(pointer(("Resources", name)), "no DNS firewall: every name there is can be asked for", name)
    for name, held in subject.template.of_type(_RESOLVER + "FirewallRuleGroup"):
        yield from _rules(subject, name, subject.objects(held.get("FirewallRules")))


def _rules(subject: Subject, group: str, rules: list[Mapping[str, Any]]) -> Iterator[Finding]:
    place = ("Resources", group, "Properties", "FirewallRules")
    blocks = False
    for index, rule in enumerate(rules):
        domains = _domains(subject, rule.get("FirewallDomainListId"))
        if rule.get("Action") == "BLOCK":
            blocks = blocks or domains == EVERYTHING
            continue
        strange = [each for each in domains or [None] if not _own(subject, each)]
        if strange:
            yield Finding(
                pointer((*place, index)),
                f"{strange[0]} is answered, and is neither a zone of the twin nor an endpoint",
                group,
            )
    if not blocks:
        yield Finding(pointer(place), "nothing blocks all other names", group)


def _domains(subject: Subject, value: Any) -> list[Any] | None:
    name = subject.refers(value, _LIST, _ID)
    held = subject.properties(name).get("Domains") if name else None
    return held if isinstance(held, list) else None


def _own(subject: Subject, domain: Any) -> bool:
    """Whether a domain is a zone of this template, or a service's endpoint, or lies under one."""
    if not isinstance(domain, str):
        return False
    zones = [str(held.get("Name", "")).rstrip(".") for _, held in subject.template.of_type("AWS::Route53::HostedZone")]
    endpoints = [f"{service}.{subject.identity.region}.amazonaws.com" for service in ENDPOINT_SERVICES]
    bare = domain.removeprefix("*.").rstrip(".")
    return any(own and (bare == own or bare.endswith("." + own)) for own in (*zones, *endpoints))


RULE = Rule(
    "TWA021",
    "Inside the twin's network, only its own names are answered",
    "A DNS query leaves a VPC through its resolver and needs no route: a name that somebody else serves carries data out.",
    "Attach a rule group that allows the twin's zones and endpoints, and blocks * after them.",
    _check,
)
