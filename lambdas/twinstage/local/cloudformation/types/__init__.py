"""The resource types that the embedded AWS can deploy. A type that is not here is refused by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twinstage.local.cloudformation.types.bucket import Bucket, BucketPolicy
from twinstage.local.cloudformation.types.dns_firewall import (
    FirewallDomainList,
    FirewallRuleGroup,
    FirewallRuleGroupAssociation,
)
from twinstage.local.cloudformation.types.events import Rule
from twinstage.local.cloudformation.types.function import Function, LayerVersion, Permission
from twinstage.local.cloudformation.types.iam import ManagedPolicy, Policy, Role
from twinstage.local.cloudformation.types.key import Alias, Key
from twinstage.local.cloudformation.types.logs import LogGroup
from twinstage.local.cloudformation.types.network import RouteTable, RouteTableAssociation, Subnet, Vpc, VpcEndpoint
from twinstage.local.cloudformation.types.parameter import CdkMetadata, Parameter
from twinstage.local.cloudformation.types.queue import Queue, QueuePolicy
from twinstage.local.cloudformation.types.repository import Repository
from twinstage.local.cloudformation.types.route53 import HealthCheck, HostedZone, RecordSet, RecordSetGroup
from twinstage.local.cloudformation.types.security_group import (
    FlowLog,
    SecurityGroup,
    SecurityGroupEgress,
    SecurityGroupIngress,
)
from twinstage.local.cloudformation.types.state_machine import StateMachine
from twinstage.local.cloudformation.types.table import Table
from twinstage.local.cloudformation.types.topic import Subscription, Topic, TopicPolicy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.local.cloudformation.resource import ResourceType

TYPES: Final[Mapping[str, ResourceType]] = {
    kind.name: kind
    for kind in (
        Alias(),
        Bucket(),
        BucketPolicy(),
        CdkMetadata(),
        FirewallDomainList(),
        FirewallRuleGroup(),
        FirewallRuleGroupAssociation(),
        FlowLog(),
        Function(),
        HealthCheck(),
        HostedZone(),
        Key(),
        LayerVersion(),
        LogGroup(),
        ManagedPolicy(),
        Parameter(),
        Permission(),
        Policy(),
        Queue(),
        QueuePolicy(),
        RecordSet(),
        RecordSetGroup(),
        Repository(),
        Role(),
        RouteTable(),
        RouteTableAssociation(),
        Rule(),
        SecurityGroup(),
        SecurityGroupEgress(),
        SecurityGroupIngress(),
        StateMachine(),
        Subnet(),
        Subscription(),
        Table(),
        Topic(),
        TopicPolicy(),
        Vpc(),
        VpcEndpoint(),
    )
}
