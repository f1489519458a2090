"""TWA019: security groups open nothing but the network itself."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any

from twinstage.isolation.audit.rule import Finding, Rule
from twinstage.model.validation import pointer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from twinstage.isolation.audit.subject import Subject

_GROUP = "AWS::EC2::SecurityGroup"
_MEMBERS = {
    "SecurityGroupEgress": ("CidrIp", "DestinationSecurityGroupId"),
    "SecurityGroupIngress": ("CidrIp", "SourceSecurityGroupId"),
}
_HARMLESS = frozenset({"Description", "FromPort", "ToPort", "IpProtocol"})


def _check(subject: Subject) -> Iterator[Finding]:
    for name, held in subject.template.of_type(_GROUP):
        if not held.get("SecurityGroupEgress"):
            place = pointer(("Resources", name, "Properties", "SecurityGroupEgress"))
            yield Finding(place, "without a rule of its own a group lets everything out", name)
        for direction in _MEMBERS:
            for index, rule in enumerate(subject.objects(held.get(direction))):
                if told := _opened(subject, direction, rule):
                    yield Finding(pointer(("Resources", name, "Properties", direction, index)), told, name)


def _opened(subject: Subject, direction: str, rule: Mapping[str, Any]) -> str:
    address, group = _MEMBERS[direction]
    if strange := sorted(set(rule) - _HARMLESS - {address, group}):
        return f"{', '.join(strange)} is not known to be safe here"
    if group in rule:
        inside = subject.refers(rule[group], _GROUP, frozenset({"GroupId"})) is not None
        return "" if inside and address not in rule else f"{rule[group]} is no group of this template"
    network = _network(rule.get(address))
    if network is None:
        return f"{rule.get(address)!r} is no range of addresses"
    own = [_network(held.get("CidrBlock")) for _, held in subject.template.of_type("AWS::EC2::VPC")]
    return "" if any(each and network.subnet_of(each) for each in own) else f"{network} is not inside the twin's VPC"


def _network(text: Any) -> ipaddress.IPv4Network | None:
    try:
        return ipaddress.IPv4Network(text) if isinstance(text, str) else None
    except ValueError:
        return None


RULE = Rule(
    "TWA019",
    "Security groups open nothing but the twin's own network",
    "A group without egress rules lets everything out; a range that is wider than the VPC is a way out as soon as there is a route.",
    "Name the VPC's own range, or a group of the template.",
    _check,
)
