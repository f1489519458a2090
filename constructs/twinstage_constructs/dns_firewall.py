"""What may be asked of DNS inside a twin's network: the twin's own zones and its endpoints. Every other name is blocked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_route53resolver as resolver
from constructs import Construct

from twinstage_constructs.isolated_network import GATEWAY_SERVICES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from twinstage_constructs.names import RunNames

ALLOW_FIRST, BLOCK_THE_REST = 100, 200
ASSOCIATION_PRIORITY = 101
"""Above 100 and below 9,900, as the service asks."""


class DnsFirewall(Construct):
    """Route 53 Resolver DNS Firewall over one VPC: an allow-list, then a block of everything.

    A query that leaves a VPC through its resolver needs no route: without this, a name is a way out for data. An answer
    that leads on to a name outside the list, by CNAME, is blocked too. The firewall fails closed, which is the service's
    default and has no property here. Mutation protection is off: CloudFormation could not delete the association.

    https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-dns-firewall-rule-settings.html
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, names: RunNames, vpc_id: str, region: str, zones: Iterable[str]
    ) -> None:
        super().__init__(scope, construct_id)
        allowed = resolver.CfnFirewallDomainList(
            self,
            "Allowed",
            name=f"{names.prefix}allowed",
            domains=[*_zone_domains(zones), *_endpoint_domains(region)],
        )
        everything = resolver.CfnFirewallDomainList(self, "Everything", name=f"{names.prefix}everything", domains=["*"])
        group = resolver.CfnFirewallRuleGroup(
            self,
            "Rules",
            name=f"{names.prefix}dns",
            firewall_rules=[
                resolver.CfnFirewallRuleGroup.FirewallRuleProperty(
                    action="ALLOW",
                    priority=ALLOW_FIRST,
                    firewall_domain_list_id=allowed.attr_id,
                    firewall_domain_redirection_action="INSPECT_REDIRECTION_DOMAIN",
                ),
                resolver.CfnFirewallRuleGroup.FirewallRuleProperty(
                    action="BLOCK",
                    block_response="NXDOMAIN",
                    priority=BLOCK_THE_REST,
                    firewall_domain_list_id=everything.attr_id,
                ),
            ],
        )
        resolver.CfnFirewallRuleGroupAssociation(
            self,
            "Association",
            name=f"{names.prefix}dns",
            firewall_rule_group_id=group.attr_id,
            vpc_id=vpc_id,
            priority=ASSOCIATION_PRIORITY,
            mutation_protection="DISABLED",
        )


def _zone_domains(zones: Iterable[str]) -> list[str]:
    """Each zone's apex, and everything under it. A list holds a name once, and a wildcard zone's children need no entry of their own."""
    apexes = sorted({name.rstrip(".") for name in zones})
    return [form for apex in apexes for form in (apex, f"*.{apex}")]


def _endpoint_domains(region: str) -> list[str]:
    hosts = [f"{service}.{region}.amazonaws.com" for service in GATEWAY_SERVICES]
    return [form for host in hosts for form in (host, f"*.{host}")]
