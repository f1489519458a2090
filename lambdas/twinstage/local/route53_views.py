"""Hosted zones and changes in the shapes that Route 53's API answers with."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from twinstage.local.route53_zones import digest, name_servers, records_of


def changes_of(backend: Any) -> dict[str, dict[str, Any]]:
    """What became of the account's changes, by id; it goes with the backend's other state."""
    found: dict[str, dict[str, Any]] = vars(backend).setdefault("twinstage_changes", {})
    return found


def change_info(backend: Any, zone: Any, comment: str | None = None) -> dict[str, Any]:
    """A new change of a zone, in sync already; GetChange finds it again."""
    changes = changes_of(backend)
    change_id = "C" + digest(zone.resource_id, str(len(changes)))
    info = {"Id": f"/change/{change_id}", "Status": "INSYNC", "SubmittedAt": datetime.now(UTC), "Comment": comment}
    changes[change_id] = info
    return info


def hosted_zone(zone: Any) -> dict[str, Any]:
    """A zone as listings tell it."""
    return {
        "Id": f"/hostedzone/{zone.resource_id}",
        "Name": zone.name,
        "CallerReference": zone.caller_reference,
        "Config": {"Comment": zone.comment, "PrivateZone": zone.private_zone},
        "ResourceRecordSetCount": len(records_of(zone).zone.records),
    }


def described(zone: Any) -> dict[str, Any]:
    """A zone with its name servers; a private one tells none."""
    servers = name_servers(zone.resource_id, private=zone.private_zone)
    return {"HostedZone": hosted_zone(zone), "DelegationSet": None if zone.private_zone else {"NameServers": servers}}
