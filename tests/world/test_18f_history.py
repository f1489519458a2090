"""Five years of a real organisation's changes, under Route 53's exact rules."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from twinstage.model.record_set import canonical_record_set, key_of, ordered
from twinstage.world.memory.route53 import (
    Cause,
    Change,
    ChangeRefused,
    Zone,
    apply_changes,
    changes_from,
    record_sets,
    zone_from,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

DNS = Path(__file__).parents[2] / "../shared/data/dns"
HISTORY = DNS / "18f-dns-history"
pytestmark = pytest.mark.skipif(not HISTORY.is_dir(), reason=f"the real zones and their history are not at {DNS}")

API_CASE = {"tTL": "TTL", "dNSName": "DNSName"}
"""The members whose first letter alone does not make the API's name."""


def api_case(value: Any) -> Any:
    """Undo CloudTrail's casing of member names."""
    if isinstance(value, dict):
        return {API_CASE.get(name, name[0].upper() + name[1:]): api_case(member) for name, member in value.items()}
    return [api_case(member) for member in value] if isinstance(value, list) else value


def zones_in(folder: Path) -> dict[str, Zone]:
    """The zones of a folder of API dumps, by id."""
    listed = json.loads((folder / "hosted-zones.json").read_text("utf-8"))["HostedZones"]
    zones = (
        zone_from(
            json.loads((folder / f"{zone['Name']}json").read_text("utf-8"))["ResourceRecordSets"],
            id=zone["Id"],
            name=zone["Name"],
            private=zone["Config"]["PrivateZone"],
        )
        for zone in listed
    )
    return {zone.id: zone for zone in zones}


def batches() -> Iterator[tuple[str, str, tuple[Change, ...]]]:
    """Event id, zone id and changes of each recorded batch, in order."""
    for line in (HISTORY / "changes.cloudtrail.jsonl").read_text("utf-8").splitlines():
        event = json.loads(line)
        request = event["requestParameters"]
        yield event["eventID"], request["hostedZoneId"], changes_from(api_case(request["changeBatch"]["changes"]))


@dataclass(frozen=True)
class Replayed:
    """Where the zones ended, and each refusal with whether an earlier one had touched its name."""

    zones: dict[str, Zone]
    refused: dict[str, tuple[ChangeRefused, bool]]


@cache
def replayed(*, check_values: bool) -> Replayed:
    """Apply the whole history to its start zones."""
    zones = zones_in(HISTORY / "start-zones")
    refused: dict[str, tuple[ChangeRefused, bool]] = {}
    touched_in_vain: dict[str, set[str]] = {}
    for event, zone, changes in batches():
        try:
            zones[zone] = apply_changes(zones[zone], changes, check_values=check_values)
        except ChangeRefused as error:
            names = touched_in_vain.setdefault(zone, set())
            refused[event] = error, error.problems[0].name in names
            names |= {change.key[0] for change in changes}
    return Replayed(zones, refused)


@cache
def expected() -> dict[str, Any]:
    """The independent reading of the rules that comes with the data."""
    found: dict[str, Any] = json.loads((HISTORY / "exact-semantics.json").read_text("utf-8"))
    return found


def differences(zone: Zone, end: Zone) -> list[str]:
    """Name and type of each record set in which two zones differ, the apex NS and SOA aside."""
    keys = {key for key in {*zone.records, *end.records} if zone.records.get(key) != end.records.get(key)}
    return sorted({f"{name} {type_}" for name, type_, _ in keys if (name, type_ in {"NS", "SOA"}) != (zone.name, True)})


def test_the_history_is_282_batches_of_1113_changes() -> None:
    sizes = [len(changes) for _, _, changes in batches()]
    assert (len(sizes), sum(sizes), max(sizes)) == (282, 1113, 87)


def test_23_batches_are_refused_for_the_causes_that_the_independent_reading_gives() -> None:
    ours = [
        (event, str(error.problems[0].cause), error.problems[0].name, error.problems[0].type, consequence)
        for event, (error, consequence) in replayed(check_values=False).refused.items()
    ]
    assert ours == [
        (listed["eventID"], listed["cause"], listed["name"], listed["type"], listed["consequence"])
        for listed in expected()["refused"]
    ]
    assert sum(not consequence for *_, consequence in ours) == 10


