"""What is to be there: every resource by its address, in the order of their dependencies.

Staging and production are modules of their own, so that each can be deployed without the other.
"""

from __future__ import annotations

import os
from typing import Any

STATIC = os.environ["STATIC_NAME"]

Resource = dict[str, Any]  # {"certificate": domain names} or {"record": a record set in the form of the Route 53 API}


def record(name: str, *addresses: str) -> Resource:
    """An A record set as a resource."""
    values = [{"Value": address} for address in addresses]
    return {"record": {"Name": name, "Type": "A", "TTL": 300, "ResourceRecords": values}}


def environment() -> dict[str, Resource]:
    """The resources of one environment: the module."""
    return {
        "aws_acm_certificate.static": {"certificate": [STATIC, f"cdn-b.{STATIC}"]},
        "aws_route53_record.cdn_b": record(f"cdn-b.{STATIC}", "198.51.100.80"),
        "aws_route53_record.static": record(STATIC, "192.0.2.80", "198.51.100.80"),
    }


RESOURCES = {f"module.production.{address}": resource for address, resource in environment().items()}
MOVED = (
    {"aws_route53_record.static": "module.production.aws_route53_record.static"}
    if os.environ["MOVED"] == "declared"
    else {}
)
