r"""Domain names as Route 53 returns them.

A name is lower-case, ends in a dot, and every byte other than a-z, 0-9, hyphen and underscore is an escape of three
octal digits (`\052` for `*`), whichever way it was given.
Source: https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DomainNameFormat.html
"""

from __future__ import annotations

import re
from functools import lru_cache

_CANONICAL = re.compile(r"[a-z0-9_.-]*\.")
_PLAIN_BYTES = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789-_")
_TOKEN = re.compile(r"\\([0-3][0-7]{2})|(.)", re.DOTALL)
_CACHED_NAMES = 1 << 16


@lru_cache(maxsize=_CACHED_NAMES)
def canonical_name(name: str) -> str:
    r"""Answer `name` in the form that Route 53's API returns. Idempotent.

    Escapes in the input are decoded first, so `\052`, `*` and (for letters) either case give the same answer. A dot is a
    delimiter, an escaped dot (`\056`) is part of its label. A character beyond ASCII counts as its UTF-8 bytes.
    The root is ".".
    """
    if _CANONICAL.fullmatch(name):
        return name
    relative = name[:-1] if name.endswith(".") else name
    return ".".join(_encoded(label) for label in _labels(relative)) + "."


def is_within(name: str, zone: str) -> bool:
    """Say whether `name` is the zone's apex or lies below it, label by label. Both may be given in any form."""
    name, zone = canonical_name(name), canonical_name(zone)
    return zone in (".", name) or name.endswith("." + zone)


def labels_of(name: str) -> tuple[bytes, ...]:
    """Answer the labels of a name, leftmost first, decoded to bytes; the root has none, an empty label stays."""
    relative = canonical_name(name)[:-1]
    return _labels(relative) if relative else ()


@lru_cache(maxsize=_CACHED_NAMES)
def sort_key(name: str) -> bytes:
    """Answer what `ListResourceRecordSets` sorts names by: the labels reversed, each followed by a dot, in ASCII order.

    The dot counts: `a-b.example.com.` comes before `a.example.com.`, because a hyphen precedes a dot in ASCII.
    Source: https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListResourceRecordSets.html ("Sort order")
    """
    return b"".join(label + b"." for label in reversed(labels_of(name)))


def _labels(relative: str) -> tuple[bytes, ...]:
    """Split a name without its trailing dot at its delimiters and decode each label, in lower case."""
    labels = [bytearray()]
    for token in _TOKEN.finditer(relative):
        octal, character = token.groups()
        if character == ".":
            labels.append(bytearray())
        else:
            labels[-1] += bytes([int(octal, 8)]) if octal else character.encode("utf-8", "surrogatepass")
    return tuple(bytes(label).lower() for label in labels)


def _encoded(label: bytes) -> str:
    return "".join(chr(byte) if byte in _PLAIN_BYTES else f"\\{byte:03o}" for byte in label)
