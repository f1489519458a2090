"""Settings of zones, health checks and tables that a twin has otherwise than production: found from the manifest alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.model.substitution import Substitution

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.model.manifest import HealthCheckManifest, Manifest, TableManifest, ZoneManifest

PRIVATE = "the twin's zone is private: it answers nobody outside the twin's network"
VPCS = "the twin's own network is attached as the zone is created: production's must never see the twin's answers"
TAGS = "the twin's resources carry the tags of their run, by which they are found again: a rule of production's that goes by a tag must not take them for its own"
CALCULATED = "calculated from no other check, with a threshold of 0: always healthy, and sends no traffic to production"
ON_DEMAND = "on demand whatever production has: a rehearsal measures code, not a provisioned limit"
KEY = "production's key is not the twin's to use: AWS's own key encrypts the twin"
STANDARD = "an ephemeral table is in the standard class: the other one saves on storage that is kept"
DELETABLE = "a twin's table goes with its stack"
REPLICAS = "a twin stands in one region: nothing it writes may go to another"
RECOVERY_PERIOD = "a twin is restored from its snapshot, not from a backup"

SAMPLED = "the snapshot is a sample: it holds the items of about one partition key in {}"
MASKED = "its values were made tokens before they entered the snapshot"

_TABLE_SETTINGS = {
    "ProvisionedThroughput": ON_DEMAND,
    "OnDemandThroughput": ON_DEMAND,
    "SSESpecification": KEY,
    "TableClass": STANDARD,
    "DeletionProtectionEnabled": DELETABLE,
    "RecoveryPeriodInDays": RECOVERY_PERIOD,
    "Replicas": REPLICAS,
    "Tags": TAGS,
}


def settings_substitutions(manifest: Manifest) -> list[Substitution]:
    """Every setting of the manifest's zones, health checks and tables that their twins do not have, and what of production's items is in no snapshot, in order."""
    return sorted(
        [
            *(found for zone in manifest.zones for found in _of_zone(zone)),
            *(found for check in manifest.health_checks for found in _of_health_check(check)),
            *(found for table in manifest.tables for found in _of_table(table)),
        ]
    )


def _of_zone(zone: ZoneManifest) -> Iterator[Substitution]:
    if not zone.private:
        yield Substitution("route53", zone.name, "Config.PrivateZone", PRIVATE)
    yield Substitution("route53", zone.name, "VPCs", VPCS)
    if zone.tags:
        yield Substitution("route53", zone.name, "Tags", TAGS)


def _of_health_check(check: HealthCheckManifest) -> Iterator[Substitution]:
    yield Substitution("route53", check.id, "HealthCheckConfig", CALCULATED)
    if check.tags:
        yield Substitution("route53", check.id, "Tags", TAGS)


def _of_table(table: TableManifest) -> Iterator[Substitution]:
    for field, reason in _TABLE_SETTINGS.items():
        if table.schema.get(field):
            yield Substitution("dynamodb", table.name, field, reason)
    if table.schema.get("BillingMode", "PROVISIONED") != "PAY_PER_REQUEST":
        yield Substitution("dynamodb", table.name, "BillingMode", ON_DEMAND)
    if table.sample:
        yield Substitution("dynamodb", table.name, "Items", SAMPLED.format(table.sample["one_in"]))
    for path in table.masked:
        yield Substitution("dynamodb", table.name, f"Items.{path}", MASKED)
    for index in table.schema.get("GlobalSecondaryIndexes") or ():
        for field in ("ProvisionedThroughput", "OnDemandThroughput"):
            if index.get(field):
                place = f"GlobalSecondaryIndexes.{index['IndexName']}.{field}"
                yield Substitution("dynamodb", table.name, place, ON_DEMAND)
