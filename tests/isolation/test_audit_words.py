"""What a kept or rewritten value may say: plain words, and nothing that anybody could look up."""

from __future__ import annotations

import socket
import struct
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twinstage.isolation.audit.words import named_outside, says_nothing, strange

if TYPE_CHECKING:
    import ipaddress

ZONES = frozenset({"example1.internal"})


@pytest.mark.parametrize(
    "word",
    [
        "INFO",
        "cas",
        "destroy-first",
        "undeclared",
        "ttl_aware",
        "v1.2.3",
        "192.0.2.80",
        "1.5",
        "180",
        "-1",
        "0.25",
        "true",
        "www.example1.internal.",
    ],
)
def test_plain_words_and_examples_name_nothing(word: str) -> None:
    assert named_outside(word, ZONES) == ""


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("10.0.0.7", "an address"),
        ("167772167", "what may be an address"),
        ("0x0a000007", "what may be an address"),
        ("012.0.0.7", "what may be an address"),
        ("10.7", "what may be an address"),
        ("db.example.net", "what may be a host's name"),
        ("example1.internal.evil", "what may be a host's name"),
        ("orders-prod", "production, by its name"),
        ("eu-west-1", "another region"),
        ("twin-other-baseline-x", "another's part of a twin"),
        ("c2VjcmV0LXNlY3JldC1zZWNyZXQ5", "what may be a key"),
    ],
)
def test_what_somebody_could_look_up_is_named(word: str, told: str) -> None:
    assert named_outside(word, ZONES) == told


@given(st.ip_addresses(v=4).filter(lambda address: int(address) >= 1 << 24))
def test_no_spelling_that_the_resolver_takes_for_an_address_is_a_plain_word(address: ipaddress.IPv4Address) -> None:
    number = int(address)
    first, rest = number >> 24, number & 0xFFFFFF
    spellings = [
        str(number),
        hex(number),
        ".".join(oct(part).replace("0o", "0") for part in address.packed),
        f"0x{first:x}.{rest}",
    ]

    for spelling in spellings:
        # The independent opinion: what the C library makes of it.
        assert struct.unpack("!I", socket.inet_aton(spelling))[0] == number
        assert not says_nothing(spelling)
        assert named_outside(spelling, ZONES)


@given(st.text(min_size=1, max_size=8).filter(lambda text: not text.isascii()))
def test_what_is_no_ascii_is_told(text: str) -> None:
    assert list(strange(text))


@pytest.mark.parametrize(
    "text", ["a//b", "\\\\share\\x", "a@b", "arn%3Aaws", "&#x70;rod", "1111-1111-1111", "fe80::1", "http://x"]
)
def test_what_hides_or_addresses_is_told(text: str) -> None:
    assert list(strange(text))
