"""Route 53: hosted zones as values, the exact rules of ChangeResourceRecordSets over them, and the API over a whole account.

Pure: no clock, no randomness, no network, no AWS client. Imports `model` only.
"""

from __future__ import annotations

from twinstage.world.memory.route53.account import Account, HealthCheck, HostedZone, Timing, Vpc, empty_account
from twinstage.world.memory.route53.api import OPERATIONS, REFUSALS, execute
from twinstage.world.memory.route53.apply import apply_changes
from twinstage.world.memory.route53.change import Change, changes_from
from twinstage.world.memory.route53.limits import RouteLimits, published_limits
from twinstage.world.memory.route53.problems import Cause, ChangeRefused, Problem
from twinstage.world.memory.route53.record_values import TYPES, name_fault, value_fault
from twinstage.world.memory.route53.refused import Route53Refused, Route53Unsupported
from twinstage.world.memory.route53.resolution import Resolution, resolve
from twinstage.world.memory.route53.zone import Zone, record_sets, zone_from

__all__ = [
    "OPERATIONS",
    "REFUSALS",
    "TYPES",
    "Account",
    "Cause",
    "Change",
    "ChangeRefused",
    "HealthCheck",
    "HostedZone",
    "Problem",
    "Resolution",
    "Route53Refused",
    "Route53Unsupported",
    "RouteLimits",
    "Timing",
    "Vpc",
    "Zone",
    "apply_changes",
    "changes_from",
    "empty_account",
    "execute",
    "name_fault",
    "published_limits",
    "record_sets",
    "resolve",
    "value_fault",
    "zone_from",
]
