"""AWS::Route53Resolver: FirewallDomainList, FirewallRuleGroup and FirewallRuleGroupAssociation.

The embedded AWS has no resolver that anything would ask: these exist as entries of their stack, with the ids and attributes that templates refer to, and
block nothing. What they refer to must be there, and they go with their stack.
"""

from __future__ import annotations

from typing import Any

from twinstage.local.cloudformation.errors import ResourceFailed
from twinstage.local.cloudformation.resource import Made, Order, ResourceType

NOTICE = "the embedded AWS has no resolver: a DNS firewall is an entry of its stack and blocks nothing"


class _Entry(ResourceType):
    """One that is nothing but an entry of its stack. `prefix` is what its ids begin with."""

    prefix = ""
    arn_kind = ""
    counted = ""

    def create(self, order: Order) -> Made:
        """An id that is the stack's and the logical id's own."""
        self.demand(order)
        return self._made(f"{self.prefix}-{order.unique.lower()}{order.logical_id[-4:].lower()}", order)

    def refreshed(self, order: Order, made: Made) -> Made:
        """Counts follow the properties."""
        self.demand(order)
        return self._made(made.physical_id, order)

    def delete(self, order: Order, made: Made) -> None:
        """The entry goes with the stack's."""

    def demand(self, order: Order) -> None:
        """Raises ResourceFailed where the order lacks what the service asks for."""

    def _made(self, physical_id: str, order: Order) -> Made:
        arn = f"arn:aws:route53resolver:{order.region}:{order.account}:{self.arn_kind}/{physical_id}"
        count = {self.counted: str(len(self.entries(order)))} if self.counted else {}
        return Made(physical_id, {"Id": physical_id, "Arn": arn, "Status": "COMPLETE", **count}, NOTICE)

    def entries(self, order: Order) -> list[Any]:
        """What the count attribute counts."""
        return []


class FirewallDomainList(_Entry):
    """AWS::Route53Resolver::FirewallDomainList, of domains written out."""

    name = "AWS::Route53Resolver::FirewallDomainList"
    prefix, arn_kind, counted = "rslvr-fdl", "firewall-domain-list", "DomainCount"
    immutable = frozenset({"Name"})
    mutable = frozenset({"Domains", "Tags"})
    attributes = frozenset({"Id", "Arn", "Status", "DomainCount"})

    def entries(self, order: Order) -> list[Any]:
        """The domains."""
        return list(order.get("Domains", ()))


class FirewallRuleGroup(_Entry):
    """AWS::Route53Resolver::FirewallRuleGroup."""

    name = "AWS::Route53Resolver::FirewallRuleGroup"
    prefix, arn_kind, counted = "rslvr-frg", "firewall-rule-group", "RuleCount"
    immutable = frozenset({"Name"})
    mutable = frozenset({"FirewallRules", "Tags"})
    attributes = frozenset({"Id", "Arn", "Status", "RuleCount"})

    def entries(self, order: Order) -> list[Any]:
        """The rules."""
        return list(order.get("FirewallRules", ()))

    def demand(self, order: Order) -> None:
        """Each rule has a priority of its own, and a domain list."""
        rules = self.entries(order)
        if len({rule.get("Priority") for rule in rules}) != len(rules):
            raise ResourceFailed("Two rules of a firewall rule group have the same priority.")
        if strange := [rule for rule in rules if not str(rule.get("FirewallDomainListId", "")).startswith("rslvr-fdl")]:
            raise ResourceFailed(f"Not the id of a domain list: {strange[0].get('FirewallDomainListId')}")


class FirewallRuleGroupAssociation(_Entry):
    """AWS::Route53Resolver::FirewallRuleGroupAssociation."""

    name = "AWS::Route53Resolver::FirewallRuleGroupAssociation"
    prefix, arn_kind = "rslvr-frgassoc", "firewall-rule-group-association"
    immutable = frozenset({"FirewallRuleGroupId", "VpcId"})
    mutable = frozenset({"MutationProtection", "Name", "Priority", "Tags"})
    attributes = frozenset({"Id", "Arn", "Status"})

    def demand(self, order: Order) -> None:
        """A rule group and a VPC that is there, and a priority that the service takes."""
        lowest, highest = 100, 9900
        if not lowest < int(order.need("Priority")) < highest:
            raise ResourceFailed(f"The priority must be above {lowest} and below {highest}.")
        if not str(order.need("FirewallRuleGroupId")).startswith("rslvr-frg"):
            raise ResourceFailed(f"Not the id of a rule group: {order.get('FirewallRuleGroupId')}")
        order.call("ec2", "DescribeVpcs", VpcIds=[order.need("VpcId")])
