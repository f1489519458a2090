"""Five years of a real organisation's record changes, laid out as CloudTrail delivers them: any order of files and records, duplicates and malformed lines change
nothing but their counts."""

from __future__ import annotations

import gzip
import json
import random
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from twinstage.model.canonical import digest
from twinstage.replay.in_memory import replay_in_memory
from twinstage.replay.intake import Intake, read_events
from twinstage.replay.settle import settled
from twinstage.world.dumps import ZoneDumps
from twinstage.world.memory.route53 import record_sets, zone_from

if TYPE_CHECKING:
    from twinstage.world.memory.route53 import Zone

HISTORY = Path(__file__).parents[2] / "../shared/data/dns/18f-dns-history"
LOG = HISTORY / "changes.cloudtrail.jsonl"
pytestmark = pytest.mark.skipif(not HISTORY.is_dir(), reason=f"the real history is not at {HISTORY}")


@dataclass(frozen=True)
class Ended:
    """What a replay came to."""

    intake: str
    outcomes: list[tuple[str, str]]
    zones: str
    ambiguous_seconds: int


def start() -> dict[str, Zone]:
    dumps = ZoneDumps(HISTORY / "start-zones")
    return {z.id: zone_from(dumps.record_sets(z.id), id=z.id, name=z.name, private=z.private) for z in dumps.zones()}


def ended(intake: Intake) -> Ended:
    zones = start()
    order = settled(intake.events, zones)
    outcomes = [(outcome["event"], outcome["outcome"]) for outcome in replay_in_memory(order.events, zones)]
    final = digest({zone_id: record_sets(zone) for zone_id, zone in zones.items()})
    return Ended(intake.digest(), outcomes, final, order.ambiguous_seconds)


@pytest.fixture(scope="module")
def expected() -> Ended:
    return ended(read_events(LOG, "cloudtrail"))


def lay_out(root: Path, records: list[dict[str, Any]], chance: random.Random, *, one_a_line: bool) -> tuple[int, int]:
    """Files of up to seven records in S3's layout, with 10 % duplicates and 1 % malformed lines; how many of each."""
    duplicates = chance.sample(records, len(records) // 10)
    chance.shuffle(mixed := [*records, *duplicates])
    files = [mixed[at : at + 7] for at in range(0, len(mixed), 7)]
    broken = set(chance.sample(range(len(files)), max(1, len(mixed) // 100)))
    for number, part in enumerate(files):
        garbage = (
            chance.choice(["{garbage", '{"eventID": "cut o', "\x00\x01\x02", "not json at all"])
            if number in broken
            else None
        )
        name = f"111122223333_CloudTrail_us-east-1_{chance.randrange(10**12):012d}.json.gz"
        day = part[0]["eventTime"][:10].replace("-", "/")
        file = root / "AWSLogs/111122223333/CloudTrail/us-east-1" / day / name
        file.parent.mkdir(parents=True, exist_ok=True)
        if one_a_line:
            lines = [json.dumps(record) + "," for record in part[:-1]] + [json.dumps(part[-1])]
            lines.insert(chance.randrange(len(lines)), garbage) if garbage else None
            text = "\n".join(['{"Records": [', *lines, "]}"])
        else:
            text = json.dumps({"Records": part}) + (f"\n{garbage}" if garbage else "")
        file.write_bytes(gzip.compress(text.encode()))
    return len(duplicates), len(broken)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("one_a_line", [False, True])
def test_the_history_comes_to_the_same_from_files_as_cloudtrail_delivers_them(
    tmp_path: Path, expected: Ended, seed: int, one_a_line: bool
) -> None:
    records = [json.loads(line) for line in LOG.read_text("utf-8").splitlines()]
    chance = random.Random(seed)  # noqa: S311 no secret: a layout that can be laid out again
    duplicates, broken = lay_out(tmp_path, records, chance, one_a_line=one_a_line)
    intake = read_events(tmp_path, "any", max_quarantined=broken)
    assert (len(intake.events), intake.duplicates, len(intake.quarantined)) == (282, duplicates, broken)
    assert ended(intake) == expected


def test_what_the_history_comes_to_is_what_is_known_of_it(expected: Ended) -> None:
    known = json.loads((HISTORY / "exact-semantics.json").read_text("utf-8"))
    refused = {event for event, outcome in expected.outcomes if outcome == "refused"}
    assert {entry["eventID"] for entry in known["refused"]} <= refused
    assert (len(expected.outcomes), len(refused), expected.ambiguous_seconds) == (282, 26, 0)


def test_in_one_second_a_real_history_is_put_in_order_again(tmp_path: Path, expected: Ended) -> None:
    """Five events a second, under ids that tell nothing: the outcomes that were recorded tell the order, as far as it matters."""
    zones = start()
    events = list(read_events(LOG, "cloudtrail").events)
    outcomes = list(replay_in_memory(events, zones))
    records = {r["eventID"]: r for r in map(json.loads, LOG.read_text("utf-8").splitlines())}
    chance = random.Random(7)  # noqa: S311 no secret: ids that can be made again
    crowded = []
    for at, (event, outcome) in enumerate(zip(events, outcomes, strict=True)):
        crowded.append(
            records[event.id]
            | {
                "eventTime": f"2025-10-19T00:{at // 5 // 60:02d}:{at // 5 % 60:02d}Z",
                "eventID": f"{chance.random()}-{at}",
            }
            | ({"errorCode": "InvalidChangeBatch"} if outcome["outcome"] == "refused" else {})
        )
    (tmp_path / "crowded.jsonl").write_text("".join(json.dumps(record) + "\n" for record in crowded))
    order = settled(read_events(tmp_path, "any").events, start())
    replayed = start()
    again = [(o["event"].rpartition("-")[2], o["outcome"]) for o in replay_in_memory(order.events, replayed)]
    assert sorted(again) == sorted((str(at), outcome["outcome"]) for at, outcome in enumerate(outcomes))
    assert (
        digest({id_: record_sets(zone) for id_, zone in replayed.items()}) == expected.zones or order.ambiguous_seconds
    )
