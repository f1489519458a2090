"""Hosted zones out of dumps: whatever the answers' form, the same zones; and nothing that Route 53 would not hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.state.memory_zones import alias, apex, rr
from tests.world.dump_files import problems, shared, write
from twinstage.model.record_set import ordered
from twinstage.world.dumps import NoZones, ZoneDumps
from twinstage.world.dumps.zones import made_up_id
from twinstage.world.interface import HealthCheck, HostedZone, ZoneSettings

if TYPE_CHECKING:
    from pathlib import Path

RECORDS = [*apex("ex.test."), rr("a.ex.test.", "A", "192.0.2.1"), rr("w.ex.test.", "TXT", '"x"')]
LISTING = {"HostedZones": [{"Id": "/hostedzone/Z1EXAMPLE", "Name": "ex.test.", "Config": {"PrivateZone": True}}]}


def records(*sets: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"ResourceRecordSets": list(sets), "IsTruncated": False, "MaxItems": "300", **more}


def only(folder: Path, **options: bool) -> tuple[HostedZone, list[dict[str, Any]]]:
    """The one zone of a folder, with its record sets."""
    dumps = ZoneDumps(folder, **options)
    (zone,) = dumps.zones()
    return zone, list(dumps.record_sets(zone.id))


@pytest.mark.parametrize("name", ["ex.test.json", "ex.test..json", "EX.test.json", "Z1EXAMPLE.json", "anything.json"])
def test_a_record_list_belongs_to_the_listed_zone_by_name_id_or_content(tmp_path: Path, name: str) -> None:
    write(tmp_path, {"hosted-zones.json": LISTING, name: records(*RECORDS)})

    assert only(tmp_path) == (HostedZone("ex.test.", "Z1EXAMPLE", private=True), ordered(RECORDS))


@pytest.mark.parametrize(
    "given",
    [RECORDS, [r for r in RECORDS if r["Type"] != "SOA"], [r for r in RECORDS if r["Type"] not in ("SOA", "NS")]],
)
def test_without_a_listing_a_zone_is_known_by_its_soa_its_ns_or_its_files_name(
    tmp_path: Path, given: list[dict[str, Any]]
) -> None:
    write(tmp_path, {"ex.test.json": records(*given)})

    assert only(tmp_path) == (HostedZone("ex.test.", made_up_id("ex.test."), private=False), ordered(given))


def test_the_id_of_a_zone_that_is_not_listed_follows_from_its_name_alone(tmp_path: Path) -> None:
    write(tmp_path, {"one/a.json": records(*RECORDS), "two/b.json": records(*RECORDS[:3])})

    assert only(tmp_path / "one")[0] == only(tmp_path / "two")[0]


def test_an_alias_into_its_own_zone_tells_that_zones_id(tmp_path: Path) -> None:
    own = alias("b.ex.test.", "A", "a.ex.test.", "Z0OWN")
    elsewhere = alias("c.ex.test.", "A", "d1.cloudfront.test.", "Z2FDTNDATAQYW2")
    write(tmp_path, {"x.json": records(*RECORDS, own, elsewhere)})

    assert only(tmp_path)[0].id == "Z0OWN"


def test_answers_are_taken_as_boto3_recordings_and_other_tools_write_them(tmp_path: Path) -> None:
    """Null members, whole numbers as floats, metadata, what a recording wraps, several answers in one file."""
    nulls = {**RECORDS[2], "SetIdentifier": None, "AliasTarget": None, "TTL": 60.0}
    body = records(*RECORDS[:2], nulls, RECORDS[3], ResponseMetadata={"HTTPStatusCode": 200})
    listed = {"HostedZones": [{**LISTING["HostedZones"][0], "LinkedService": None, "CallerReference": "x"}]}
    write(tmp_path, {"all.json": [listed, {"status_code": 200, "data": body}]})

    assert only(tmp_path) == (HostedZone("ex.test.", "Z1EXAMPLE", private=True), ordered(RECORDS))


def test_pages_are_put_together_by_where_they_say_the_next_begins(tmp_path: Path) -> None:
    cut = {"IsTruncated": True, "NextRecordName": "a.ex.test.", "NextRecordType": "A"}
    last = {"IsTruncated": True, "NextRecordName": "w.ex.test.", "NextRecordType": "TXT"}
    write(
        tmp_path,
        {
            "p1.json": records(*RECORDS[:2], **cut),
            "a-file.json": records(RECORDS[3]),
            "zz.json": records(RECORDS[2], **last),
        },
    )

    assert only(tmp_path)[1] == ordered(RECORDS)


@pytest.mark.parametrize(
    ("more", "place"),
    [
        ({"IsTruncated": True, "NextRecordName": "z.ex.test.", "NextRecordType": "A"}, "/IsTruncated"),
        ({"IsTruncated": True}, "/IsTruncated"),
        ({"NextToken": "abc"}, "/NextToken"),
    ],
)
def test_a_page_whose_next_is_missing_is_refused(tmp_path: Path, more: dict[str, Any], place: str) -> None:
    write(tmp_path, {"ex.test.json": records(*RECORDS, **more)})

    assert problems(lambda: ZoneDumps(tmp_path)) == [("ex.test.json", 0, place, "only a part of the answer")]


def test_settings_and_health_checks_stand_in_answers_of_their_own(tmp_path: Path) -> None:
    vpcs = [{"VPCId": "vpc-2", "VPCRegion": "us-east-1"}, {"VPCId": "vpc-1", "VPCRegion": "us-east-1"}]
    zone = {**LISTING["HostedZones"][0], "Config": {"PrivateZone": True, "Comment": "the plans"}}
    check = {"Id": "hc-1", "HealthCheckConfig": {"Type": "TCP", "Port": 80, "Regions": ["us-west-1", "eu-west-1"]}}
    tags = [{"ResourceType": "hostedzone", "ResourceId": "Z1EXAMPLE", "Tags": [{"Key": "k", "Value": "v"}]}]
    of_check = {"ResourceType": "healthcheck", "ResourceId": "hc-1", "Tags": [{"Key": "Name", "Value": "n"}]}
    write(
        tmp_path,
        {
            "zone.json": {"HostedZone": zone, "VPCs": vpcs, "DelegationSet": {"NameServers": ["n"]}},
            "records.json": records(*RECORDS),
            "tags.json": {"ResourceTagSets": tags},
            "check-tags.json": {"ResourceTagSet": of_check},
            "checks.json": {"HealthChecks": [{**check, "CallerReference": "c", "HealthCheckVersion": 1}]},
        },
    )

    dumps = ZoneDumps(tmp_path)

    assert dumps.settings("Z1EXAMPLE") == ZoneSettings("the plans", {"k": "v"}, tuple(vpcs[::-1]))
    configuration = {"Port": 80, "Regions": ["eu-west-1", "us-west-1"], "Type": "TCP"}
    assert dumps.health_check("hc-1") == HealthCheck("hc-1", configuration, {"Name": "n"})
    assert dumps.health_check("hc-2") is None


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"hosted-zones.json": {"Zones": []}}, ("hosted-zones.json", 1, "/HostedZones")),
        ({"hosted-zones.json": {"HostedZones": [{"Name": "a.test."}]}}, ("hosted-zones.json", 1, "/HostedZones/0")),
        ({"hosted-zones.json": LISTING}, ("hosted-zones.json", 0, "/HostedZones/0")),
        ({"ex.test.json": records({"Name": "a.ex.test."})}, ("ex.test.json", 1, "/ResourceRecordSets/0")),
        ({"ex.test.json": {"ResourceRecordSets": ["a"]}}, ("ex.test.json", 1, "/ResourceRecordSets/0")),
        ({"ex.test.json": records(*RECORDS, RECORDS[2])}, ("ex.test.json", 0, "/ResourceRecordSets/4")),
        (
            {"ex.test.json": records(*RECORDS, rr("a.other.test.", "A", "192.0.2.1"))},
            ("ex.test.json", 0, "/ResourceRecordSets/4/Name"),
        ),
        (
            {"ex.test.json": records(*RECORDS, {**RECORDS[2], "Name": "b.ex.test.", "Ttl": 5})},
            ("ex.test.json", 0, "/ResourceRecordSets/4"),
        ),
        (
            {"ex.test.json": records(*RECORDS, {**RECORDS[2], "Name": "b.ex.test.", "TTL": 60.5})},
            ("ex.test.json", 0, "/ResourceRecordSets/4/TTL"),
        ),
        ({"one.json": records(*RECORDS), "two.json": records(*RECORDS[:3])}, ("two.json", 0, "")),
        ({"x.json": records(rr("a.one.test.", "A", "192.0.2.1"))}, ("x.json", 0, "")),
        ({"x.json": "[1]"}, ("x.json", 1, "/0")),
        ({"x.json": '{\n"HostedZones": [,]}'}, ("x.json", 2, "")),
        ({"x.json": '{"HostedZones": [NaN]}'}, ("x.json", 1, "")),
        ({"x.json": b"\xff"}, ("x.json", 0, "")),
        ({"x.json": ""}, ("x.json", 1, "")),
    ],
)
def test_what_is_not_the_apis_answer_is_refused_with_its_place(
    tmp_path: Path, files: dict[str, Any], expected: tuple[str, int, str]
) -> None:
    write(tmp_path, files)

    assert [found[:3] for found in problems(lambda: ZoneDumps(tmp_path))] == [expected]


def test_problems_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "a.json": "{",
            "b.test.json": records(*apex("b.test."), rr("x.b.test.", "A", "no address")),
            "c.json": [3],
            "d.zone": "@ IN A 192.0.2.1",
        },
    )

    assert [found[0] for found in problems(lambda: ZoneDumps(tmp_path))] == [
        "a.json",
        "b.test.json",
        "c.json",
        "d.zone",
    ]


def test_two_zones_of_one_name_are_told_apart_by_their_ids(tmp_path: Path) -> None:
    listed = [{"Id": "Z1", "Name": "ex.test."}, {"Id": "Z2", "Name": "ex.test.", "Config": {"PrivateZone": True}}]
    write(tmp_path, {"hosted-zones.json": {"HostedZones": listed}, "Z1.json": records(*RECORDS[:2])})
    write(tmp_path, {"Z2.json": records(*RECORDS)})

    assert [len(list(ZoneDumps(tmp_path).record_sets(id_))) for id_ in ("Z1", "Z2")] == [2, 4]
    (tmp_path / "Z2.json").rename(tmp_path / "ex.test.json")
    (found,) = problems(lambda: ZoneDumps(tmp_path))
    assert found[3] == "2 hosted zones are called ex.test."


def test_files_that_hold_no_answer_about_zones_are_named_and_not_read(tmp_path: Path) -> None:
    others = {"_report.json": "no json", "README.md": "text", "loggings.json": {"QueryLoggingConfigs": []}}
    write(tmp_path, {"ex.test.json": records(*RECORDS), **others})

    assert [path.name for path in ZoneDumps(tmp_path).ignored] == ["README.md", "loggings.json"]


def test_there_is_no_zone_where_there_are_none() -> None:
    none = NoZones()

    assert (list(none.zones()), none.health_check("hc-1")) == ([], None)
    for ask in (none.record_sets, none.settings):
        with pytest.raises(LookupError):
            ask("Z1")


@pytest.mark.parametrize(
    ("folder", "zones", "record_sets"),
    [("18f-dns", 24, 523), ("18f-dns-history/start-zones", 35, 373), ("is-a-dev", 1, 2918)],
)
def test_every_real_zone_is_taken_whole(folder: str, zones: int, record_sets: int) -> None:
    dumps = ZoneDumps(shared("dns", *folder.split("/")))

    held = [list(dumps.record_sets(zone.id)) for zone in dumps.zones()]
    assert (len(held), sum(map(len, held)), dumps.refused) == (zones, record_sets, ())


def test_every_recorded_list_of_a_real_zone_is_taken(tmp_path: Path) -> None:
    files = sorted(shared("dns", "custodian-recordings").glob("*ListResourceRecordSets*"))
    for index, file in enumerate(files):
        folder = write(tmp_path / str(index), {file.name: file.read_bytes()})
        assert only(folder)[1]
    assert len(files) == 5
