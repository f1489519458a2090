"""TWA018: a zone is private, and its one network is this template's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.isolation.audit.rule import Finding, Rule
from twinstage.isolation.audit.values import readable
from twinstage.model.validation import pointer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.isolation.audit.subject import Subject


def _check(subject: Subject) -> Iterator[Finding]:
    for name, held in subject.template.of_type("AWS::Route53::HostedZone"):
        place = ("Resources", name, "Properties", "VPCs")
        networks = subject.objects(held.get("VPCs"))
        if not networks:
            yield Finding(
                pointer(place), "the zone is public: everybody who asks for its name gets the twin's answer", name
            )
        for index, network in enumerate(networks):
            at = pointer((*place, index))
            if subject.refers(network.get("VPCId"), "AWS::EC2::VPC", frozenset({"VpcId"})) is None:
                shown = readable(subject.resolver.text(network.get("VPCId")))
                yield Finding(
                    at, f"{shown} is not this twin's VPC: whoever is in it gets the twin's answers", name, witness=shown
                )
            if subject.resolver.text(network.get("VPCRegion")) != subject.identity.region:
                yield Finding(at, f"{network.get('VPCRegion')} is not the twin's region", name)
            for member in sorted(set(network) - {"VPCId", "VPCRegion"}):
                yield Finding(f"{at}/{member}", f"{member} is not known to be safe here", name)


RULE = Rule(
    "TWA018",
    "A zone is private to the twin's own VPC",
    "The twin's zone has production's name: in production's network, or in public, its answers are taken for production's.",
    "Attach the template's VPC by Ref, and no other.",
    _check,
)
