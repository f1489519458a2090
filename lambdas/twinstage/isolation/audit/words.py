"""What a text may say without naming anything outside of a stack: word by word, since nobody knows what a program does with it."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, Final

from twinstage.model.rewrite import WITHHELD
from twinstage.model.tokens import TOKEN

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

_SAID: Final = frozenset({WITHHELD, "twinstage", "true", "false"})
_SMALLEST_ADDRESS: Final = 1 << 24  # 1.0.0.0: every address below is of "this network", which nobody can ask
_MOST_DIGITS: Final = 9
_LONGEST_PLAIN: Final = 40
_SHORTEST_KEY: Final = 20
_INTEGER: Final = re.compile(r"-?\d+")
_DECIMAL: Final = re.compile(r"-?\d{1,9}\.\d{1,9}")
_HEXADECIMAL: Final = re.compile(r"(?i)0x[0-9a-f]+")
_ADDRESS_PART: Final = re.compile(r"(?i)\d+|0x[0-9a-f]+")
_MIXED: Final = (re.compile(r"[a-z]"), re.compile(r"[A-Z]"), re.compile(r"\d"))
_PRIVATE: Final = frozenset({"10", "127", "169", "172", "192"})
_REGION: Final = re.compile(r"(?i)(us|eu|ap|ca|sa|me|af|il|mx|cn)(-gov|-iso[a-z]?)?-[a-z]+-\d[a-z]?")
_OURS: Final = ("twin-", "twinstage-")
_PRODUCTION: Final = frozenset({"live", "prd", "prod", "production"})
_SEPARATORS: Final = re.compile(r"[^0-9A-Za-z]+")
_CHUNK: Final = re.compile(r"[^\s,;\"'\[\]{}()=]+")
# RFC 5737 and RFC 3849: addresses of examples, which belong to nobody.
_EXAMPLES: Final = tuple(
    ipaddress.ip_network(text) for text in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
)
STRANGE: Final = (
    (re.compile(r"(?i)[a-z][a-z0-9+.-]*://"), "a URL"),
    (re.compile(r"(?i)\bamazonaws\.com"), "a service's host"),
    (re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{12,}"), "an access key"),
    (re.compile(r"(?<![A-Za-z0-9])Z[A-Z0-9]{12,31}(?![A-Za-z0-9])"), "a hosted zone's id"),
    (re.compile(r"\b[a-z]{1,8}-(?:[a-z]{2,6}-)?(?=[0-9a-f]*\d)[0-9a-f]{8}(?:[0-9a-f]{9})?\b"), "an id of a resource"),
)
"""Texts that name something outside of a template, whatever the code does with them, and what they are."""
_HIDDEN: Final = (
    (re.compile(r"//\w"), "a URL"),
    (re.compile(r"\\\\\w"), "a share"),
    (re.compile(r"[^\x20-\x7e\t\n\r]"), "no ASCII, which may look like what it is not"),
    (re.compile(r"%[0-9A-Fa-f]{2}|\\[ux][0-9A-Fa-f]{2}|&#x?[0-9A-Fa-f]+;"), "encoded"),
    (re.compile(r"\S@\S"), "somebody's address"),
    (re.compile(r"(?<!\d)\d{4}-\d{4}-\d{4}(?!\d)"), "an account"),
)


def strange(text: str) -> Iterator[tuple[str, str]]:
    """(what, why) of each part of a text that names something outside by its very form, or hides what it names."""
    for shape, what in (*STRANGE, *_HIDDEN):
        if (found := shape.search(text)) is not None:
            yield found[0], what
    for chunk in _CHUNK.findall(text):
        if (address := _address(chunk)) is not None and not _example(address):
            yield chunk, "an address"


def says_nothing(word: str) -> bool:
    """Whether a word names nothing at all: a number, true or false, what stands for a withheld value, a mark."""
    bare = word.rstrip(".")
    if bare in _SAID or not _SEPARATORS.sub("", bare):
        return True
    if _INTEGER.fullmatch(bare):
        return len(bare) <= _MOST_DIGITS and abs(int(bare)) < _SMALLEST_ADDRESS
    return _DECIMAL.fullmatch(bare) is not None and bare.lstrip("-").startswith("0.")


def named_outside(word: str, zones: Collection[str]) -> str:
    """What a word may be of somebody else's, empty where it is a plain one, or a name in one of these zones (without their last dots)."""
    bare = word.rstrip(".")
    if says_nothing(bare) or any(bare == zone or bare.endswith("." + zone) for zone in zones):
        return ""
    if (address := _address(bare)) is not None:
        return "" if _example(address) else "an address"
    return next((what for holds, what in _LOOKS if holds(bare)), "")


def _perhaps_address(word: str) -> bool:
    """In any of the forms that inet_aton takes: 10.1, 0x0a000001, 167772161, 012.0.0.1; but for decimals that are no private address."""
    if _DECIMAL.fullmatch(word):
        return word.partition(".")[0] in _PRIVATE
    return _HEXADECIMAL.fullmatch(word) is not None or all(map(_ADDRESS_PART.fullmatch, word.split(".")))


def _perhaps_host(word: str) -> bool:
    """A name with a dot whose last part is no number: no domain at the top is one."""
    return "." in word and not word.rpartition(".")[2].isdecimal()


def _perhaps_key(word: str) -> bool:
    return len(word) > _LONGEST_PLAIN or (len(word) >= _SHORTEST_KEY and all(each.search(word) for each in _MIXED))


_LOOKS: Final = (
    (_perhaps_address, "what may be an address"),
    (_perhaps_host, "what may be a host's name"),
    (lambda word: word.startswith(_OURS), "another's part of a twin"),
    (lambda word: _REGION.fullmatch(word) is not None, "another region"),
    (lambda word: bool(_PRODUCTION & set(_SEPARATORS.split(word.lower()))), "production, by its name"),
    (_perhaps_key, "what may be a key"),
)


def words(text: str) -> list[str]:
    """The words of a text: maximal runs of what AWS allows in names."""
    return TOKEN.findall(text)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _example(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    return any(address in network for network in _EXAMPLES)