def test_every_refusal_is_an_invalid_change_batch() -> None:
    assert {error.error for error, _ in replayed(check_values=False).refused.values()} == {"InvalidChangeBatch"}


@pytest.mark.parametrize("check_values", [False, True])
def test_18_zones_end_exactly_and_six_differ_by_the_record_sets_listed(check_values: bool) -> None:
    zones = {zone.name: zone for zone in replayed(check_values=check_values).zones.values()}
    found = {end.name: differences(zones[end.name], end) for end in zones_in(DNS / "18f-dns").values()}
    assert {name for name, differing in found.items() if not differing} == set(expected()["exact"])
    assert {name: differing for name, differing in found.items() if differing} == expected()["differ"]


def test_the_syntax_of_values_refuses_three_more_of_which_one_is_a_first_cause() -> None:
    """The independent reading does not look at values: someone once gave an AAAA record set an IPv4 address.

    "The value for a AAAA record is an IPv6 address in colon-separated hexadecimal format."
    https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/ResourceRecordTypes.html#AAAAFormat
    """
    without, with_values = replayed(check_values=False).refused, replayed(check_values=True).refused
    assert without.keys() < with_values.keys()
    assert [
        (error.problems[0].cause, error.problems[0].name, error.problems[0].type, consequence)
        for event, (error, consequence) in with_values.items()
        if event not in without
    ] == [
        (Cause.BAD_VALUE, "tts.gsa.gov.", "AAAA", False),
        (Cause.DELETE_MISMATCH, "tts.gsa.gov.", "AAAA", True),
        (Cause.DELETE_MISMATCH, "tts.gsa.gov.", "A", True),
    ]


def captured_in(folder: str) -> Iterator[list[dict[str, Any]]]:
    """The record sets of each dump of a folder."""
    for path in sorted((DNS / folder).glob("*.json")):
        dump = json.loads(path.read_text("utf-8"))
        yield dump.get("ResourceRecordSets", [])


@pytest.mark.parametrize("folder", ["18f-dns", "18f-dns-history/start-zones", "is-a-dev", "custodian-recordings"])
def test_real_record_sets_have_a_canonical_form_that_stays(folder: str) -> None:
    for captured in captured_in(folder):
        canonical = [canonical_record_set(record_set) for record_set in captured]
        assert [canonical_record_set(record_set) for record_set in canonical] == canonical
        assert record_sets(zone_from(captured, id="Z", name="any")) == ordered(captured)


@pytest.mark.parametrize("folder", ["18f-dns", "is-a-dev", "custodian-recordings"])
def test_real_record_sets_are_ordered_as_they_were_listed(folder: str) -> None:
    for captured in captured_in(folder):
        assert [key_of(record_set) for record_set in ordered(captured)] == [key_of(r) for r in captured]


@pytest.mark.parametrize("folder", ["18f-dns", "is-a-dev"])
def test_route53_accepts_every_record_set_of_a_real_zone(folder: str) -> None:
    for zone in zones_in(DNS / folder).values():
        built = zone_from([r for r in record_sets(zone) if r["Name"] == zone.name], id=zone.id, name=zone.name)
        rest = [r for r in record_sets(zone) if r["Name"] != zone.name]
        for start in range(0, len(rest), 200):
            built = apply_changes(built, [Change("CREATE", record_set) for record_set in rest[start : start + 200]])
        assert built == zone


def test_route53_refuses_the_cnames_that_stood_beside_other_types_at_another_provider() -> None:
    (zone,) = zones_in(DNS / "is-a-dev").values()
    left_out = json.loads((DNS / "is-a-dev/_report.json").read_text("utf-8"))["refused by Route 53, left out"]
    present = [record_set for record_set in left_out if key_of(record_set)[0] in zone.names]
    assert present
    for record_set in present:
        with pytest.raises(ChangeRefused) as caught:
            apply_changes(zone, [Change("CREATE", record_set)])
        assert caught.value.problems[0].cause is Cause.CNAME_BESIDE_ANOTHER
