"""The verdict document: equal rehearsals give equal bytes, and it says nothing of the wall clock."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from tests.validate.evidence_parts import (
    DOCUMENT,
    EMPTIED,
    Day,
    outcome,
)
from twinstage.model.canonical import pretty_json
from twinstage.validate.verdict import judge, verdict_document

if TYPE_CHECKING:
    import random


RUN = {
    "snapshot": "sha256:1",
    "events": "sha256:2",
    "code": {"baseline": {}},
    "seed": 0,
    "tool": "twinstage",
    "run": "r1",
    "at": "now",
}


def shuffled(document: Any, order: random.Random) -> Any:
    if isinstance(document, dict):
        return {name: shuffled(document[name], order) for name in order.sample(list(document), len(document))}
    return [shuffled(element, order) for element in document] if isinstance(document, list) else document


@given(st.randoms(use_true_random=False), st.lists(st.floats(0.001, 80.0), min_size=4, max_size=4))
def test_equal_rehearsals_give_equal_bytes_whatever_they_measured(order: random.Random, latencies: list[float]) -> None:
    times = iter(latencies)
    bad_day = (outcome(0), EMPTIED)

    def measured(outcomes: tuple[dict[str, Any], ...]) -> tuple[dict[str, Any], ...]:
        return tuple(shuffled(o | {"latency_ms": next(times)}, order) for o in outcomes)

    plain = Day(candidate=bad_day, baseline=bad_day)
    other = Day(candidate=measured(bad_day), baseline=measured(bad_day))
    documents = [
        pretty_json(verdict_document(day.document, judge(day.evidence()), run))
        for day, run in ((plain, RUN), (other, shuffled(RUN | {"run": "r2", "at": "later"}, order)))
    ]
    assert documents[0] == documents[1]
    assert json.loads(documents[0])["verdict"] == "REJECTED"


def test_the_verdict_document_names_what_the_run_was_started_with_and_nothing_of_the_run() -> None:
    document = verdict_document(DOCUMENT, judge(Day().evidence()), RUN)
    assert set(document) == {
        "schema",
        "scenario",
        "title",
        "verdict",
        "snapshot",
        "events",
        "code",
        "seed",
        "tool",
        "findings",
    }
    assert (document["schema"], document["scenario"], document["title"]) == ("twinstage:verdict:1", "small", "small")
