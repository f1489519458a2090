"""A load as a scenario has it: what it says of time, and that it comes back out of its document as it was."""

from __future__ import annotations

from itertools import pairwise

import pytest

from twinstage.model.load_profile import MOST_LEVELS, ClosedLoad, OpenLoad, load_contradictions, load_of

LOADS = [
    {"profile": "constant", "rate_per_s": 20, "for_s": 60},
    {"profile": "soak", "rate_per_s": 0.5, "for_s": 3600, "arrivals": "poisson", "seed": 4},
    {"profile": "ramp", "from_per_s": 0, "to_per_s": 50, "for_s": 10},
    {"profile": "step", "from_per_s": 10, "to_per_s": 35, "by_per_s": 10, "level_s": 5},
    {"profile": "breakpoint", "from_per_s": 1, "to_per_s": 10, "factor": 2, "level_s": 5},
    {"profile": "spike", "rate_per_s": 5, "peak_per_s": 50, "before_s": 10, "peak_s": 2, "after_s": 10},
    {"profile": "recorded", "scale": 4, "offsets_ns": [0, 500, 4_000]},
    {"model": "closed", "users": 8, "for_s": 30, "think_s": 0.5},
]


@pytest.mark.parametrize("document", LOADS, ids=lambda each: each.get("profile", "closed"))
def test_a_load_comes_back_out_of_its_document(document: dict[str, object]) -> None:
    load = load_of(document)
    assert load_of(load.document()) == load
    assert document.items() <= load.document().items()
    assert load_contradictions(document) == []


@pytest.mark.parametrize(
    ("document", "seconds"),
    [*zip(LOADS, [60, 3600, 10, 20, 25, 22, 1e-6, 30], strict=True)],
    ids=lambda each: str(each)[:30],
)
def test_a_load_knows_how_long_it_is(document: dict[str, object], seconds: float) -> None:
    assert load_of(document).duration_ns / 1e9 == pytest.approx(seconds, abs=2e-9)


def rates(document: dict[str, object]) -> list[float]:
    return [level.from_per_s for level in load_of(document).levels]


def test_its_levels_are_its_stretches_of_one_rate() -> None:
    assert [rates(document) for document in LOADS] == [
        [20],
        [0.5],
        [],
        [10, 20, 30, 35],
        [1, 2, 4, 8, 10],
        [5, 50, 5],
        [],
        [],
    ]
    assert [level.begin_ns for level in load_of(LOADS[3]).levels] == [0, 5 * 10**9, 10 * 10**9, 15 * 10**9]


def test_the_last_level_of_a_search_is_the_rate_that_it_goes_up_to_however_the_factor_falls() -> None:
    for factor in (1.1, 1.3, 10, 11):
        found = rates({"profile": "breakpoint", "from_per_s": 2, "to_per_s": 20, "factor": factor, "level_s": 1})
        assert (found[0], found[-1]) == (2, 20)
        assert sorted(set(found)) == found
        assert all(above / below <= factor * (1 + 1e-9) for below, above in pairwise(found))


def test_rates_that_were_computed_make_no_level_more() -> None:
    assert rates({"profile": "step", "from_per_s": 4.56, "to_per_s": 5.573, "by_per_s": 0.5064, "level_s": 1}) == [
        4.56,
        pytest.approx(5.0664),
        5.573,
    ]


def test_a_stretch_of_no_time_is_none() -> None:
    assert rates({"profile": "spike", "rate_per_s": 5, "peak_per_s": 50, "before_s": 0, "peak_s": 2, "after_s": 0}) == [
        50
    ]


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        ({"profile": "breakpoint", "from_per_s": 5, "to_per_s": 5, "level_s": 1}, "/to_per_s"),
        ({"profile": "step", "from_per_s": 5, "to_per_s": 4, "by_per_s": 1, "level_s": 1}, "/to_per_s"),
        ({"profile": "breakpoint", "from_per_s": 1, "to_per_s": 1e6, "factor": 1.0001, "level_s": 1}, "/factor"),
        ({"profile": "step", "from_per_s": 1, "to_per_s": 2 * MOST_LEVELS, "by_per_s": 1, "level_s": 1}, "/by_per_s"),
        ({"profile": "ramp", "from_per_s": 0, "to_per_s": 0, "for_s": 1}, "/to_per_s"),
        (
            {"profile": "spike", "rate_per_s": 5, "peak_per_s": 5, "before_s": 1, "peak_s": 1, "after_s": 1},
            "/peak_per_s",
        ),
        (
            {"profile": "spike", "rate_per_s": 5, "peak_per_s": 6, "before_s": 0, "peak_s": 1e-10, "after_s": 0},
            "/peak_s",
        ),
        (
            {"profile": "spike", "rate_per_s": 5, "peak_per_s": 6, "before_s": 1e-9, "peak_s": 1, "after_s": 0},
            "/before_s",
        ),
        ({"profile": "constant", "rate_per_s": 5, "for_s": 9e-7}, "/for_s"),
        ({"profile": "breakpoint", "from_per_s": 1, "to_per_s": 2, "level_s": 9e-7}, "/level_s"),
        ({"model": "closed", "users": 1, "for_s": 1e-10}, "/for_s"),
        ({"profile": "recorded", "scale": 1e-320}, "/scale"),
    ],
)
def test_what_a_schema_cannot_refuse_is_refused_here(document: dict[str, object], pointer: str) -> None:
    assert [place for place, _ in load_contradictions(document)] == [pointer]


def test_open_is_what_a_load_is_unless_it_says_closed() -> None:
    assert isinstance(load_of(LOADS[0]), OpenLoad)
    assert isinstance(load_of(LOADS[-1]), ClosedLoad)
