"""The timeline: bounded, and true to the figures, however many events there are."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from sample_run import bad_day, broken, call, outcome

from twinstage.report import load_run
from twinstage.report.buckets import SLOTS, Bucket, HistogramBuilder, aligned
from twinstage.report.timeline import timeline

PLACES = st.lists(st.integers(0, 10**7), min_size=1, max_size=60)


def histogram_of(places):
    builder = HistogramBuilder()
    for place in places:
        builder.add(place, Bucket(place, f"{place:09d}", events=1, calls=2, failed_calls=1))
    return builder.histogram()


@given(PLACES, st.randoms(use_true_random=False))
def test_a_histogram_is_bounded_and_does_not_depend_on_the_order_of_events(places, random):
    histogram = histogram_of(places)
    assert len(histogram.buckets) <= SLOTS
    assert sum(bucket.calls for bucket in histogram.buckets) == 2 * len(places)
    assert histogram.buckets[0].started == f"{min(places):09d}"
    shuffled = places[:]
    random.shuffle(shuffled)
    assert histogram_of(shuffled) == histogram


@given(PLACES, PLACES)
def test_two_arms_are_drawn_at_one_width(one, other):
    both = aligned([histogram_of(one), histogram_of(other)])
    assert both[0].width == both[1].width
    firsts = [bucket.first for histogram in both for bucket in histogram.buckets]
    assert (max(firsts) - min(firsts)) // both[0].width < SLOTS
    assert [sum(bucket.events for bucket in histogram.buckets) for histogram in both] == [len(one), len(other)]


def drawn(run):
    return timeline(load_run(run.store))


def test_nothing_replayed_draws_nothing(run):
    assert drawn(run) is None


def test_arms_share_one_scale_and_stand_below_each_other(run):
    read = call(0, "dynamodb", "GetItem", {})
    run.replay("baseline", [outcome(1, [read] * 4)])
    run.replay("candidate", [outcome(1, [read] * 2)])
    upper, lower = drawn(run).lanes
    assert upper.bars[0].up == 2 * lower.bars[0].up
    assert upper.bars[0].x == lower.bars[0].x
    assert upper.axis < lower.top


def test_one_failed_call_among_thousands_can_still_be_seen(run):
    made = call(0, "dynamodb", "GetItem", {})
    run.replay("baseline", [outcome(1, [made] * 5000), outcome(2, [made, made | {"outcome": "error"}])])
    (lane,) = drawn(run).lanes
    assert lane.bars[1].down >= 1
    assert lane.bars[0].down == 0


def test_labels_of_invariants_that_broke_close_together_do_not_cover_each_other(run):
    run.replay("candidate", bad_day(breaks=True))
    many = [outcome(seq, [call(0, "dynamodb", "GetItem", {})]) for seq in range(100, 128)]
    run.replay("candidate", many, shard="more")
    run.judged("REJECTED", [broken("I3", "candidate"), broken("I1", "candidate"), broken("I2", "candidate")])
    (lane,) = drawn(run).lanes
    assert [marker.label for marker in lane.markers] == ["I3", "I1, I2"]
    assert lane.markers[0].y != lane.markers[1].y
    assert all(lane.top + marker.y > 0 for marker in lane.markers)


def test_a_bucket_is_the_sum_of_its_events():
    one = Bucket(0, "b", 1, 5, 2, 1)
    assert one.plus(replace(one, started="a", first=3)) == Bucket(0, "a", 2, 10, 4, 2)
