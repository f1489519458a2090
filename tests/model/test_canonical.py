"""One byte form of equal documents."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twinstage.model.canonical import canonical_json, digest, pretty_json, sha256_hex

if TYPE_CHECKING:
    import random

DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8"), max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=4), inner)
    ),
    max_leaves=12,
)


def shuffled(document: Any, order: random.Random) -> Any:
    """The same document, its members written in another order."""
    if isinstance(document, dict):
        members = list(document.items())
        order.shuffle(members)
        return {name: shuffled(value, order) for name, value in members}
    return [shuffled(element, order) for element in document] if isinstance(document, list) else document


@given(DOCUMENTS, st.randoms(use_true_random=False))
def test_the_order_of_members_does_not_show(document: Any, order: random.Random) -> None:
    other = shuffled(document, order)
    assert canonical_json(other) == canonical_json(document)
    assert pretty_json(other) == pretty_json(document)
    assert digest(other) == digest(document)


@given(DOCUMENTS)
def test_both_forms_hold_the_whole_document(document: Any) -> None:
    assert json.loads(canonical_json(document)) == document
    assert json.loads(pretty_json(document)) == document


def test_the_bytes_are_utf8_without_white_space() -> None:
    assert canonical_json({"b": [1, "ä"], "a": None}) == '{"a":null,"b":[1,"ä"]}'.encode()


def test_the_form_of_files_ends_with_a_line_feed() -> None:
    assert pretty_json({"b": 1, "a": "ä"}) == '{\n  "a": "ä",\n  "b": 1\n}\n'.encode()


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_what_json_has_no_number_for_is_refused(number: float) -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        canonical_json({"n": number})


def test_a_digest_names_its_function() -> None:
    assert digest({}) == f"sha256:{sha256_hex(b'{}')}"
    assert sha256_hex(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_a_lone_surrogate_goes_through_as_it_came() -> None:
    """Legal in JSON text, and so in any message that a handler writes."""
    assert json.loads(canonical_json(json.loads('"\\ud800"'))) == "\ud800"
    assert json.loads(pretty_json({"text": "\ud800"})) == {"text": "\ud800"}
