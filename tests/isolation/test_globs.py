"""Witnesses of glob products, against every short text there is."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twinstage.isolation.policy import globs
from twinstage.isolation.policy.globs import UNDECIDED, witness
from twinstage.isolation.policy.matching import glob

LETTERS = "ab"
LONGEST = 6
TEXTS = ["".join(letters) for length in range(LONGEST + 1) for letters in product(LETTERS + "c", repeat=length)]
"""Every text of up to six of three letters, the shortest first: of the third one no pattern speaks."""

patterns = st.text(alphabet=LETTERS + "*?", max_size=4)
groups = st.lists(st.lists(patterns, min_size=1, max_size=3), min_size=1, max_size=3)


def covered(text: str, allowed: list[list[str]], excluded: list[str]) -> bool:
    inside = all(any(glob(pattern).matches(text) for pattern in group) for group in allowed)
    return inside and not any(glob(pattern).matches(text) for pattern in excluded)


@settings(max_examples=200, deadline=None)
@given(groups, st.lists(patterns, max_size=3))
def test_a_witness_is_a_shortest_text_that_is_allowed_and_not_excluded(
    allowed: list[list[str]], excluded: list[str]
) -> None:
    expected = next((text for text in TEXTS if covered(text, allowed, excluded)), None)

    found = witness(allowed, excluded)

    if expected is not None:
        assert found is not None
        assert covered(found, allowed, excluded)
        assert len(found) == len(expected)
    else:
        # What four positions of each pattern can tell apart shows within that length; beyond it, ask the witness itself.
        assert found is None or (len(found) > LONGEST and covered(found, allowed, excluded))


@pytest.mark.parametrize(
    ("allowed", "excluded", "expected"),
    [
        ([["*"]], ["*"], None),
        ([["*"]], ["?*"], ""),
        ([["arn:aws:s3:::twin-*"]], ["arn:aws:s3:::twin-*"], None),
        ([["twin-a-*"]], ["twin-a-b-*", "twin-a-"], "twin-a-x"),
        ([["twin-a*"]], ["twin-a-*"], "twin-a"),
        ([["a*"], ["*b"]], [], "ab"),
        ([["a"], ["b"]], [], None),
        ([[]], [], None),
        ([["a**b"]], ["ab", "a?b"], "axxb"),
    ],
)
def test_witnesses(allowed: list[list[str]], excluded: list[str], expected: str | None) -> None:
    assert witness(allowed, excluded) == expected


def test_a_search_that_is_given_up_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(globs, "MOST_STATES", 3)

    assert witness([["aaaaaaaaaa*"]], ["aaaaaaaaaa*"]) == UNDECIDED
