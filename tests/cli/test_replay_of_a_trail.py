"""A trail tells about every zone of its account: what the snapshot does not hold is left out and counted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.state.memory_zones import change, rr
from tests.state.production_parts import production, write_dumps, zone_id

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Ran


def spelled(value: Any) -> Any:
    """Request parameters as CloudTrail writes them."""
    if isinstance(value, list):
        return [spelled(element) for element in value]
    if isinstance(value, dict):
        return {name[0].lower() + name[1:]: spelled(content) for name, content in value.items()}
    return value


def record(id_: str, zone: str, error: str | None = None) -> dict[str, Any]:
    request = {
        "HostedZoneId": zone,
        "ChangeBatch": {"Changes": [change("CREATE", rr(f"{id_}.ex.test.", "A", "192.0.2.1"))]},
    }
    found = {
        "eventSource": "route53.amazonaws.com",
        "eventName": "ChangeResourceRecordSets",
        "eventID": id_,
        "eventTime": "2025-10-19T02:14:07Z",
        "requestParameters": spelled(request),
    }
    return found | ({"errorCode": error} if error else {})


@pytest.fixture
def snapshot(twinstage: Callable[..., Ran], tmp_path: Path) -> str:
    write_dumps(tmp_path / "dumps", production({"ex.test": []}, {}, {}))
    return str(twinstage("snapshot", "import", f"--zones={tmp_path / 'dumps/zones'}", "--json").document["snapshot"])


def test_changes_of_other_zones_are_counted_and_not_replayed(
    twinstage: Callable[..., Ran], snapshot: str, tmp_path: Path
) -> None:
    records = [record("a", zone_id("ex.test")), record("b", "ZOTHER"), record("c", "ZGONE", "NoSuchHostedZone")]
    (tmp_path / "trail.json").write_text(json.dumps({"Records": records}))
    ran = twinstage("replay", "--snapshot", snapshot, "--events", tmp_path / "trail.json", "--json")
    assert ran.code == 0, ran.err
    assert (ran.document["events"], ran.document["applied"], ran.document["out_of_scope"]) == (1, 1, 2)
    told = twinstage("replay", "--snapshot", snapshot, "--events", tmp_path / "trail.json").out
    assert "2 events of zones that the snapshot does not hold were left out" in told


def test_a_trail_of_other_zones_only_is_bad_input(twinstage: Callable[..., Ran], snapshot: str, tmp_path: Path) -> None:
    (tmp_path / "trail.json").write_text(json.dumps(record("b", "ZOTHER")))
    ran = twinstage("replay", "--snapshot", snapshot, "--events", tmp_path / "trail.json")
    assert ran.code == 2
    assert "none of the 1 events changes a zone or a table of the snapshot" in ran.err
