"""`twinstage replay` over five years of a real organisation's record changes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Ran

DNS = Path(__file__).parents[2] / "../shared/data/dns"
HISTORY = DNS / "18f-dns-history"
pytestmark = pytest.mark.skipif(not HISTORY.is_dir(), reason=f"the real zones and their history are not at {DNS}")
# "The value for a AAAA record is an IPv6 address in colon-separated hexadecimal format." Somebody once gave one an IPv4 address: the syntax of values, which
# the independent reading beside the data does not look at, refuses that batch, and then the two that were to delete what it had made.
# https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/ResourceRecordTypes.html#AAAAFormat
BY_VALUE = [
    ("bad value", "tts.gsa.gov.", "AAAA", False),
    ("DELETE does not match", "tts.gsa.gov.", "AAAA", True),
    ("DELETE does not match", "tts.gsa.gov.", "A", True),
]
TOLD = ("cause", "name", "type", "consequence")


def test_the_history_comes_to_what_route53s_rules_make_of_it(twinstage: Callable[..., Ran], tmp_path: Path) -> None:
    expected: dict[str, Any] = json.loads((HISTORY / "exact-semantics.json").read_text("utf-8"))
    store = tmp_path / "store"
    start = twinstage("snapshot", "import", "--zones", HISTORY / "start-zones", "--out", store, "--json").document[
        "snapshot"
    ]
    ran = twinstage(
        "replay", "--snapshot", start, "--events", HISTORY / "changes.cloudtrail.jsonl", "--store", store, "--json"
    )
    assert ran.code == 0
    done = ran.document
    assert (done["events"], done["applied"], len(done["refused"])) == (282, 256, 26)
    assert (done["duplicates"], done["ignored"], done["quarantined"]) == (0, 0, 0)
    assert done["ambiguous_seconds"] == 0

    listed = {entry["eventID"] for entry in expected["refused"]}
    found = [(entry["event"], *(entry[name] for name in TOLD)) for entry in done["refused"]]
    assert [entry for entry in found if entry[0] in listed] == [
        (entry["eventID"], *(entry[name] for name in TOLD)) for entry in expected["refused"]
    ]
    assert [entry[1:] for entry in found if entry[0] not in listed] == BY_VALUE
    assert {entry["code"] for entry in done["refused"]} == {"InvalidChangeBatch"}
    assert {entry["zone"] for entry in done["refused"] if entry["event"] not in listed} == {"tts.gsa.gov."}

    today = twinstage("snapshot", "import", "--zones", DNS / "18f-dns", "--out", store, "--json").document["snapshot"]
    ran = twinstage("snapshot", "diff", done["final_snapshot"], today, "--store", store, "--json")
    assert (ran.code, ran.document["equal"]) == (0, False)
    differing: dict[str, list[str]] = {}
    kept = {zone["Name"] for zone in json.loads((DNS / "18f-dns/hosted-zones.json").read_text())["HostedZones"]}
    for difference in ran.document["differences"]:
        if difference["zone"] in kept:
            differing.setdefault(difference["zone"], []).append(difference["key"])
        else:
            assert difference["kind"] == "removed"
    assert differing == expected["differ"]
    assert kept - differing.keys() == set(expected["exact"])


def test_for_people_every_refusal_is_a_line_that_tells_first_causes_from_consequences(
    twinstage: Callable[..., Ran], tmp_path: Path
) -> None:
    store = tmp_path / "store"
    start = twinstage("snapshot", "import", "--zones", HISTORY / "start-zones", "--out", store, "--json").document[
        "snapshot"
    ]
    ran = twinstage("replay", "--snapshot", start, "--events", HISTORY / "changes.cloudtrail.jsonl", "--store", store)
    lines = ran.out.splitlines()
    assert lines[0].startswith(
        "2020-06-30T15:49:08Z  InvalidChangeBatch  first cause  CNAME beside another type: www.usability.gov. TXT"
    )
    assert lines[-2] == "282 events: 256 applied, 26 refused; 0 duplicates, 0 quarantined, 0 ambiguous seconds"
    assert sum("first cause" in line for line in lines) == 11
    assert sum("consequence" in line for line in lines) == 15
