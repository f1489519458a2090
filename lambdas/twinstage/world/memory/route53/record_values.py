"""The syntax of record values, type by type, with AWS's words for what is wrong.

Source: https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/ResourceRecordTypes.html
The codes of the A, AAAA, TXT and domain-name faults are AWS's own; the others follow their pattern.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.world.memory.route53.value_syntax import (
    FIELD,
    Check,
    character_strings,
    domain_name,
    fields,
    hexadecimal_after,
    ipv4,
    ipv6,
    number,
    pattern,
    quoted,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_BYTE = 255
_SHORT = 65535
_LONG = 4294967295
_VALUE_CHARACTERS = 4000
_CAA_TAGS = frozenset({"issue", "issuewild", "iodef", "issuemail", "issuevmc", "contactemail", "contactphone"})
_CAA_CRITICAL = 128
_FAULTS = {
    "ARRDATAIllegalIPv4Address": "Value is not a valid IPv4 address",
    "AAAARRDATAIllegalIPv6Address": "Value is not a valid IPv6 address",
    "CharacterStringTooLong": "Value is too long",
    "DomainLabelEmpty": "Domain label is empty",
    "DomainLabelTooLong": "Domain label is too long",
    "DomainNameEmpty": "Domain name is empty",
    "DomainNameTooLong": "Domain name is too long",
    "InvalidCharacterString": "Value should be enclosed in quotation marks",
    "RDATATooLong": "Value is too long",
    "UnsupportedCharacter": "Value contains unsupported characters",
}


def value_fault(type: str, value: str) -> str | None:  # noqa: A002  (the API's own word)
    """Answer AWS's sentence about what is wrong with one value of a record set of `type`; None where nothing is."""
    codes = ["RDATATooLong"] if len(value) > _VALUE_CHARACTERS else list(_CHECKS[type](value))
    return f"Invalid Resource Record: '{_fatal(codes[0], value)}'" if codes else None


def name_fault(name: str) -> str | None:
    """Answer AWS's sentence about what is wrong with a record set's own name; None where nothing is."""
    codes = list(domain_name(name))
    return _fatal(codes[0], name) if codes else None


def _fatal(code: str, value: str) -> str:
    return f"FATAL problem: {code} ({_FAULTS.get(code, 'Value is not valid')}) encountered with '{value}'"


def _caa(value: str) -> Iterator[str]:
    """Check flags, tag and value. A tag of the CA's own invention comes with flags 128, as AWS's page asks.

    The page says to enclose the value in quotation marks always, but not that Route 53 refuses it without, and the
    format of RFC 8659 (section 4.1.1) takes a string without spaces either way: so it is taken here.
    Source: https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/ResourceRecordTypes.html#CAAFormat
    """
    faults = list(_CAA_FIELDS(value))
    yield from faults
    if not faults:
        flags, tag, _ = FIELD.findall(value)
        if tag.lower() not in _CAA_TAGS and not int(flags) & _CAA_CRITICAL:
            yield "CAARRDATAIllegalTag"


def _service_binding(value: str) -> Iterator[str]:
    """Check an SVCB or HTTPS value: priority, target name, and parameters unless the priority is 0 (alias mode)."""
    priority, target, parameters = (*value.split(maxsplit=2), "", "", "")[:3]
    yield from _SERVICE_PRIORITY(priority)
    yield from domain_name(target)
    if priority == "0" and parameters:
        yield "SVCBRRDATAIllegalParameter"
    yield from _SERVICE_PARAMETERS(parameters)


_CAA_FIELDS = fields(
    "CAARRDATANotThreeFields",
    number("CAARRDATAIllegalFlags", _BYTE),
    pattern("CAARRDATAIllegalTag", "[A-Za-z0-9-]+"),
    pattern("InvalidCharacterString", r'"(?:[^"\\]|\\.)*"|[^"]+'),
)
_SERVICE_PRIORITY = number("SVCBRRDATAIllegalPriority", _SHORT)
_SERVICE_PARAMETERS = pattern(
    "SVCBRRDATAIllegalParameter", r'(?:[a-z0-9-]{1,63}(?:=(?:"(?:[^"\\]|\\.)*"|[^\s"]+))?(?:\s+|$))*'
)
_SRV_NUMBER = number("SRVRRDATAIllegalNumber", _SHORT)
_CHECKS: dict[str, Check] = {
    "A": ipv4,
    "AAAA": ipv6,
    "CAA": _caa,
    "CNAME": domain_name,
    "DS": hexadecimal_after("DSRRDATA", _SHORT, _BYTE, _BYTE),
    "HTTPS": _service_binding,
    "MX": fields("MXRRDATANotTwoFields", number("MXRRDATAIllegalPriority", _SHORT), domain_name),
    "NAPTR": fields(
        "NAPTRRRDATANotSixFields",
        number("NAPTRRRDATAIllegalOrder", _SHORT),
        number("NAPTRRRDATAIllegalPreference", _SHORT),
        quoted,
        quoted,
        quoted,
        domain_name,
    ),
    "NS": domain_name,
    "PTR": domain_name,
    "SOA": fields("SOARRDATANotSevenFields", domain_name, domain_name, *[number("SOARRDATAIllegalNumber", _LONG)] * 5),
    "SPF": character_strings,
    "SRV": fields("SRVRRDATANotFourFields", _SRV_NUMBER, _SRV_NUMBER, _SRV_NUMBER, domain_name),
    "SSHFP": hexadecimal_after("SSHFPRRDATA", _BYTE, _BYTE),
    "SVCB": _service_binding,
    "TLSA": hexadecimal_after("TLSARRDATA", _BYTE, _BYTE, _BYTE),
    "TXT": character_strings,
}
TYPES = frozenset(_CHECKS)
"""Every record type that Route 53 supports."""
