"""A queue or a stream as a file says it: everything that happens has an end, and waiting is what queueing theory says it is."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.simulate.test_queues_match_theory import erlang_c
from twinstage.model.canonical import canonical_json
from twinstage.model.errors import InputError
from twinstage.model.validation import schema_violations
from twinstage.simulate.events_file import event_source_of
from twinstage.simulate.events_result import simulate_events
from twinstage.simulate.file_kind import kind_of

QUEUE: dict[str, Any] = {
    "queue": {},
    "messages": {"rate": 2},
    "consumer": {"service": 0.1},
}


def simulated(document: dict[str, Any], hours: float = 0.1, seed: int = 7, replications: int = 3) -> dict[str, Any]:
    source = event_source_of(json.dumps(document).encode(), "source.json")
    found = simulate_events(source, hours=hours, seed=seed, replications=replications)
    assert schema_violations("event_source_simulation", found) == []
    return found


shares = st.sampled_from([0.0, 0.05, 0.3])
# Nothing is tried again for days: what is poisoned would be handed over a million times.
places = st.one_of(
    st.fixed_dictionaries(
        {"visibility_s": st.sampled_from([2, 30]), "retention_s": st.sampled_from([60, 600])},
        optional={
            "batch_size": st.integers(1, 20),
            "pollers": st.integers(1, 3),
            "max_receives": st.integers(1, 4),
            "fifo": st.booleans(),
        },
    ).map(lambda node: {"queue": node}),
    st.fixed_dictionaries(
        {"max_age_s": st.sampled_from([60, 600])},
        optional={
            "shards": st.integers(1, 3),
            "batch_size": st.integers(1, 20),
            "window_s": st.sampled_from([0, 2]),
            "parallel": st.integers(1, 3),
            "retries": st.integers(0, 3),
            "bisect": st.booleans(),
        },
    ).map(lambda node: {"stream": node}),
)


# A message that expires while it is hidden frees its group: nobody else would.
@example(
    place={"queue": {"visibility_s": 30, "retention_s": 60, "fifo": True, "batch_size": 3}},
    loss=0.0,
    duplication=0.0,
    straggling=0.3,
    failure=0.3,
    poison=0.0,
    partial=False,
    seed=0,
)
@settings(max_examples=30, deadline=None)
@given(
    place=places,
    loss=shares,
    duplication=shares,
    straggling=shares,
    failure=shares,
    poison=st.sampled_from([0.0, 0.05]),
    partial=st.booleans(),
    seed=st.integers(0, 1000),
)
def test_what_happens_is_handled_lost_given_up_or_expired_and_the_same_seed_tells_the_same(
    place: dict[str, Any],
    loss: float,
    duplication: float,
    straggling: float,
    failure: float,
    poison: float,
    partial: bool,
    seed: int,
) -> None:
    document = {
        **place,
        "messages": {"rate": 1, "keys": {"number": 5, "skew": 1}},
        "delivery": {"loss": loss, "duplication": duplication, "straggling": straggling, "late": {"mean_s": 3}},
        "consumer": {"service": {"mean_s": 0.3}, "failure": failure, "poison": poison, "partial": partial},
        "service_level": {"fresh_within_s": 60, "on_time": 0.9, "complete": 0.9},
    }
    found = simulated(document, hours=0.03, seed=seed, replications=2)
    counts = found["counts"]
    assert counts["happened"] == counts["lost"] + counts["handled"] + counts["given_up"] + counts["expired"]
    assert canonical_json(simulated(document, hours=0.03, seed=seed, replications=2)) == canonical_json(found)


@pytest.mark.parametrize(("pollers", "rate"), [(1, 5.0), (3, 24.0)])
def test_messages_of_a_queue_taken_one_by_one_wait_as_erlang_c_says(pollers: int, rate: float) -> None:
    document = {
        "queue": {"batch_size": 1, "pollers": pollers},
        "messages": {"rate": rate},
        "consumer": {"service": {"mean_s": 0.1}},
    }
    mean = simulated(document, hours=1.5 / rate, replications=12)["figures"]["latency_mean_s"]
    offered = rate * 0.1
    expected = 0.1 + erlang_c(pollers, offered) * 0.1 / (pollers - offered)
    # Half of a 95 % interval of twelve replications is 2.2 standard errors.
    assert abs(mean["value"] - expected) <= 3 * (mean["high"] - mean["value"]) / 2.2


def test_a_fifo_queue_refuses_duplicates_and_keeps_the_order_of_a_group_where_nothing_is_late() -> None:
    found = simulated(
        {
            "queue": {"fifo": True, "batch_size": 3, "pollers": 4},
            "messages": {"rate": 5, "keys": {"number": 8}},
            "delivery": {"duplication": 0.1, "late": 10},
            "consumer": {"service": {"mean_s": 0.4}},
        }
    )["counts"]
    assert found["duplicated"] > 0
    assert (found["refused"], found["handled_again"], found["out_of_order"]) == (found["duplicated"], 0, 0)
    assert found["handled"] == found["happened"]


def test_one_poisoned_record_holds_its_shard_up_until_it_is_given_up_and_bisection_gives_up_it_alone() -> None:
    document: dict[str, Any] = {
        "stream": {"batch_size": 20, "window_s": 5, "retries": 2},
        "messages": {"rate": 2},
        "consumer": {"service": 0.1, "poison": 0.01},
    }
    whole = simulated(document)
    halved = simulated({**document, "stream": {**document["stream"], "bisect": True}})
    assert halved["counts"]["given_up"] < whole["counts"]["given_up"] / 3
    assert halved["counts"]["handled"] + halved["counts"]["given_up"] == halved["counts"]["happened"]
    assert whole["counts"]["handled"] + whole["counts"]["given_up"] == whole["counts"]["happened"]


def test_a_promise_is_met_missed_or_undecided_by_its_interval() -> None:
    slow = {**QUEUE, "messages": {"rate": 8}, "consumer": {"service": {"mean_s": 1}}}
    levels = {"fresh_within_s": 2, "on_time": 0.9, "complete": 1}
    asked = [simulated({**document, "service_level": levels})["service_levels"] for document in (QUEUE, slow)]
    assert [[level["met"] for level in each] for each in asked] == [[True, True], [False, True]]
    share = simulated({**slow, "service_level": {"fresh_within_s": 9, "on_time": 0.5}})["service_levels"][0]["seen"]
    exactly = {**slow, "service_level": {"fresh_within_s": 9, "on_time": share["value"]}}
    assert simulated(exactly)["service_levels"][0]["met"] is None


def test_which_of_the_three_kinds_a_file_is_its_content_says() -> None:
    assert kind_of(json.dumps(QUEUE).encode()) == "queue or stream"
    assert kind_of(b"consumer: {service: 1}\n") == "queue or stream"
    assert kind_of(b"sources: []\nstages: []\n") == "data flow"
    machine = b'{"StartAt": "A", "States": {"consumer": {"Type": "Pass", "End": true}}}'
    assert (kind_of(machine), kind_of(b"")) == ("state machine", "state machine")


def test_everything_that_is_wrong_with_a_file_is_told_with_its_line_and_place() -> None:
    text = "queue: {pollers: 0}\nmessages: {rate: 1, between: 2}\nconsumer: {service: 1, failure: 2}\nmessage: 1\n"
    with pytest.raises(InputError) as refused:
        event_source_of(text.encode(), "source.yaml")
    told = {(problem.line, problem.pointer) for problem in refused.value.problems}
    assert {(1, "/queue/pollers"), (3, "/consumer/failure")} <= told
    assert any(line == 2 for line, _ in told)
    with pytest.raises(InputError, match="no such duration"):
        event_source_of(
            json.dumps({**QUEUE, "consumer": {"service": {"low_s": 3, "high_s": 1}}}).encode(), "source.json"
        )
    with pytest.raises(InputError, match="without end"):
        event_source_of(json.dumps({**QUEUE, "messages": {"between": 0}}).encode(), "source.json")
