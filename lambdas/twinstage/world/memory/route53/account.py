"""Everything that Route 53 holds for one account, as one immutable value: zones, health checks, changes and tags.

A fork is a reference: two accounts share what they have in common.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from twinstage.world.memory.layered import Layered
from twinstage.world.memory.route53.listing import Listing, listing_of
from twinstage.world.memory.route53.refused import Route53Refused

if TYPE_CHECKING:
    from twinstage.world.memory.route53.zone import Zone

Tags: TypeAlias = Mapping[str, str]
"""The tags of one resource by key, in the order in which they were set."""

ResourceKey: TypeAlias = tuple[str, str]
"""(tag resource type, id): ("hostedzone", "Z...") or ("healthcheck", "...")."""


@dataclass(frozen=True)
class Vpc:
    """A VPC that a private zone answers for."""

    id: str
    region: str

    def document(self) -> dict[str, str]:
        """The VPC in the API's form."""
        return {"VPCRegion": self.region, "VPCId": self.id}


@dataclass(frozen=True)
class HostedZone:
    """A hosted zone: its records, and what the account knows of it. `number` counts the account's zones as they were made.

    `busy_until` is when the zone takes its next change, in seconds since the epoch.
    """

    zone: Zone
    number: int
    caller_reference: str
    comment: str | None = None
    vpcs: tuple[Vpc, ...] = ()
    busy_until: float = 0.0

    @cached_property
    def listing(self) -> Listing:
        """The zone's record sets in the API's order: worked out once, and carried on by `twinstage...api_records`."""
        return listing_of(self.zone)


@dataclass(frozen=True)
class HealthCheck:
    """A health check: its configuration in the API's form, never changed in place. `number` as that of a hosted zone."""

    id: str
    number: int
    caller_reference: str
    config: Mapping[str, Any]
    version: int = 1


@dataclass(frozen=True)
class Submitted:
    """A change that Route 53 took: when, and when it is INSYNC; both in seconds since the epoch."""

    id: str
    at: float
    in_sync_at: float
    comment: str | None


@dataclass(frozen=True)
class Timing:
    """How long a change takes. `processing_s`: until its zone takes the next one (before: PriorRequestNotComplete).

    `propagation_s`: until GetChange says INSYNC. "Changes generally propagate to all Route 53 name servers ... within 60 seconds."
    Source: https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html
    """

    processing_s: float = 0.0
    propagation_s: float = 0.0


@dataclass(frozen=True)
class Account:
    """Route 53 of one account; build it with `empty_account`, change it with `route53.execute`. Ids have no prefix."""

    id: str
    timing: Timing = Timing()
    zones: Layered[str, HostedZone] = field(default_factory=lambda: Layered({}))
    zone_references: Layered[str, str] = field(default_factory=lambda: Layered({}))
    health_checks: Layered[str, HealthCheck] = field(default_factory=lambda: Layered({}))
    health_check_references: Layered[str, str] = field(default_factory=lambda: Layered({}))
    tags: Layered[ResourceKey, Tags] = field(default_factory=lambda: Layered({}))
    changes: Layered[str, Submitted] = field(default_factory=lambda: Layered({}))
    made: int = 0

    def zone(self, zone_id: str) -> HostedZone:
        """A hosted zone by its id, with or without prefix. Raises Route53Refused (NoSuchHostedZone)."""
        own = bare(zone_id)
        found = self.zones.get(own)
        if found is None:
            raise Route53Refused("NoSuchHostedZone", f"No hosted zone found with ID: {own}")
        return found

    def health_check(self, health_check_id: str) -> HealthCheck:
        """A health check by its id. Raises Route53Refused (NoSuchHealthCheck)."""
        found = self.health_checks.get(health_check_id)
        if found is None:
            raise Route53Refused("NoSuchHealthCheck", f"No health check found with ID: {health_check_id}")
        return found

    def with_zone(self, hosted: HostedZone) -> Account:
        """The account with this zone in the place of the one with its id, or as a new one."""
        own = hosted.zone.id
        references = self.zone_references.changed({hosted.caller_reference: own})
        return replace(self, zones=self.zones.changed({own: hosted}), zone_references=references)

    def without_zone(self, zone_id: str) -> Account:
        """The account without a zone, and without its tags."""
        reference = self.zones[zone_id].caller_reference
        return replace(
            self,
            zones=self.zones.changed({zone_id: None}),
            zone_references=self.zone_references.changed({reference: None}),
            tags=self.tags.changed({("hostedzone", zone_id): None}),
        )

    def with_health_check(self, check: HealthCheck) -> Account:
        """The account with this health check in the place of the one with its id, or as a new one."""
        return replace(
            self,
            health_checks=self.health_checks.changed({check.id: check}),
            health_check_references=self.health_check_references.changed({check.caller_reference: check.id}),
        )

    def without_health_check(self, health_check_id: str) -> Account:
        """The account without a health check; its caller reference stays used."""
        return replace(
            self,
            health_checks=self.health_checks.changed({health_check_id: None}),
            tags=self.tags.changed({("healthcheck", health_check_id): None}),
        )

    def with_tags(self, resource: ResourceKey, tags: Tags) -> Account:
        """The account with exactly these tags on a resource."""
        return replace(self, tags=self.tags.changed({resource: dict(tags) or None}))


def empty_account(account: str, *, timing: Timing | None = None) -> Account:
    """Route 53 of an account (twelve digits) that has nothing yet."""
    return Account(account, timing or Timing())


def bare(zone_id: str) -> str:
    """A hosted zone's id without its prefix."""
    return zone_id.removeprefix("/hostedzone/")
