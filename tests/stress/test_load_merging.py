"""The results of several recorders merge into exactly what one recorder would have been told by all of them: any split, any order, any grouping."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twinstage.model.canonical import canonical_json
from twinstage.model.errors import TwinstageError
from twinstage.stress.metrics.level_tally import Level
from twinstage.stress.metrics.load_document import load_document, load_of
from twinstage.stress.metrics.recorder import Recorder
from twinstage.stress.metrics.resource_use import QuotaUse
from twinstage.stress.metrics.result import GeneratorHealth, LoadResult

if TYPE_CHECKING:
    from collections.abc import Sequence

S = 1_000_000_000
PROFILE = {"profile": "step", "from_per_s": 1}
LEVELS = (Level(0, 0, 60 * S, 1.0), Level(1, 60 * S, 120 * S, 2.0), Level(2, 600 * S, 3600 * S, 3.0))
# Nobody sent anything but the virtual world: so that the number of generators adds up to the same, too.
VIRTUAL = GeneratorHealth(generators=0)
Telling = tuple[str, tuple[Any, ...]]

AT = st.one_of(st.integers(0, 200 * S), st.integers(0, 4000 * S))
TOOK = st.one_of(st.integers(0, 3 * S), st.integers(0, 500 * S))
OPERATION, KEY = st.sampled_from(["get", "put"]), st.sampled_from([None, "a", "b", "c"])
ERROR = st.sampled_from([None, None, "throttled:x", "failed:y", "failed:z"])
UNITS = st.integers(0, 9).map(lambda half: half / 2)
RESOURCE = st.sampled_from(["lock:a", "lock:b", "quota"])
SPAN = st.tuples(AT, TOOK).map(lambda span: (span[0], span[0] + span[1]))
TELLINGS = st.one_of(
    st.tuples(st.just("answered"), st.tuples(OPERATION, KEY, AT, TOOK, st.none() | TOOK, TOOK, ERROR, UNITS, UNITS)),
    st.tuples(st.just("unanswered"), st.tuples(OPERATION, KEY, AT, TOOK, TOOK)),
    st.tuples(st.just("unsent"), st.tuples(OPERATION, KEY, AT)),
    st.tuples(st.just("use"), st.builds(lambda r, s, u, e: (r, *s, u, e), RESOURCE, SPAN, UNITS, ERROR)),
    st.tuples(st.just("waited"), st.builds(lambda r, s: (r, *s), RESOURCE, SPAN)),
    st.tuples(st.just("call"), st.tuples(st.sampled_from(["a.B", "c.D"]), TOOK, ERROR, UNITS, UNITS)),
    st.tuples(st.just("handler"), st.tuples(OPERATION, st.none() | TOOK, st.none() | st.integers(0, 10**9))),
    st.tuples(st.just("invoked"), st.tuples(TOOK, st.just(256))),
    st.tuples(st.just("quota"), st.tuples(st.just("q"), st.builds(QuotaUse, st.integers(0, 9), st.just(5.0)))),
)


def result_of(tellings: Sequence[Telling]) -> LoadResult:
    recorder = Recorder("plans", "memory", "open", PROFILE, LEVELS)
    recorder.declare("lock:a", "lock", 1.0)
    recorder.declare("lock:b", "lock", 1.0)
    recorder.declare("quota", "quota", 5.0, "quota")
    for method, arguments in tellings:
        getattr(recorder, method)(*arguments)
    return recorder.result(VIRTUAL)


def together(results: list[LoadResult], stream: random.Random) -> LoadResult:
    """Merged two by two, whichever two chance brings together."""
    while len(results) > 1:
        stream.shuffle(results)
        results.append(results.pop().merged(results.pop()))
    return results[0]


@given(st.lists(TELLINGS, max_size=60), st.integers(1, 6), st.randoms(use_true_random=False))
def test_any_split_merged_in_any_order_is_one_recorders_result(
    tellings: list[Telling], parts: int, stream: random.Random
) -> None:
    shares: list[list[Telling]] = [[] for _ in range(parts)]
    for telling in tellings:
        shares[stream.randrange(parts)].append(telling)
    whole = result_of(tellings)
    split = together([result_of(share) for share in shares], stream)
    assert split == whole
    assert canonical_json(load_document(split)) == canonical_json(load_document(whole))


@given(st.lists(TELLINGS, max_size=40), st.randoms(use_true_random=False))
def test_the_order_in_which_a_recorder_is_told_makes_no_difference(
    tellings: list[Telling], stream: random.Random
) -> None:
    whole = result_of(tellings)
    stream.shuffle(tellings)
    assert result_of(tellings) == whole


@given(st.lists(TELLINGS, max_size=40))
def test_a_result_without_requests_changes_nothing(tellings: list[Telling]) -> None:
    whole, empty = result_of(tellings), result_of([])
    assert whole.merged(empty) == empty.merged(whole) == whole


@settings(max_examples=20)  # a schema takes its time
@given(st.lists(TELLINGS, max_size=40))
def test_a_document_is_read_back_as_it_was(tellings: list[Telling]) -> None:
    whole = result_of(tellings)
    document = load_document(whole)
    assert load_of(document) == whole
    assert canonical_json(load_document(load_of(document))) == canonical_json(document)


def test_a_long_run_merges_like_a_short_one() -> None:
    """Longer than a recorder's blocks, and with every figure told of several times in each part."""
    stream = random.Random(2)  # noqa: S311  (requests)

    def took() -> int:
        return stream.randrange(3 * S)

    tellings: list[Telling] = []
    for index in range(1200):
        at, key, resource = index * S // 8, f"k{stream.randrange(9)}", stream.choice(["lock:a", "quota"])
        error = stream.choice([None, "throttled:x", "failed:y"])
        units = stream.randrange(9) / 2
        tellings += [
            ("answered", ("get", key, at, took(), stream.choice([None, took()]), took(), error, units, units)),
            ("use", (resource, at, at + took(), units, error)),
            ("waited", (resource, at, at + took())),
        ]
        if index % 10 == 0:
            tellings += [
                ("unanswered", ("get", key, at, took(), took())),
                ("unsent", ("put", key, at)),
                ("handler", ("get", took(), stream.randrange(10**9))),
                ("call", ("a.B", took(), error, units, units)),
                ("invoked", (took(), 256)),
                ("quota", ("q", QuotaUse(stream.randrange(9), 5.0))),
            ]
    whole = result_of(tellings)
    assert whole.operations["get"].answered == 1200
    stream.shuffle(tellings)
    assert together([result_of(tellings[part::3]) for part in range(3)], stream) == whole


