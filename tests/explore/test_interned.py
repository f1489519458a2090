"""The interned world answers as the memory world does, and gives equal content equal ids, however it came about."""

from __future__ import annotations

import pytest
from calls_at_random import START, calls, interned
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scripted import a, call, change, delete, get, listing, put, txt
from starts import AT, REGION, world

import twinstage.explore.shards as shards_module
from twinstage.explore.change_ids import change_id
from twinstage.explore.shards import Shards
from twinstage.world.contained import Answered, Failed
from twinstage.world.memory.aws import MemoryAws, ServiceRefused
from twinstage.world.memory.route53 import HostedZone


def applied(aws, state, *made):
    for one in made:
        state, _ = aws.apply(state, aws.request(one), 0)
    return state


def plainly(aws, made):
    try:
        return Answered(aws.answer(made.service, made.operation, made.parameters, region=made.region))
    except ServiceRefused as refused:
        return Failed(refused.error, refused.message, refused.status, refused.members)


def told(reply):
    """A reply but for the id and the time of a change, which follow from who asked and when."""
    if isinstance(reply, Failed):
        return reply.error, reply.message, reply.status, reply.members
    return {**reply.response, "ChangeInfo": None} if "ChangeInfo" in reply.response else reply.response


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(calls, min_size=1, max_size=12))
def test_answers_are_the_memory_world_s(made):
    aws, plain = interned(), MemoryAws(clock=lambda: AT)
    plain.restore(START)
    state = aws.root
    for one in made:
        state, answer = aws.apply(state, aws.request(one), 0)
        assert told(answer.reply) == told(plainly(plain, one))
    held = aws.shards.state(state)
    for zone_id, hosted in plain.route53.zones.items():
        assert dict(held.route53.zones[zone_id].zone.records) == dict(hosted.zone.records)
    for name, table in plain.databases[REGION].tables.items():
        mine = held.databases[REGION].tables[name]
        assert {place: one.item for place, one in mine.items.items()} == {
            place: one.item for place, one in table.items.items()
        }


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(calls, min_size=1, max_size=12))
def test_ids_carried_on_from_change_to_change_are_those_worked_out_from_scratch(made):
    aws = interned()
    state = applied(aws, aws.root, *made)
    assert aws.shards.world_of(aws.shards.state(state)) == state
    fresh = Shards(aws.shards.state(state))
    assert fresh.world_of(aws.shards.state(state)) == fresh.root


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(calls, max_size=8), st.lists(calls, max_size=8))
def test_worlds_have_equal_ids_exactly_when_they_hold_the_same(one, other):
    aws = interned()
    worlds = [applied(aws, aws.root, *made) for made in (one, other)]
    contents = [_content(aws.shards.state(each)) for each in worlds]
    assert (worlds[0] == worlds[1]) == (contents[0] == contents[1])


def _content(state):
    database = state.databases[REGION]
    return (
        {zone_id: dict(hosted.zone.records) for zone_id, hosted in state.route53.zones.items()},
        {name: {place: one.item for place, one in table.items.items()} for name, table in database.tables.items()},
        sorted(database.tokens.used),
    )


def test_a_write_that_is_taken_back_leads_back_to_the_same_world():
    aws = interned()
    assert applied(aws, aws.root, put("new", 1), delete("new")) is aws.root
    assert (
        applied(
            aws,
            aws.root,
            change(("CREATE", txt("n.example.com.", "1"))),
            change(("DELETE", txt("n.example.com.", "1"))),
        )
        is aws.root
    )


def test_the_order_of_independent_writes_does_not_show():
    aws = interned()
    writes = [put("x", 1), put("y", 2), change(("CREATE", txt("n.example.com.", "1")))]
    assert applied(aws, aws.root, *writes) is applied(aws, aws.root, *reversed(writes))


def test_values_are_told_apart_by_their_types():
    """The string "1" and the number 1, bytes and their text, are different items."""
    aws = interned()
    items = [{"S": "1"}, {"N": "1"}, {"B": b"1"}, {"SS": ["1"]}, {"NULL": True}, {"BOOL": True}, {"L": []}, {"M": {}}]
    worlds = {
        applied(aws, aws.root, call("dynamodb", "PutItem", TableName="items", Item={"pk": {"S": "x"}, "v": each}))
        for each in items
    }
    assert len(worlds) == len(items)


def test_zones_and_tables_that_did_not_change_are_the_same_objects():
    aws = interned()
    before, after = (aws.shards.state(one) for one in (aws.root, applied(aws, aws.root, put("x", 1))))
    assert before.route53.zones["Z1"] is after.route53.zones["Z1"]
    assert before.databases[REGION].tables["pairs"] is after.databases[REGION].tables["pairs"]
    assert before.databases[REGION].tables["items"] is not after.databases[REGION].tables["items"]


