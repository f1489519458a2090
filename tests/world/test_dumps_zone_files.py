"""BIND zone files give the record sets that Route 53 would hold of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.state.memory_zones import rr
from tests.world.dump_files import problems, shared, write
from twinstage.model.record_set import ordered
from twinstage.world.dumps import ZoneDumps

if TYPE_CHECKING:
    from pathlib import Path

HEAD = """$TTL 300
@ IN SOA ns1.other.test. admin.other.test. 1 7200 900 1209600 86400
@ IN NS ns1.other.test.
"""


def read(folder: Path, text: str, name: str = "ex.test.zone") -> list[dict[str, object]]:
    """The record sets of a zone file below its head, apex NS and SOA left out."""
    dumps = ZoneDumps(write(folder, {name: HEAD + text}))
    (zone,) = dumps.zones()
    assert zone.name == "ex.test."
    return [record for record in dumps.record_sets(zone.id) if record["Type"] not in ("SOA", "NS")]


def test_names_are_relative_to_the_zone_and_values_are_whole(tmp_path: Path) -> None:
    text = "www 60 IN CNAME @\nmail IN MX 10 mx1\n IN MX 20 mx2.other.test.\nabs.ex.test. IN A 192.0.2.1\n"

    assert read(tmp_path, text) == ordered(
        [
            rr("www.ex.test.", "CNAME", "ex.test."),
            rr("mail.ex.test.", "MX", "10 mx1.ex.test.", "20 mx2.other.test.", ttl=300),
            rr("abs.ex.test.", "A", "192.0.2.1", ttl=300),
        ]
    )


def test_escapes_are_octal_as_route53_writes_them(tmp_path: Path) -> None:
    text = '* IN A 192.0.2.1\n\\064 IN A 192.0.2.1\nt IN TXT "a\\"b\\\\ \\195\\164" "c;d"\nc IN CNAME a\\042b\n'

    assert read(tmp_path, text) == ordered(
        [
            rr("\\052.ex.test.", "A", "192.0.2.1", ttl=300),
            rr("\\100.ex.test.", "A", "192.0.2.1", ttl=300),
            rr("t.ex.test.", "TXT", r'"a\"b\\ \303\244" "c;d"', ttl=300),
            rr("c.ex.test.", "CNAME", "a*b.ex.test.", ttl=300),
        ]
    )


def test_service_parameters_stand_without_quotes_they_do_not_need(tmp_path: Path) -> None:
    text = 'h IN HTTPS 1 . alpn="h2,h3" port="443"\nn IN SRV 0 0 0 .\nm IN MX 0 .\nk IN CAA 0 issue ";"\n'

    assert read(tmp_path, text) == ordered(
        [
            rr("h.ex.test.", "HTTPS", "1 . alpn=h2,h3 port=443", ttl=300),
            rr("n.ex.test.", "SRV", "0 0 0 .", ttl=300),
            rr("m.ex.test.", "MX", "0 .", ttl=300),
            rr("k.ex.test.", "CAA", '0 issue ";"', ttl=300),
        ]
    )


def test_the_zone_is_that_of_the_soa_whatever_the_file_is_called(tmp_path: Path) -> None:
    found = ZoneDumps(write(tmp_path, {"export-2026.zone": f"$ORIGIN ex.test.\n{HEAD}"}))

    assert [zone.name for zone in found.zones()] == ["ex.test."]


def test_a_zone_file_and_a_listing_make_one_zone(tmp_path: Path) -> None:
    listing = {"HostedZones": [{"Id": "/hostedzone/Z7", "Name": "ex.test.", "Config": {"Comment": "c"}}]}

    found = ZoneDumps(write(tmp_path, {"ex.test.zone": HEAD, "hosted-zones.json": listing}))

    assert [(zone.id, found.settings(zone.id).comment) for zone in found.zones()] == [("Z7", "c")]


@pytest.mark.parametrize(
    ("text", "line"),
    [(HEAD + "www IN NOSUCHTYPE x\n", 4), ("$INCLUDE other.zone\n", 1)],
)
def test_what_is_no_zone_file_is_refused_with_its_line(tmp_path: Path, text: str, line: int) -> None:
    write(tmp_path, {"ex.test.zone": text})

    ((file, found, _, message),) = problems(lambda: ZoneDumps(tmp_path))

    assert (file, found) == ("ex.test.zone", line)
    assert message.startswith("not a zone file")


def test_a_real_zone_file_is_read_and_its_loc_refused_by_name(tmp_path: Path) -> None:
    folder = shared("dns", "octodns-unit-tests")

    dumps = ZoneDumps(folder, skip_refused=True)

    (zone,) = dumps.zones()
    assert (zone.name, len(list(dumps.record_sets(zone.id)))) == ("unit.tests.", 20)
    assert [(refusal.key, refusal.code) for refusal in dumps.refused] == [("loc.unit.tests. LOC", "InvalidInput")]
    (found,) = problems(lambda: ZoneDumps(folder))
    assert "Route 53 refuses loc.unit.tests. LOC: InvalidInput: unknown type" in found[3]
