"""The parts that record values are made of. A check takes a text and yields a code of AWS's for each fault it finds."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator
from typing import TypeAlias

from twinstage.model.dns_name import labels_of

Check: TypeAlias = Callable[[str], Iterator[str]]
"""Takes a text and yields fault codes, none where the text is right."""

FIELD = re.compile(r'"(?:[^"\\]|\\.)*"|\S+', re.DOTALL)
"""One field of a value: a quoted string or a run without spaces."""

_LABEL_BYTES = 63
_NAME_BYTES = 255
_STRING_BYTES = 255
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPED_CHARACTER = re.compile(r"\\(?:[0-7]{3}|.)", re.DOTALL)
_UNPRINTABLE = re.compile(r"[^\x20-\x7e]")
_SPACE = re.compile(r"\s")
_HEXADECIMAL = re.compile(r"(?:[0-9A-Fa-f]{2})+")


def ipv4(text: str) -> Iterator[str]:
    """Check an IPv4 address in dotted decimal notation."""
    try:
        ipaddress.IPv4Address(text)
    except ValueError:
        yield "ARRDATAIllegalIPv4Address"


def ipv6(text: str) -> Iterator[str]:
    """Check an IPv6 address in colon-separated hexadecimal notation, without a zone."""
    try:
        scope = ipaddress.IPv6Address(text).scope_id
    except ValueError:
        scope = text
    if scope is not None:
        yield "AAAARRDATAIllegalIPv6Address"


def domain_name(text: str) -> Iterator[str]:
    """Check a domain name: labels of 1 to 63 bytes, 255 bytes in all; what is no printable character is escaped.

    Source: https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DomainNameFormat.html
    """
    if not text:
        yield "DomainNameEmpty"
        return
    labels = labels_of(text)
    if _SPACE.search(text) or _UNPRINTABLE.search(text):
        yield "UnsupportedCharacter"
    if not all(labels):
        yield "DomainLabelEmpty"
    if any(len(label) > _LABEL_BYTES for label in labels):
        yield "DomainLabelTooLong"
    if sum(len(label) + 1 for label in labels) > _NAME_BYTES:
        yield "DomainNameTooLong"


def character_strings(text: str) -> Iterator[str]:
    """Check one or more quoted strings with space between them, each of at most 255 bytes once unescaped.

    Source: https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/ResourceRecordTypes.html#TXTFormat
    """
    strings = _QUOTED.findall(text)
    if not strings or _QUOTED.sub("", text).strip():
        yield "InvalidCharacterString"
    if _UNPRINTABLE.search(text):
        yield "UnsupportedCharacter"
    if any(len(_ESCAPED_CHARACTER.sub("x", string)) > _STRING_BYTES for string in strings):
        yield "CharacterStringTooLong"


def quoted(text: str) -> Iterator[str]:
    """Check a text that is exactly one quoted string."""
    if not _QUOTED.fullmatch(text):
        yield "InvalidCharacterString"


def number(code: str, highest: int) -> Check:
    """Answer a check of a whole number from 0 to `highest`, which yields `code`."""

    def check(text: str) -> Iterator[str]:
        if not (text.isascii() and text.isdigit() and int(text) <= highest):
            yield code

    return check


def pattern(code: str, expression: str) -> Check:
    """Answer a check of a text that matches a regular expression as a whole, which yields `code`."""
    compiled = re.compile(expression, re.DOTALL)

    def check(text: str) -> Iterator[str]:
        if not compiled.fullmatch(text):
            yield code

    return check


def fields(code: str, *checks: Check) -> Check:
    """Answer a check of a text with one field for each of `checks`; another number of fields yields `code`."""

    def check(text: str) -> Iterator[str]:
        found = FIELD.findall(text)
        if len(found) != len(checks):
            yield code
            return
        for field, field_check in zip(found, checks, strict=True):
            yield from field_check(field)

    return check


def hexadecimal_after(code: str, *highest: int) -> Check:
    """Answer a check of numbers, each with its highest value, and then hexadecimal digits, which spaces may split."""
    numbers = [number(f"{code}IllegalNumber", limit) for limit in highest]

    def check(text: str) -> Iterator[str]:
        found = text.split()
        if len(found) <= len(numbers):
            yield f"{code}TooFewFields"
            return
        for field, field_check in zip(found, numbers, strict=False):
            yield from field_check(field)
        if not _HEXADECIMAL.fullmatch("".join(found[len(numbers) :])):
            yield f"{code}IllegalHexadecimal"

    return check
