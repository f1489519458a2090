"""The change from one template to another, as a rehearsal applies it: functions, tables and record sets, and the rest by name."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rehearse.template_parts import BINDINGS, CAPTURED, function, lowered, record, resource, table
from twinstage.model.change_step import RecordsStep, TableStep
from twinstage.model.errors import InputError
from twinstage.rehearse.change.lowering.lowered import CONDITIONAL, MADE_OR_GONE, NOT_CAPTURED, PLANNED, Lowered
from twinstage.rehearse.change.lowering.values import Bindings


def batches(found: Lowered) -> list[list[tuple[str, str]]]:
    """Each batch: what is done to which name."""
    return [
        [(change["Action"], change["ResourceRecordSet"]["Name"]) for change in step.changes]
        for step in found.steps
        if isinstance(step, RecordsStep)
    ]


def test_each_resource_is_a_batch_of_its_own_and_what_is_removed_is_removed_last() -> None:
    before = {"Old": record("old.example.", "192.0.2.1"), "Kept": record("kept.example.", "192.0.2.2")}
    after = {"Kept": record("kept.example.", "192.0.2.3"), "New": record("new.example.", "192.0.2.4")}
    found = lowered(before, after)
    assert batches(found) == [
        [("UPSERT", "kept.example.")],
        [("CREATE", "new.example.")],
        [("DELETE", "old.example.")],
    ]
    first = found.steps[0]
    assert isinstance(first, RecordsStep)
    assert first.zone == "example."
    assert first.changes[0]["ResourceRecordSet"]["ResourceRecords"] == [{"Value": "192.0.2.3"}]
    assert first.changes[0]["ResourceRecordSet"]["TTL"] == 60


def test_a_record_set_under_another_name_is_made_before_the_one_it_replaces_goes() -> None:
    found = lowered({"R": record("a.example.", "192.0.2.1")}, {"R": record("b.example.", "192.0.2.1")})
    assert batches(found) == [[("CREATE", "b.example.")], [("DELETE", "a.example.")]]


def group(*names: str) -> dict[str, Any]:
    sets = [{"Name": name, "Type": "A", "TTL": "60", "ResourceRecords": ["192.0.2.1"]} for name in names]
    return resource("AWS::Route53::RecordSetGroup", HostedZoneName="example.", RecordSets=sets)


def test_a_record_set_of_another_type_or_identifier_is_updated_where_it_stands() -> None:
    alias = record("a.example.", "b.example.", kind="CNAME")
    found = lowered({"R": record("a.example.", "192.0.2.1")}, {"R": alias})
    assert batches(found) == [[("DELETE", "a.example."), ("UPSERT", "a.example.")]]
    weighed = [record("a.example.", "192.0.2.1", SetIdentifier=each, Weight="1") for each in ("one", "two")]
    found = lowered({"R": weighed[0]}, {"R": weighed[1]})
    assert batches(found) == [[("DELETE", "a.example."), ("UPSERT", "a.example.")]]


def test_a_group_of_one_is_updated_where_it_stands_too() -> None:
    found = lowered({"G": group("a.example.")}, {"G": group("b.example.")})
    assert batches(found) == [[("DELETE", "a.example."), ("UPSERT", "b.example.")]]


def test_a_group_is_updated_where_it_stands_in_one_batch() -> None:
    found = lowered({"G": group("a.example.", "b.example.")}, {"G": group("b.example.", "c.example.")})
    assert batches(found) == [[("DELETE", "a.example."), ("UPSERT", "c.example.")]]


def test_what_something_depends_on_is_made_before_it_and_goes_after_it() -> None:
    chain = {
        "A": {**record("a.example.", kind="CNAME"), "DependsOn": "B"},
        "B": record("b.example.", "192.0.2.1"),
    }
    assert batches(
        lowered({"X": record("x.example.", "192.0.2.9")}, {**chain, "X": record("x.example.", "192.0.2.9")})
    )[0] == [("CREATE", "b.example.")]
    assert batches(
        lowered({**chain, "X": record("x.example.", "192.0.2.9")}, {"X": record("x.example.", "192.0.2.9")})
    ) == [
        [("DELETE", "a.example.")],
        [("DELETE", "b.example.")],
    ]


def test_a_zone_of_the_template_is_productions_by_its_name() -> None:
    zone = resource("AWS::Route53::HostedZone", Name="example.")
    alias = {"DNSName": {"Ref": "B"}, "HostedZoneId": {"Ref": "Zone"}}
    after = {
        "Zone": zone,
        "A": resource(
            "AWS::Route53::RecordSet", HostedZoneId={"Ref": "Zone"}, Name="a.example", Type="A", AliasTarget=alias
        ),
        "B": record("b.example.", "192.0.2.1"),
    }
    found = lowered({"Zone": zone, "B": after["B"]}, after)
    (step,) = found.steps
    assert isinstance(step, RecordsStep)
    assert step.changes[0]["ResourceRecordSet"] == {
        "Name": "a.example.",
        "Type": "A",
        "AliasTarget": {"EvaluateTargetHealth": False, "DNSName": "b.example.", "HostedZoneId": "Z1EXAMPLE"},
    }


def test_a_parameter_that_has_another_default_changes_what_refers_to_it() -> None:
    resources = {"R": record("a.example.", {"Ref": "Address"})}  # type: ignore[arg-type]  # an intrinsic in a value's place
    both = tuple({"Address": {"Type": "String", "Default": value}} for value in ("192.0.2.1", "192.0.2.2"))
    found = lowered(resources, resources, Parameters=(both[0], both[1]))
    assert batches(found) == [[("UPSERT", "a.example.")]]
    same = Bindings(zones=BINDINGS.zones, parameters={"Address": "192.0.2.9"}, captured=CAPTURED)
    assert lowered(resources, resources, same, Parameters=(both[0], both[1])).steps == ()


def test_what_nothing_tells_is_refused_with_its_place_and_every_other_one() -> None:
    after = {
        "R": record("a.example.", {"Fn::ImportValue": "address"}),  # type: ignore[arg-type]  # an intrinsic
        "S": record("b.example.", "192.0.2.1", HostedZoneId={"Fn::ImportValue": "zone"}),
    }
    with pytest.raises(InputError) as refused:
        lowered({"X": function()}, {**after, "X": function()})
    assert [problem.pointer for problem in refused.value.problems] == [
        "/Resources/R/Properties/ResourceRecords/0",
        "/Resources/S/Properties/HostedZoneId",
    ]


def test_a_function_changes_by_its_settings_and_its_code() -> None:
    before = function(Timeout=10, MemorySize=256, Environment={"Variables": {"A": "1", "B": "2", "C": "3"}})
    after = function(
        Code={"ZipFile": "def handler(event, context): ..."},
        Handler="index.other",
        Timeout=20,
        Environment={"Variables": {"A": "1", "B": "4", "D": {"Fn::ImportValue": "d"}}},
        Layers=["arn:aws:lambda:eu-central-1:111111111111:layer:l:1"],
    )
    found = lowered({"F": before}, {"F": after})
    file, changed = found.functions["registrar"]
    assert file == "t.yaml"
    assert changed.settings == {
        "handler": "index.other",
        "timeout_s": 20,
        "memory_mb": 128,
        "environment": {"B": "4"},
        "unset": ["C"],
    }
    assert changed.code is not None
    assert changed.code.inline == "def handler(event, context): ..."
    assert changed.untold == ("D",)
    (left,) = found.not_lowered
    assert (left.type, left.logical_ids) == ("AWS::Lambda::Function", ("F",))
    assert left.why.startswith("Layers")


def test_a_table_gets_the_templates_shape_and_keeps_what_no_template_says() -> None:
    found = lowered({"T": table()}, {"T": table("rack")})
    (step,) = found.steps
    assert isinstance(step, TableStep)
    assert step.table == "hosts"
    assert [index["IndexName"] for index in step.schema["GlobalSecondaryIndexes"]] == ["by-rack"]
    standing = {"KeySchema": [], "TimeToLive": {"AttributeName": "until"}, "Tags": {"team": "fleet"}}
    assert step.target(standing)["TimeToLive"] == {"AttributeName": "until"}

    lasting = {"TimeToLiveSpecification": {"AttributeName": "until", "Enabled": True}}
    (dropped,) = lowered({"T": table(**lasting)}, {"T": table()}).steps
    assert isinstance(dropped, TableStep)
    assert "TimeToLive" not in dropped.target(standing), "what a template said and says no more is taken away"


def test_a_table_under_another_name_is_another_one_and_told() -> None:
    found = lowered({"T": table("rack", TableName="others")}, {"T": table("rack")})
    assert found.steps == ()
    assert [(each.why, each.logical_ids) for each in found.not_lowered] == [(MADE_OR_GONE, ("T",))]


def test_what_is_not_rehearsed_is_told_by_type_and_reason() -> None:
    after = {
        "Alarm": resource("AWS::CloudWatch::Alarm", Threshold=1),
        "Other": resource("AWS::DynamoDB::Table", TableName="others"),
        "Elsewhere": record("a.elsewhere.", "192.0.2.1", HostedZoneId="Z2", HostedZoneName="elsewhere."),
        "Perhaps": {**record("b.example.", "192.0.2.1"), "Condition": "IsLarge"},
        "Queue": resource("AWS::SQS::Queue"),
    }
    after["Elsewhere"]["Properties"].pop("HostedZoneId")
    found = lowered({"Kept": function()}, {"Kept": function(), **after})
    assert found.steps == ()
    assert {each.type: each.logical_ids for each in found.not_lowered if each.why == PLANNED} == {
        "AWS::CloudWatch::Alarm": ("Alarm",),
        "AWS::SQS::Queue": ("Queue",),
    }
    reasons = {name: each.why for each in found.not_lowered for name in each.logical_ids}
    assert reasons["Perhaps"] == CONDITIONAL
    assert reasons["Elsewhere"] == NOT_CAPTURED
    assert "as a whole" in reasons["Other"]


_NAMES = st.sampled_from(["a.example.", "b.example.", "c.example."])
_RESOURCES = st.dictionaries(
    st.sampled_from(["Q", "R", "S", "T", "U"]),
    st.one_of(
        st.builds(record, _NAMES, st.sampled_from(["192.0.2.1", "192.0.2.2"])),
        st.builds(lambda n: function(MemorySize=n), st.integers(128, 131)),
        st.builds(table, st.sampled_from(["rack", "zone"])),
        st.builds(lambda n: resource("AWS::SQS::Queue", DelaySeconds=n), st.integers(0, 2)),
    ),
    min_size=1,
)


@given(_RESOURCES)
def test_from_a_template_to_itself_there_is_nothing_to_do(resources: dict[str, Any]) -> None:
    assert lowered(resources, resources) == Lowered()


@given(_RESOURCES, _RESOURCES)
def test_whatever_changes_is_either_rehearsed_or_told(before: dict[str, Any], after: dict[str, Any]) -> None:
    found = lowered(before, after)
    told = {name for each in found.not_lowered for name in each.logical_ids}
    changed = {name for name in {*before, *after} if before.get(name) != after.get(name)}
    records = {step.id.removeprefix("records-").removesuffix("-removed") for step in found.steps}
    in_place = {
        name
        for name in changed
        if (before.get(name) or {}).get("Type")
        == (after.get(name) or {}).get("Type")
        in ("AWS::Lambda::Function", "AWS::DynamoDB::Table")
    }
    assert changed == (told | (records & changed) | in_place)
    assert not told - changed
