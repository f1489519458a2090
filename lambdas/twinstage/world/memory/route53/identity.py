"""Ids, name servers and apex records of what Route 53 makes: the same for the same request in the same account, in every run.

AWS's own are random. Nothing else may be read out of an id.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any

PRIVATE_SERVERS = ("ns-0.awsdns-00.com", "ns-512.awsdns-00.net", "ns-1024.awsdns-00.org", "ns-1536.awsdns-00.co.uk")
SERVER_RANGES = ((0, "com"), (512, "net"), (1024, "org"), (1536, "co.uk"))
SOA_TIMES = "awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400"


def zone_id(account: str, name: str, caller_reference: str) -> str:
    """The id of a zone: Z and 20 characters, as AWS's look."""
    return "Z" + _letters(account, name, caller_reference)


def change_id(account: str, number: int) -> str:
    """The id of the account's change with this number: C and 20 characters."""
    return "C" + _letters(account, "change", str(number))


def health_check_id(account: str, caller_reference: str) -> str:
    """The id of a health check: in the form of a UUID."""
    text = _digest(account, "healthcheck", caller_reference).hex()
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-8{text[17:20]}-{text[20:32]}"


def name_servers(zone: str, *, private: bool) -> list[str]:
    """The four name servers of a zone, without trailing dots. AWS gives every private zone the same reserved ones.

    Source: https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/SOA-NSrecords.html
    """
    if private:
        return list(PRIVATE_SERVERS)
    number = int.from_bytes(hashlib.sha256(zone.encode()).digest()[:8], "big")
    servers = []
    for start, domain in SERVER_RANGES:
        number, own = divmod(number, 512)
        servers.append(f"ns-{start + own}.awsdns-{own // 8:02d}.{domain}")
    return servers


def apex(name: str, servers: list[str], *, private: bool) -> list[dict[str, Any]]:
    """The NS and SOA that Route 53 makes with a zone.

    Source: https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/SOA-NSrecords.html
    """
    first = servers[-1] if private else servers[0]
    return [
        {"Name": name, "Type": "NS", "TTL": 172800, "ResourceRecords": [{"Value": f"{server}."} for server in servers]},
        {"Name": name, "Type": "SOA", "TTL": 900, "ResourceRecords": [{"Value": f"{first}. {SOA_TIMES}"}]},
    ]


def _digest(*parts: str) -> bytes:
    return hashlib.sha256("\0".join(parts).encode()).digest()


def _letters(*parts: str) -> str:
    return base64.b32encode(_digest(*parts)).decode()[:20]
