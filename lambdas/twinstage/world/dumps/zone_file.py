r"""BIND zone files as record sets in Route 53's API form.

dnspython reads the file; what is left to do is Route 53's way of writing: names and texts with octal escapes where a zone
file has decimal ones (`\052`, not `\042`), and parameters of SVCB and HTTPS without quotes that they do not need.
Source: https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resource-record-sets-creating-import.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import dns.exception
import dns.name
import dns.rdatatype
import dns.zone

from twinstage.model.dns_name import canonical_name
from twinstage.model.errors import InputError, InputProblem
from twinstage.model.record_set import ordered

if TYPE_CHECKING:
    from pathlib import Path

    from dns.rdata import Rdata

    from twinstage.model.record_set import RecordSet

SUFFIXES = (".zone", ".bind", ".db")
_ORIGIN = re.compile(r"^\s*\$ORIGIN\s+(\S+)", re.MULTILINE | re.IGNORECASE)
_ESCAPE = re.compile(r"\\(?:([0-9]{3})|(.))", re.DOTALL)
_QUOTED_OR_NOT = re.compile(r'("(?:[^"\\]|\\.)*")|[^"]+', re.DOTALL)
_PARAMETER = re.compile(r'(?<= )([a-z0-9-]{1,63})="([^"\\\s,;]*(?:,[^"\\\s,;]+)*)"')
_LINE = re.compile(r":(\d+):")


def read_zone_file(path: Path) -> tuple[str, list[RecordSet]]:
    """The zone's canonical name and its record sets, in canonical form and the API's order.

    The name is that of the SOA, else the first `$ORIGIN`, else the file's. Raises InputError with the line that dnspython
    could not read. Types that Route 53 has not are kept: its rules refuse them by name.
    """
    try:
        text = path.read_text("utf-8")
        zone = dns.zone.from_text(
            text, origin=_origin(path, text), relativize=False, check_origin=False, allow_include=False
        )
    except (dns.exception.DNSException, UnicodeDecodeError, ValueError) as error:
        found = _LINE.search(str(error))
        message = f"not a zone file: {error or type(error).__name__}"
        raise InputError([InputProblem(str(path), int(found[1]) if found else 0, "", message)]) from error
    record_sets: list[RecordSet] = [
        {
            "Name": _octal(name.to_text()),
            "Type": dns.rdatatype.to_text(rdataset.rdtype),
            "TTL": rdataset.ttl,
            "ResourceRecords": [{"Value": _value(rdata)} for rdata in rdataset],
        }
        for name, rdataset in zone.iterate_rdatasets()
    ]
    apex = next((record["Name"] for record in record_sets if record["Type"] == "SOA"), None)
    name = apex or (zone.origin.to_text() if zone.origin else path.stem)
    return canonical_name(name), ordered(record_sets)


def _origin(path: Path, text: str) -> str:
    """What names are relative to before the file says so."""
    found = _ORIGIN.search(text)
    return found[1] if found and found[1].endswith(".") else f"{path.stem.rstrip('.')}."


def _value(rdata: Rdata) -> str:
    text = _octal(rdata.to_text(origin=None, relativize=False))
    return _PARAMETER.sub(r"\1=\2", text) if rdata.rdtype in (dns.rdatatype.SVCB, dns.rdatatype.HTTPS) else text


def _octal(text: str) -> str:
    """Every escape as an octal one; but in a quoted string a quote and a backslash keep their backslash, as in Route 53."""
    return _QUOTED_OR_NOT.sub(lambda part: _ESCAPE.sub(_in_quotes if part[1] else _in_name, part[0]), text)


def _in_quotes(found: re.Match[str]) -> str:
    return _octal_of(int(found[1])) if found[1] else found[0]


def _in_name(found: re.Match[str]) -> str:
    return _octal_of(int(found[1]) if found[1] else ord(found[2]))


def _octal_of(byte: int) -> str:
    return f"\\{byte:03o}"
