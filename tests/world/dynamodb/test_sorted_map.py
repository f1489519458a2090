"""A sorted map behaves like a dict that is copied before each change and read in the order of its keys."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from twinstage.world.memory.sorted_map import NODE_SIZE, SortedMap

KEYS = st.integers(0, 400)
ENDS = st.none() | st.integers(-5, 405)


class SortedMapAgainstDict(RuleBasedStateMachine):
    """Any sequence of changes leaves the map as the dict is, and every earlier map as it was."""

    def __init__(self) -> None:
        super().__init__()
        self.sorted: SortedMap[int, str] = SortedMap()
        self.plain: dict[int, str] = {}
        self.earlier: list[tuple[SortedMap[int, str], dict[int, str]]] = []

    @initialize(entries=st.dictionaries(KEYS, st.text(max_size=2), max_size=300))
    def build(self, entries: dict[int, str]) -> None:
        self.sorted, self.plain = SortedMap(entries), dict(entries)

    @rule(key=KEYS, value=st.text(max_size=2))
    def put(self, key: int, value: str) -> None:
        self.sorted = self.sorted.with_entry(key, value)
        self.plain[key] = value

    @rule(start=KEYS, length=st.integers(1, 200))
    def put_a_run(self, start: int, length: int) -> None:
        for key in range(start, start + length):
            self.put(key, "run")

    @rule(key=KEYS)
    def take_away(self, key: int) -> None:
        self.sorted = self.sorted.without(key)
        self.plain.pop(key, None)

    @rule(start=KEYS, length=st.integers(1, 300))
    def take_a_run_away(self, start: int, length: int) -> None:
        for key in range(start, start + length):
            self.take_away(key)

    @rule()
    def keep(self) -> None:
        self.earlier = [*self.earlier[-3:], (self.sorted, dict(self.plain))]

    @rule(low=ENDS, high=ENDS)
    def read_a_range(self, low: int | None, high: int | None) -> None:
        wanted = [
            (key, value)
            for key, value in sorted(self.plain.items())
            if (low is None or key >= low) and (high is None or key < high)
        ]
        assert list(self.sorted.items_between(low, high)) == wanted
        assert list(self.sorted.items_before(high, low)) == wanted[::-1]

    @rule(key=KEYS)
    def read_one(self, key: int) -> None:
        assert self.sorted.get(key) == self.plain.get(key)
        assert (key in self.sorted) == (key in self.plain)

    @invariant()
    def it_is_what_the_dict_is(self) -> None:
        assert len(self.sorted) == len(self.plain)
        assert list(self.sorted) == sorted(self.plain)
        assert self.sorted == self.plain
        for earlier, plain in self.earlier:
            assert earlier == plain

    @invariant()
    def its_nodes_are_neither_too_full_nor_too_sparse(self) -> None:
        root, *others = self.sorted.nodes()
        assert all(len(node.values) <= NODE_SIZE for node in [root, *others])
        assert all(len(node.values) >= NODE_SIZE // 4 for node in others)


SortedMapAgainstDict.TestCase.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
TestSortedMapAgainstDict = SortedMapAgainstDict.TestCase


def test_a_change_of_a_large_map_shares_all_but_a_path() -> None:
    entries: dict[float, int] = {key: key for key in range(100_000)}
    before: SortedMap[float, int] = SortedMap(entries)
    random = Random(7)  # noqa: S311  any keys will do
    for _ in range(20):
        key = random.randrange(100_000)
        for after in (before.with_entry(key, -1), before.with_entry(key + 0.5, -1), before.without(key)):
            old = set(map(id, before.nodes()))
            new = [node for node in after.nodes() if id(node) not in old]
            assert 1 <= len(new) <= 6
            assert len(old) > 2000


def test_a_large_map_shrinks_to_nothing_and_its_nodes_join() -> None:
    keys = list(range(20_000))
    some = SortedMap(dict.fromkeys(keys, 0))
    Random(3).shuffle(keys)  # noqa: S311  any order will do
    left = set(keys)
    for key in keys:
        some = some.without(key)
        left.discard(key)
        if len(left) % 1999 == 0:
            assert list(some) == sorted(left)
            assert all(len(node.values) >= NODE_SIZE // 4 for node in list(some.nodes())[1:])  # type: ignore[attr-defined]
    assert (len(some), len(list(some.nodes()))) == (0, 1)


def test_a_map_that_is_not_changed_is_the_same_map() -> None:
    some = SortedMap({1: "a"})
    assert some.without(2) is some


def test_of_two_entries_with_one_key_the_later_stays() -> None:
    assert dict(SortedMap([(2, "a"), (1, "b"), (2, "c")])) == {1: "b", 2: "c"}


def test_a_key_that_is_not_there_is_missing() -> None:
    with pytest.raises(KeyError):
        SortedMap({1: "a"})[2]


def test_it_can_be_read_backwards_and_shows_what_it_holds() -> None:
    some = SortedMap({2: "b", 1: "a"})
    assert list(reversed(some)) == [2, 1]
    assert repr(some) == "SortedMap({1: 'a', 2: 'b'})"
