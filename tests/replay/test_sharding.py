"""Shards: what must keep its order stays together, what nobody captured is named."""

from __future__ import annotations

import pytest

from twinstage.model.errors import InputError
from twinstage.model.event import Event
from twinstage.model.manifest import FunctionManifest, Part, ZoneManifest, new_manifest
from twinstage.replay.in_memory import replay_in_memory
from twinstage.replay.intake import Intake
from twinstage.replay.shards import Shard, in_scope, shard_events, zone_reference

PART = Part("0" * 64, 1)
MANIFEST = new_manifest(
    {"at": "", "account": "", "region": ""},
    "tests",
    [ZoneManifest("ZA", "a.test.", False, 2, PART), ZoneManifest("ZB", "b.test.", False, 2, PART)],
    [],
    [FunctionManifest("enactor", {"Runtime": "python3.12"}, PART)],
)


def update(id_: str, **zone: str) -> Event:
    return Event(id_, "2025-10-19T02:14:07Z", "dns_update", {**zone, "changes": []})


def invoke(id_: str, function: str = "enactor") -> Event:
    return Event(id_, "2025-10-19T02:14:07Z", "lambda_invoke", {"function": function, "event": {}})


def test_changes_of_different_zones_are_independent_however_the_zone_is_named() -> None:
    events = [
        update("1", zone="b.test"),
        update("2", zone_id="/hostedzone/ZA"),
        update("3", zone_id="ZB"),
        update("4", zone="A.test."),
    ]
    assert shard_events(events, MANIFEST) == [Shard("ZA", (events[1], events[3])), Shard("ZB", (events[0], events[2]))]


def test_one_invocation_makes_everything_one_shard() -> None:
    events = [update("1", zone="b.test."), invoke("2"), update("3", zone="a.test.")]
    assert shard_events(events, MANIFEST) == [Shard("all", tuple(events))]


def test_no_events_are_no_shards() -> None:
    assert shard_events([], MANIFEST) == []


def test_an_id_says_more_than_a_name() -> None:
    assert zone_reference(update("1", zone="b.test.", zone_id="ZA")) == "ZA"


def test_every_event_on_what_was_not_captured_is_named() -> None:
    with pytest.raises(InputError) as caught:
        shard_events(
            [update("1", zone="c.test"), update("2", zone_id="ZC"), invoke("3", "planner"), invoke("4")], MANIFEST
        )
    assert [problem.message for problem in caught.value.problems] == [
        "event 3: no function planner in the snapshot",
        "event 1: no zone c.test. in the snapshot",
        "event 2: no zone ZC in the snapshot",
    ]


def test_of_a_trail_only_the_captured_zones_are_replayed_and_the_rest_is_counted() -> None:
    events = (
        update("1", zone_id="ZC"),
        update("2", zone_id="ZA"),
        update("3", zone_id="ZGONE"),
        update("4", zone_id="ZB"),
    )
    left = in_scope(Intake(events, duplicates=2, source="cloudtrail"), MANIFEST)
    assert [(event.id, event.seq) for event in left.events] == [("2", 0), ("4", 1)]
    assert (left.out_of_scope, left.duplicates) == (2, 2)
    assert in_scope(left, MANIFEST) == left


def test_a_trail_that_tells_of_no_captured_zone_is_refused() -> None:
    with pytest.raises(InputError, match="none of the 1 events changes a zone of the snapshot"):
        in_scope(Intake((update("1", zone_id="ZC"),), source="cloudtrail"), MANIFEST)


def test_own_lines_about_an_unknown_zone_stay_a_mistake() -> None:
    intake = Intake((update("1", zone="c.test"), update("2", zone="a.test")))
    assert in_scope(intake, MANIFEST) is intake
    with pytest.raises(InputError, match=r"event 1: no zone c\.test\. in the snapshot"):
        shard_events(intake.events, MANIFEST)


def test_the_memory_world_runs_no_functions_and_says_which_world_does() -> None:
    with pytest.raises(InputError, match=r"event 9: the memory world runs no functions \(use --world local\)"):
        list(replay_in_memory([invoke("9")], {}))
