from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twinstage.model.dns_name import canonical_name, is_within, labels_of, sort_key

NAMES = st.text(alphabet=st.sampled_from("aZ09-_.*@\\ é052"), max_size=20)


@pytest.mark.parametrize(
    ("given_name", "canonical"),
    [
        ("example.com", "example.com."),
        ("example.com.", "example.com."),
        ("WWW.Example.COM", "www.example.com."),
        ("*.example.com", "\\052.example.com."),
        ("\\052.example.com.", "\\052.example.com."),
        ("@.data.gov", "\\100.data.gov."),
        ("_acme-challenge.a-b.example.com", "_acme-challenge.a-b.example.com."),
        ("\\101bc.example.com", "abc.example.com."),
        ("\\141bc.example.com", "abc.example.com."),
        ("a\\056b.example.com", "a\\056b.example.com."),
        ("ex\\344mple.com", "ex\\344mple.com."),
        ("exämple.com", "ex\\303\\244mple.com."),
        ("a b.example.com", "a\\040b.example.com."),
        ("a\\b.example.com", "a\\134b.example.com."),
        ("a\\777.example.com", "a\\134777.example.com."),
        ("a\\999.example.com", "a\\134999.example.com."),
        ("a..example.com", "a..example.com."),
        ("", "."),
        (".", "."),
    ],
)
def test_names_come_back_as_route53_returns_them(given_name: str, canonical: str) -> None:
    assert canonical_name(given_name) == canonical


@given(NAMES)
def test_the_canonical_form_is_idempotent(name: str) -> None:
    assert canonical_name(canonical_name(name)) == canonical_name(name)


@given(NAMES)
def test_the_canonical_form_keeps_every_label(name: str) -> None:
    labels = labels_of(name)
    assert labels_of(canonical_name(name)) == labels
    assert all(label == label.lower() for label in labels)


@given(st.text(max_size=30))
def test_any_text_has_a_canonical_form_of_plain_characters(name: str) -> None:
    assert set(canonical_name(name)) <= set("abcdefghijklmnopqrstuvwxyz0123456789-_.\\")


@pytest.mark.parametrize(
    ("name", "zone", "within"),
    [
        ("example.com", "example.com.", True),
        ("www.example.com", "example.com", True),
        ("A.B.EXAMPLE.COM", "example.com", True),
        ("*.example.com", "example.com", True),
        ("notexample.com", "example.com", False),
        ("com", "example.com", False),
        ("a\\056example.com", "example.com", False),
        ("anything.at.all", ".", True),
    ],
)
def test_a_name_is_within_a_zone_label_by_label(name: str, zone: str, within: bool) -> None:
    assert is_within(name, zone) is within


def test_names_sort_by_their_labels_reversed_with_the_trailing_dot() -> None:
    in_order = [
        "example.com.",
        "\\052.example.com.",
        "_b.example.com.",
        "a-b.example.com.",
        "a.example.com.",
        "z.a.example.com.",
        "a0.example.com.",
        "b.example.com.",
        "example.net.",
    ]
    assert sorted(sorted(in_order), key=sort_key) == in_order


def test_the_root_has_no_labels() -> None:
    assert labels_of(".") == ()
    assert sort_key(".") == b""
