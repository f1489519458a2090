"""Two arms under the same load, level by level."""

from __future__ import annotations

import random

from twinstage.model.canonical import canonical_json
from twinstage.stress.comparison.compare import compared
from twinstage.stress.metrics.level_tally import Level
from twinstage.stress.metrics.recorder import Recorder
from twinstage.stress.metrics.result import GeneratorHealth, LoadResult

S, MS = 1_000_000_000, 1_000_000
LEVELS = (Level(0, 0, 100 * S, 20.0), Level(1, 100 * S, 200 * S, 30.0), Level(2, 200 * S, 205 * S, 50.0))


def arm(seed: int, slower_in: int | None, levels: tuple[Level, ...] = LEVELS, factor: float = 5.0) -> LoadResult:
    """Latencies of some 10 ms; in one level a request in thirty takes longer."""
    stream = random.Random(seed)  # noqa: S311  (latencies)
    recorder = Recorder("f", "memory", "open", {}, levels)
    for level in levels or LEVELS:
        number = round((level.end_ns - level.begin_ns) / S * (level.rate_per_s or 10.0))
        for index in range(number):
            slow = level.index == slower_in and stream.random() < 1 / 30
            took = int(stream.lognormvariate(2.3, 0.3) * MS * (factor if slow else 1))
            recorder.answered("f", None, level.begin_ns + index * S // 50, 0, None, took)
    return recorder.result(GeneratorHealth(generators=0))


def test_the_level_in_which_the_candidate_has_a_longer_tail_is_named() -> None:
    first, second, third = compared(arm(1, None), arm(2, slower_in=1))
    assert (first.verdict, second.verdict, third.verdict) == ("same", "higher", "same")
    assert (first.share, second.share, third.share) == (0.99, 0.99, 0.95)
    assert first.sentence.startswith("at 20 a second: no difference of the p99 is seen (")
    assert second.sentence.startswith("at 30 a second: the candidate's p99 is higher (")
    assert third.sentence.startswith("at 50 a second: no difference of the p95 is seen (")
    assert second.difference is not None
    assert second.difference.low_us > 0
    assert second.whenever.rose
    assert "beyond doubt" not in second.sentence


def test_a_shorter_tail_is_lower_and_a_small_difference_is_not_beyond_doubt() -> None:
    _, second, _ = compared(arm(1, slower_in=1, factor=1.7), arm(2, None))
    assert second.verdict == "lower"
    assert not second.whenever.fell
    assert second.sentence.endswith("; not beyond doubt for somebody who watches while requests still come)")


def test_loads_without_levels_in_common_are_compared_as_a_whole() -> None:
    [row] = compared(arm(1, None, ()), arm(2, None))
    assert (row.level, row.rate_per_s, row.baseline, row.candidate) == (None, None, 5250, 5250)
    assert row.sentence.startswith("over the whole run: no difference")


def test_a_few_requests_say_nothing() -> None:
    closed = (Level(0, 0, S),)
    [row] = compared(arm(1, None, closed), arm(2, None, closed))
    assert (row.verdict, row.sentence) == ("unknown", "in level 0: too few requests to compare (10 and 10)")
    assert row.document()["quantile_us"] is row.document()["difference_us"] is None
    assert row.document()["whenever_us"] == [None, None]


def test_a_row_is_a_document() -> None:
    first, *_ = compared(arm(1, None), arm(2, None))
    document = first.document()
    assert first.difference is not None
    assert document["difference_us"] == [
        first.difference.difference_us,
        first.difference.low_us,
        first.difference.high_us,
    ]
    assert document["quantile_us"]["candidate"] - document["quantile_us"]["baseline"] == first.difference.difference_us
    assert (document["level"], document["rate_per_s"], document["verdict"]) == (0, 20.0, "same")
    assert canonical_json(document) == canonical_json(compared(arm(1, None), arm(2, None))[0].document())
