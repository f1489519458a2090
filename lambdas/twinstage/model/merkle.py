"""The root of a Merkle tree, hashed as RFC 6962 does: https://www.rfc-editor.org/rfc/rfc6962#section-2.1.

A leaf and an inner node begin with different bytes, so that no leaf can be passed off as a node; an uneven number of
leaves is split at the largest power of two below it, so that no leaf is ever counted twice.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

LEAF, NODE = b"\x00", b"\x01"


def merkle_root(leaves: Sequence[bytes]) -> bytes:
    """The SHA-256 root (32 bytes) over these leaves, in this order. That of no leaves is the hash of nothing."""
    if not leaves:
        return hashlib.sha256().digest()
    return _root([hashlib.sha256(LEAF + leaf).digest() for leaf in leaves])


def _root(hashes: Sequence[bytes]) -> bytes:
    if len(hashes) == 1:
        return hashes[0]
    middle = 1 << (len(hashes) - 1).bit_length() - 1
    return hashlib.sha256(NODE + _root(hashes[:middle]) + _root(hashes[middle:])).digest()
