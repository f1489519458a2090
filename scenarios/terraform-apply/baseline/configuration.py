"""What is to be there: every resource by its address, in the order of their dependencies."""

from __future__ import annotations

import os
from typing import Any

STATIC = os.environ["STATIC_NAME"]

Resource = dict[str, Any]  # {"certificate": domain names} or {"record": a record set in the form of the Route 53 API}


def record(name: str, *addresses: str) -> Resource:
    """An A record set as a resource."""
    values = [{"Value": address} for address in addresses]
    return {"record": {"Name": name, "Type": "A", "TTL": 300, "ResourceRecords": values}}


RESOURCES: dict[str, Resource] = {
    "aws_acm_certificate.static": {"certificate": [STATIC]},
    "aws_acm_certificate.static_both": {"certificate": [STATIC, f"cdn-b.{STATIC}"]},
    "aws_route53_record.cdn_b": record(f"cdn-b.{STATIC}", "198.51.100.80"),
    "aws_route53_record.static": record(STATIC, "192.0.2.80", "198.51.100.80"),
}
MOVED: dict[str, str] = {}
