"""PyPI's hdrhistogram, where it is fetched: the same buckets with the same counts, and the same ends."""

from __future__ import annotations

import json
import os
import random
import subprocess
from array import array
from pathlib import Path

import pytest

from tools import peers
from twinstage.stress.metrics.histogram import Histogram

PEER = "hdrhistogram"
RECORD = Path(__file__).parents[2] / "bench" / "histogram_peer.py"


@pytest.mark.long
def test_the_peer_counts_the_same_values_in_the_same_buckets() -> None:
    home = peers.ready(PEER)
    if home is None:
        assert not os.environ.get("CI"), "the nightly lane has fetched no hdrhistogram: see `make peers`"
        pytest.skip("it is not fetched: run `python tools/peers.py hdrhistogram`")
    draw = random.Random(11).lognormvariate  # noqa: S311  (durations to count)
    powers = [value for power in range(32) for value in (2**power - 1, 2**power, 2**power + 1)]
    values = [min(value, 3_600_000_000) for value in (*powers, *(int(draw(9, 3)) for _ in range(50_000)))]
    done = subprocess.run(
        [str(home / "bin" / "python"), str(RECORD)], input=array("q", values).tobytes(), capture_output=True, check=True
    )
    theirs = json.loads(done.stdout)
    ours = Histogram()
    ours.add_all(values)
    assert [list(each) for each in sorted(ours.counts.items())] == theirs["counts"]
    assert [step.least for step in ours.steps()] == theirs["lowest"]
    # Ours ends at the greatest value that there was; theirs at the end of its bucket.
    assert [step.greatest for step in ours.steps()] == [min(end, ours.most_us) for end in theirs["highest"]]