def test_names_beyond_the_bounds_add_up_to_others_whoever_saw_them() -> None:
    stream = random.Random(4)  # noqa: S311  (names)
    names = [f"{index:04d}" for index in range(1500)]
    stream.shuffle(names)

    def told(share: Sequence[str]) -> LoadResult:
        recorder = Recorder("plans", "memory", "open", PROFILE, LEVELS)
        for name in share:
            recorder.declare(f"lock:{name}", "lock", 1.0, detail=name)
            recorder.use(f"lock:{name}", 0, 1000)
            recorder.answered("get", None, 0, 0, 0, 1000, f"failed:{name}")
        return recorder.result(VIRTUAL)

    whole = told(names)
    for parts in (2, 5):
        assert together([told(names[part::parts]) for part in range(parts)], stream) == whole
    others = whole.resources["lock:others"]
    assert (len(whole.resources), others.calls, others.capacity_per_s, others.detail) == (1025, 1500 - 1024, None, "")
    assert (min(whole.resources), "lock:1023" in whole.resources) == ("lock:0000", True)
    errors = whole.operations["get"].errors
    assert (len(errors), errors["failed:0063"], errors["failed:others"]) == (65, 1, 1500 - 64)
    assert (len(whole.windows[0].used_micro), whole.windows[0].used_micro["lock:others"]) == (33, 1500 - 32)
    assert whole.levels[0].resources == whole.resources


def test_generators_are_as_healthy_as_the_worst_of_them() -> None:
    well = GeneratorHealth(1, 900.0, 0.2)
    ill = GeneratorHealth(2, 1000.0, 0.95, reasons=("it fell behind", "its processor was busy"))
    both = well.merged(ill)
    assert both == ill.merged(well)
    assert (both.generators, both.calibrated_per_s, both.cpu_share) == (3, 1900.0, 0.95)
    assert (both.valid, both.reasons) == (False, ill.reasons)
    assert well.merged(VIRTUAL) == well


@pytest.mark.parametrize(
    ("other", "says"),
    [
        (LoadResult("another", "memory", "open", PROFILE), "different loads or targets"),
        (LoadResult("plans", "twin", "open", PROFILE), "different loads or targets"),
        (LoadResult("plans", "memory", "closed", PROFILE), "different loads or targets"),
        (LoadResult("plans", "memory", "open", {"profile": "ramp"}), "different loads or targets"),
        (Recorder("plans", "memory", "open", PROFILE, [Level(0, 0, S, 9.0)]).result(VIRTUAL), "is not level"),
        (Recorder("plans", "memory", "open", PROFILE, window_ns=3 * S), "do not become windows"),
    ],
)
def test_what_does_not_belong_together_does_not_merge(other: LoadResult | Recorder, says: str) -> None:
    one = result_of([("answered", ("get", None, 0, 0, 0, S))])
    if isinstance(other, Recorder):
        other.answered("get", None, 0, 0, 0, S)
        other = other.result(VIRTUAL)
    with pytest.raises(TwinstageError, match=says):
        one.merged(other)


def test_one_name_is_one_resource_and_one_quota() -> None:
    def told(capacity: float, quota: float) -> LoadResult:
        recorder = Recorder("plans", "memory", "open", PROFILE)
        recorder.declare("lock:a", "lock", capacity)
        recorder.use("lock:a", 0, S)
        recorder.quota("q", QuotaUse(1, quota))
        return recorder.result(VIRTUAL)

    with pytest.raises(TwinstageError, match="one name for two resources"):
        told(1.0, 1.0).merged(told(2.0, 1.0))
    with pytest.raises(TwinstageError, match="one name for two quotas"):
        told(1.0, 1.0).merged(told(1.0, 2.0))
