"""Items as lines: the fast form is, byte for byte, the slow one that says what the bytes are."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twinstage.model.item import canonical_number, item_key
from twinstage.model.item_check import item_faults
from twinstage.model.item_lines import canonical_line, keyed_bodies, line_of

SCHEMA = {
    "AttributeDefinitions": [
        {"AttributeName": "pk", "AttributeType": "S"},
        {"AttributeName": "sk", "AttributeType": "N"},
        {"AttributeName": "bk", "AttributeType": "B"},
    ],
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
}
KEYS = [SCHEMA["KeySchema"], SCHEMA["KeySchema"][:1], [{"AttributeName": "bk", "KeyType": "HASH"}]]

# Text that looks like the bytes between which the fast form cuts, and text that JSON and UTF-8 make difficult.
TEXT = st.one_of(
    st.text(max_size=8),
    st.sampled_from(
        [
            '},null,{"',
            '"}],[{"',
            '{"N":"01"}',
            '"S":["b","a"]',
            '"B":"?"',
            "\\",
            '"',
            "\0\n\r\t\x7f",
            "\u2028",
            "\ud800",
            "é\U0001f600",
        ]
    ),
)
DIGITS = st.text(st.sampled_from("0123456789"), min_size=1, max_size=24)


@st.composite
def numbers(draw: st.DrawFn) -> str:
    """Numbers as anyone may spell them."""
    whole = draw(st.sampled_from(["", "-", "+"])) + draw(DIGITS)
    point = "." + draw(DIGITS) if draw(st.booleans()) else ""
    exponent = draw(st.sampled_from(["", "", "e5", "E-7", "E+20", "e-60"]))
    return whole + point + exponent


def keyed_lines(batch: list[dict[str, Any]], key_schema: Any) -> list[tuple[bytes, bytes]]:
    keys, bodies = keyed_bodies(batch, key_schema)
    return list(zip(keys, map(line_of, bodies), strict=True))


def base64_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


@st.composite
def binary(draw: st.DrawFn) -> str:
    """Base64, whose last character may carry bits that mean nothing."""
    text = base64_of(draw(st.binary(max_size=8)))
    if text.endswith("==") and draw(st.booleans()):
        return text[:-3] + draw(st.sampled_from("ABQRgh")) + "=="
    return text


NUMBERS = numbers().filter(lambda text: not list(item_faults({"v": {"N": text}}, {**SCHEMA, "KeySchema": []})))
BINARY = binary()
SCALARS = st.one_of(
    st.fixed_dictionaries({"S": TEXT}),
    st.fixed_dictionaries({"N": NUMBERS}),
    st.fixed_dictionaries({"B": BINARY}),
    st.fixed_dictionaries({"BOOL": st.booleans()}),
    st.just({"NULL": True}),
    st.fixed_dictionaries({"SS": st.lists(TEXT, min_size=1, max_size=3, unique=True)}),
    st.fixed_dictionaries({"NS": st.lists(NUMBERS, min_size=1, max_size=3, unique_by=canonical_number)}),
    st.fixed_dictionaries({"BS": st.lists(BINARY, min_size=1, max_size=3, unique=True)}),
)
NAMES = st.one_of(TEXT, st.sampled_from(["N", "B", "NS", "SS", "Item", "S"]))
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.fixed_dictionaries({"L": st.lists(inner, max_size=3)}),
        st.fixed_dictionaries({"M": st.dictionaries(NAMES, inner, max_size=3)}),
    ),
    max_leaves=5,
)


@st.composite
def items(draw: st.DrawFn) -> dict[str, Any]:
    found = draw(st.dictionaries(NAMES, VALUES, max_size=4))
    keys = {"pk": {"S": draw(TEXT)}, "sk": {"N": draw(NUMBERS)}, "bk": {"B": draw(BINARY)}}
    return found | keys


@given(batch=st.lists(items(), min_size=1, max_size=5), key_schema=st.sampled_from(KEYS))
def test_the_fast_form_is_the_slow_form(batch: list[dict[str, Any]], key_schema: list[dict[str, str]]) -> None:
    assert keyed_lines(batch, key_schema) == [(item_key(item, key_schema), canonical_line(item)) for item in batch]


@given(text=NUMBERS)
def test_every_spelling_of_a_number_is_found(text: str) -> None:
    item = {"pk": {"S": "x"}, "sk": {"N": text}}
    ((key, line),) = keyed_lines([item], KEYS[0])
    assert json.loads(line)["Item"]["sk"] == {"N": canonical_number(text)}
    assert json.loads(key)[1] == {"N": canonical_number(text)}


@pytest.mark.parametrize(
    "text",
    ["-0", "00", "01", "1.0", "1.", ".5", "+1", "1e1", "0.10", "1" * 39 + "0", "0." + "0" * 30 + "1", "100" * 13],
)
def test_a_spelling_that_is_not_canonical_never_passes_as_it_is(text: str) -> None:
    ((_, line),) = keyed_lines([{"pk": {"S": "x"}, "n": {"N": text}}], KEYS[1])
    assert json.loads(line)["Item"]["n"]["N"] == canonical_number(text)


def test_one_item_of_many_that_needs_care_does_not_change_the_others() -> None:
    plain = [{"pk": {"S": str(i)}, "sk": {"N": str(i)}, "name": {"S": "x"}} for i in range(50)]
    mixed = list(plain)
    mixed[7] = {**plain[7], "tags": {"SS": ["b", "a"]}}
    mixed[9] = {**plain[9], "name": {"S": "\ud800"}}
    expected = [canonical_line(item) for item in mixed]
    assert [line for _, line in keyed_lines(mixed, KEYS[0])] == expected
    plain.reverse()
    assert [line for _, line in keyed_lines(plain, KEYS[0])] == [canonical_line(item) for item in plain]
