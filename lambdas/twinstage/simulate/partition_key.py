"""Where a stream puts the records of a key."""

from __future__ import annotations

import hashlib


def partition_of(key: str, partitions: int) -> int:
    """Where Kinesis puts a key: the MD5 of its name as a 128-bit number, the partitions being equal ranges of these.

    Source: https://docs.aws.amazon.com/streams/latest/dev/key-concepts.html
    """
    return partition_hash(key) * partitions >> 128


def partition_hash(key: str) -> int:
    """The MD5 of a key's name as a 128-bit number."""
    return int.from_bytes(hashlib.md5(key.encode(), usedforsecurity=False).digest(), "big")