def test_zones_that_are_made_and_deleted_come_and_go():
    aws = interned()
    create_zone = call("route53", "CreateHostedZone", Name="new.com.", CallerReference="new")
    made, answer = aws.apply(aws.root, aws.request(create_zone), 0)
    zone_id = answer.reply.response["HostedZone"]["Id"].removeprefix("/hostedzone/")
    state = applied(aws, made, change(("CREATE", txt("t.new.com.", "1")), zone=zone_id))
    assert len(aws.shards.state(state).route53.zones[zone_id].zone.records) == 3
    gone = applied(
        aws,
        state,
        change(("DELETE", txt("t.new.com.", "1")), zone=zone_id),
        call("route53", "DeleteHostedZone", Id=zone_id),
    )
    assert zone_id not in aws.shards.state(gone).route53.zones


def test_a_call_of_an_unknown_zone_is_refused_as_the_world_refuses_it():
    aws = interned()
    answer = aws.apply(aws.root, aws.request(listing(zone="Z404")), 0)[1]
    assert answer.outcome == "NoSuchHostedZone"
    assert answer.reply.status == 404


@pytest.mark.parametrize(
    "made",
    [
        call("s3", "PutObject", Bucket="b", Key="k"),
        call("dynamodbstreams", "ListStreams"),
        call("route53", "CreateTrafficPolicy", Name="x", Document="{}"),
    ],
    ids=lambda one: f"{one.service} {one.operation}",
)
def test_what_nobody_answers_is_an_error_and_is_told(made):
    aws = interned()
    state, answer = aws.apply(aws.root, aws.request(made), 0)
    assert state is aws.root
    assert answer.outcome == "NobodyAnswers"
    assert aws.unanswered == {(made.service, made.operation)}


def test_a_change_is_in_sync_at_once_and_tells_when_it_was_made():
    aws = interned()
    answer = aws.apply(aws.root, aws.request(change(("UPSERT", txt("n.example.com.", "1")))), 0)[1]
    info = answer.delivered(change_id(2, 7, AT), AT).response["ChangeInfo"]
    asked = aws.apply(aws.root, aws.request(call("route53", "GetChange", Id=info["Id"])), 0)[1]
    told = asked.reply.response["ChangeInfo"]
    assert told["Status"] == "INSYNC"
    assert (told["Id"], told["SubmittedAt"]) == (info["Id"], info["SubmittedAt"])


def test_a_change_that_nobody_made_is_unknown():
    aws = interned()
    answer = aws.apply(aws.root, aws.request(call("route53", "GetChange", Id="C123")), 0)[1]
    assert answer.outcome == "NoSuchChange"


def test_a_change_of_a_large_zone_costs_no_more_than_of_a_small_one(monkeypatch):
    """Numbers worked out for one more change: as many for 3,000 record sets as for 30."""
    worked_out = []
    counted = shards_module.entry_number
    monkeypatch.setattr(shards_module, "entry_number", lambda *entry: worked_out.append(1) or counted(*entry))
    counts = []
    for size in (30, 3000):
        aws = interned(world(*(a(f"r{number}.example.com.", "10.0.0.1") for number in range(size))))
        before = len(worked_out)
        applied(aws, aws.root, change(("UPSERT", a("r7.example.com.", "10.0.0.2"))))
        counts.append(len(worked_out) - before)
    assert counts == [2, 2]


def test_the_listing_of_a_zone_does_not_stay_with_every_content_of_it():
    aws = interned(world(*(a(f"r{number}.example.com.", "10.0.0.1") for number in range(50))))
    state = aws.root
    for number in range(40):
        state = applied(
            aws, state, change(("UPSERT", a(f"r{number}.example.com.", "10.0.0.2"))), listing("r0.example.com.")
        )
    assert not any("listing" in vars(one) for one in aws.shards.contents if isinstance(one, HostedZone))
    answer = aws.apply(state, aws.request(listing("r39.example.com.", "A", 1)), 0)[1]
    assert answer.reply.response["ResourceRecordSets"][0]["ResourceRecords"] == [{"Value": "10.0.0.2"}]


def test_an_item_whose_time_to_live_is_over_goes_when_time_passes():
    ttl = call(
        "dynamodb",
        "UpdateTimeToLive",
        TableName="items",
        TimeToLiveSpecification={"Enabled": True, "AttributeName": "v"},
    )
    aws = interned()
    state = applied(aws, aws.root, ttl, put("short", int(AT) + 100), put("long", int(AT) + 100_000))
    later = aws.expired(state, 1)
    found = [aws.apply(later, aws.request(get(key)), 1)[1].reply.response for key in ("short", "long")]
    assert [bool(each.get("Item")) for each in found] == [False, True]
