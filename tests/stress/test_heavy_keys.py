"""Requests by key: exact while there are few keys, the heavy ones of any number, and the same from any split."""

from __future__ import annotations

import random
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from twinstage.model.canonical import canonical_json
from twinstage.stress.metrics.keys import MOST, HeavyKey, KeyUse
from twinstage.stress.metrics.load_document import load_document, load_of
from twinstage.stress.metrics.operation import OperationResult
from twinstage.stress.metrics.result import LoadResult, merged

if TYPE_CHECKING:
    from collections.abc import Iterable

LONG = '{"pk": {"S": "endpoint-with-a-name-that-is-longer-than-forty-bytes"}}'


def use_of(keys: Iterable[str]) -> KeyUse:
    return KeyUse().with_counts({key: (count, 3 * count) for key, count in Counter(keys).items()})


def skewed(number: int, heavy: dict[str, float]) -> list[str]:
    """Keys of requests: some have a share of them each, the rest fall on fifty thousand others."""
    stream = random.Random(5)  # noqa: S311  (the same requests every time)
    names, shares = [*heavy, ""], [*heavy.values(), 1 - sum(heavy.values())]
    drawn = stream.choices(names, shares, k=number)
    return [name or f"key-{stream.randrange(50_000)}" for name in drawn]


def test_few_keys_are_counted_exactly_the_heaviest_first_equal_ones_by_name() -> None:
    use = use_of(["b"] * 3 + ["c"] * 5 + ["a"] * 3)
    assert use.heaviest() == (HeavyKey("c", 5, 7.5, True), HeavyKey("a", 3, 4.5, True), HeavyKey("b", 3, 4.5, True))
    assert use.heaviest(1) == (HeavyKey("c", 5, 7.5, True),)


def test_of_any_number_of_keys_the_heavy_ones_are_named_with_a_bound_of_their_requests() -> None:
    keys = skewed(60_000, {"hot": 0.3, LONG: 0.05, "warm é": 0.04})
    counts, found = Counter(keys), use_of(keys).heaviest()
    assert [each.key for each in found][:2] == ["hot", f"{LONG[:40]}…{found[1].key[-16:]}"]
    assert {each.key for each in found} >= {"hot", "warm é"}
    for each, key in zip(found, ("hot", LONG, "warm é"), strict=False):
        assert not each.exact
        assert counts[key] <= each.count <= counts[key] * 1.02
        assert each.units >= counts[key] * 1.5


def test_where_no_key_is_heavy_none_is_named() -> None:
    assert use_of(skewed(60_000, {})).heaviest() == ()


@pytest.mark.parametrize("number", [300, 12_000])
def test_any_split_and_order_comes_to_the_same(number: int) -> None:
    keys = skewed(number, {"hot": 0.3, LONG: 0.1})
    stream = random.Random(number)  # noqa: S311  (a split)
    whole = use_of(keys)
    assert (whole.sketch is None) == (len(set(keys)) <= MOST)
    for parts in (2, 7):
        shares: list[list[str]] = [[] for _ in range(parts)]
        for key in keys:
            # Uneven: one of them sees few keys, and counts them exactly.
            shares[stream.choice([0, *range(parts), parts - 1])].append(key)
        shares.append(keys[:0])
        stream.shuffle(shares)
        split = merged(LoadResult("t", "twin", "open", {}, operations={"get": _operation(each)}) for each in shares)
        assert split.operations["get"].keys == whole
        document = load_document(split)
        assert load_of(document) == split
        assert canonical_json(load_document(load_of(document))) == canonical_json(document)


def _operation(keys: list[str]) -> OperationResult:
    return OperationResult(keys=use_of(keys))


def test_the_form_depends_on_all_keys_and_not_on_who_saw_them() -> None:
    halves = [use_of(f"key-{index}" for index in range(begin, MOST + 1, 2)) for begin in (0, 1)]
    assert all(half.sketch is None for half in halves)
    assert halves[0].merged(halves[1]) == halves[1].merged(halves[0]) == use_of(f"key-{i}" for i in range(MOST + 1))
    assert halves[0].merged(halves[1]).sketch is not None
