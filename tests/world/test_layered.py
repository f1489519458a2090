"""A layered mapping behaves like a dict that is copied before each change."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twinstage.world.memory.layered import Layered

KEYS = st.integers(0, 30)
CHANGES = st.lists(st.dictionaries(KEYS, st.none() | st.text(max_size=2), max_size=6), max_size=8)


@given(st.dictionaries(KEYS, st.text(max_size=2)), CHANGES)
def test_it_holds_what_a_dict_would_and_earlier_ones_stay(
    start: dict[int, str], steps: list[dict[int, str | None]]
) -> None:
    layered, plain = [Layered(start)], [dict(start)]
    for changes in steps:
        layered.append(layered[-1].changed(changes))
        merged = {**plain[-1], **changes}
        plain.append({key: value for key, value in merged.items() if value is not None})
    for one, other in zip(layered, plain, strict=True):
        assert one == other
        assert (len(one), sorted(one)) == (len(other), sorted(other))
        assert all((key in one) == (key in other) and one.get(key) == other.get(key) for key in range(31))


def test_what_was_taken_away_is_missing() -> None:
    layered = Layered(dict.fromkeys(range(30), "x")).changed({3: None})
    with pytest.raises(KeyError):
        layered[3]
    with pytest.raises(KeyError):
        layered[99]


def test_it_shows_what_it_holds() -> None:
    assert repr(Layered({1: "x"})) == "Layered({1: 'x'})"
