"""Shards: what must keep its order stays together, what nobody captured is named."""

from __future__ import annotations

from dataclasses import replace

import pytest

from twinstage.model.errors import InputError
from twinstage.model.event import Event, Expected, Origin, Place
from twinstage.model.manifest import FunctionManifest, Part, TableManifest, ZoneManifest, new_manifest
from twinstage.replay.in_memory import replay_in_memory
from twinstage.replay.intake import Intake
from twinstage.replay.scope import zone_reference
from twinstage.replay.shards import LANES, NO_ZONE, Shard, in_scope, named_events, shard_events

PART = Part("0" * 64, 1)
MANIFEST = new_manifest(
    {"at": "", "account": "", "region": ""},
    "tests",
    [ZoneManifest("ZA", "a.test.", False, 2, PART), ZoneManifest("ZB", "b.test.", False, 2, PART)],
    [],
    [FunctionManifest("enactor", {"Runtime": "python3.12"}, PART)],
)


TABLES = new_manifest(
    {"at": "", "account": "", "region": ""}, "tests", [], [TableManifest("plans", {"KeySchema": []}, 0, (), 0)], ()
)


def update(id_: str, **zone: str) -> Event:
    return Event(id_, "2025-10-19T02:14:07Z", "dns_update", {**zone, "changes": []})


def trailed(id_: str, zone_id: str) -> Event:
    place = Place("trail.json", 1, f"/Records/{id_}", "cloudtrail")
    return replace(update(id_, zone_id=zone_id), place=place)


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
    events = (trailed("1", "ZC"), trailed("2", "ZA"), trailed("3", "ZGONE"), trailed("4", "ZB"))
    left = in_scope(Intake(events, duplicates=2), MANIFEST)
    assert [(event.id, event.seq) for event in left.events] == [("2", 0), ("4", 1)]
    assert (left.out_of_scope, left.duplicates) == (2, 2)
    assert in_scope(left, MANIFEST) == left


def test_a_trail_that_tells_of_no_captured_zone_is_refused() -> None:
    with pytest.raises(InputError, match="none of the 1 events changes a zone or a table of the snapshot"):
        in_scope(Intake((trailed("1", "ZC"),)), MANIFEST)


def test_own_lines_about_an_unknown_zone_stay_a_mistake() -> None:
    intake = Intake((update("1", zone="c.test"), update("2", zone="a.test")))
    for refuses in (lambda: in_scope(intake, MANIFEST), lambda: shard_events(intake.events, MANIFEST)):
        with pytest.raises(InputError, match=r"event 1: no zone c\.test\. in the snapshot"):
            refuses()


def test_the_memory_world_runs_no_functions_and_says_which_world_does() -> None:
    with pytest.raises(InputError, match=r"event 9: the memory world runs no functions \(use --world local\)"):
        list(replay_in_memory([invoke("9")], {}))


def made(id_: str, zone_id: str, zone: str) -> Event:
    return Event(
        id_, "2025-10-19T02:14:07Z", "zone_create", {"zone_id": zone_id, "zone": zone, "private": False}, place=TRAIL
    )


TRAIL = Place("trail.json", 1, "", "cloudtrail")


def test_a_zone_that_the_log_makes_is_known_wherever_in_it_that_is_told() -> None:
    events = (trailed("1", "ZNEW"), made("2", "ZNEW", "new.test."), trailed("3", "ZNEW"), trailed("4", "ZELSE"))
    left = in_scope(Intake(events), MANIFEST)
    assert [event.id for event in left.events] == ["1", "2", "3"]
    assert left.out_of_scope == 1


def test_zones_of_one_name_are_one_shard_however_often_they_are_made() -> None:
    events = [
        made("1", "ZNEW", "new.test."),
        update("2", zone_id="ZNEW"),
        Event("3", "", "zone_delete", {"zone_id": "ZNEW"}),
        made("4", "ZAGAIN", "new.test."),
        update("5", zone_id="ZAGAIN"),
        Event("6", "", "zone_delete", {"zone_id": "ZA"}),
        made("7", "ZA2", "a.test."),
        update("8", zone="a.test."),
        Event("9", "", "dns_update", {"zone_id": "ZNEVER", "changes": []}, Expected("refused", "NoSuchHostedZone")),
    ]
    names = {
        name: "".join(event.id for event in shard.events)
        for shard in shard_events(events, MANIFEST)
        for name in [shard.name]
    }
    assert names == {"ZNEW": "12345", "ZA": "678", NO_ZONE: "9"}


def item_change(id_: str, key: str) -> Event:
    payload = {"table": "plans", "keys": {"pk": {"S": key}}, "new_image": None}
    return Event(id_, "2025-10-19T02:14:07Z", "item_change", payload)


def test_changes_of_one_item_keep_their_order_and_a_table_is_spread_over_lanes() -> None:
    events = [item_change(f"{round_}.{key}", f"k{key}") for round_ in range(3) for key in range(200)]
    shards = shard_events(events, TABLES)
    assert 1 < len(shards) <= LANES
    for shard in shards:
        assert shard.name.startswith("plans.")
        rounds = [(event.payload["keys"]["pk"]["S"], event.id[0]) for event in shard.events]
        assert sorted(rounds, key=lambda each: each[0]) == [
            (key, round_) for key in sorted({key for key, _ in rounds}) for round_ in "012"
        ]


def test_an_unknown_table_is_named() -> None:
    with pytest.raises(InputError, match=r"event 1: no table plans in the snapshot .capture the table too"):
        shard_events([item_change("1", "k")], MANIFEST)


def session(event: Event, name: str) -> Event:
    return replace(event, origin=Origin(session=name))


def test_a_scenario_may_say_by_what_invocations_are_independent() -> None:
    plans = [
        Event(str(n), "", "lambda_invoke", {"function": "enactor", "event": {"endpoint": {"name": name}}})
        for n, name in enumerate("abab")
    ]
    keyed = dict(
        zip("0123", [name for name, _ in named_events(plans, MANIFEST, {"key": "/endpoint/name"})], strict=True)
    )
    assert keyed["0"] == keyed["2"] != keyed["1"] == keyed["3"]
    mixed = [*plans, update("u", zone="a.test.")]
    assert {name for name, event in named_events(mixed, MANIFEST, {"key": "/endpoint/name"}) if event.id == "u"} == {
        "ZA"
    }
    asked = [
        session(plans[0], "x"),
        session(plans[1], "y"),
        session(plans[2], "x"),
        session(update("u", zone="a.test"), "y"),
    ]
    names = [name for name, _ in named_events(asked, MANIFEST, "session")]
    assert names[0] == names[2] != names[1] == names[3]


def test_sessions_that_ask_of_a_zone_which_one_of_them_makes_keep_their_order() -> None:
    made = Event("m", "", "zone_create", {"zone": "new.test.", "zone_id": "ZNEW"})
    asked = [
        session(made, "x"),
        session(update("u", zone="new.test."), "y"),
        session(update("v", zone="a.test."), "y"),
        session(update("w", zone="a.test."), "z"),
    ]
    names = [name for name, _ in named_events(asked, MANIFEST, "session")]
    assert names[0] == names[1] == names[2] != names[3]
