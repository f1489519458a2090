"""What `twinstage replay --world memory` needs of memory and time for logs of growing size: each size in a process of its own, told by the operating system.

`python bench/replay_memory.py 10000000` measures a log of ten million events (some 40 minutes and 8 GB of temporary files).
"""

from __future__ import annotations

import gzip
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

SIZES = (50_000, 200_000)
ZONES, NAMES, A_SECOND, IN_A_FILE = 20, 1_000, 3, 2_000
# Of a thousand records, so many are told twice.
TWICE = 20
BEGIN = 1577836800
COMMAND = [sys.executable, "-c", "import sys; from twinstage.cli.main import main; sys.exit(main())"]


def zone_name(number: int) -> str:
    """The name of one of the zones."""
    return f"zone-{number}.test."


def record(number: int, chance: random.Random) -> dict[str, Any]:
    """CloudTrail's record of one UPSERT; ids tell nothing of the order."""
    zone = chance.randrange(ZONES)
    record_set = {
        "name": f"name-{chance.randrange(NAMES)}.{zone_name(zone)}",
        "type": "A",
        "tTL": 60,
        "resourceRecords": [{"value": f"192.0.2.{chance.randrange(256)}"}],
    }
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(BEGIN + number // A_SECOND))
    return {
        "eventVersion": "1.08",
        "userIdentity": {
            "type": "IAMUser",
            "principalId": "AIDAEXAMPLE",
            "arn": f"arn:aws:iam::111122223333:user/deploy-{zone}",
            "accountId": "111122223333",
            "accessKeyId": f"AKIAEXAMPLE{zone}",
        },
        "eventTime": at,
        "eventSource": "route53.amazonaws.com",
        "eventName": "ChangeResourceRecordSets",
        "awsRegion": "us-east-1",
        "sourceIPAddress": "192.0.2.92",
        "requestParameters": {
            "hostedZoneId": f"Z{zone:04d}",
            "changeBatch": {"changes": [{"action": "UPSERT", "resourceRecordSet": record_set}]},
        },
        "responseElements": {"changeInfo": {"id": f"/change/C{number}", "status": "PENDING"}},
        "requestID": f"{chance.getrandbits(128):032x}",
        "eventID": f"{chance.getrandbits(128):032x}",
    }


def files(size: int) -> Iterator[list[dict[str, Any]]]:
    """The records of each file, in no order, some of them told twice."""
    chance = random.Random(size)  # noqa: S311 no secret: the same log again
    for begin in range(0, size, IN_A_FILE):
        records = [record(number, chance) for number in range(begin, min(size, begin + IN_A_FILE))]
        records += chance.sample(records, len(records) * TWICE // 1000)
        chance.shuffle(records)
        yield records


def write_log(folder: Path, size: int) -> None:
    """A log as CloudTrail delivers it to S3."""
    into = folder / "AWSLogs/111122223333/CloudTrail/us-east-1/2020/01/01"
    into.mkdir(parents=True)
    for number, records in enumerate(files(size)):
        with gzip.open(into / f"{number:08d}.json.gz", "wb", compresslevel=1) as file:
            file.write(json.dumps({"Records": records}).encode())


def write_zones(folder: Path) -> None:
    """The empty zones, as ListHostedZones and ListResourceRecordSets answer."""
    folder.mkdir()
    zones = [
        {"Id": f"/hostedzone/Z{number:04d}", "Name": zone_name(number), "Config": {"PrivateZone": False}}
        for number in range(ZONES)
    ]
    (folder / "hosted-zones.json").write_text(json.dumps({"HostedZones": zones}))
    for zone in zones:
        apex = [("NS", "ns-1.example."), ("SOA", "ns-1.example. host.example. 1 7200 900 1209600 86400")]
        sets = [
            {"Name": zone["Name"], "Type": kind, "TTL": 900, "ResourceRecords": [{"Value": value}]}
            for kind, value in apex
        ]
        (folder / f"{zone['Name']}json").write_text(json.dumps({"ResourceRecordSets": sets}))


class Ran(NamedTuple):
    """What one command of the CLI came to, in a process of its own: seconds by the clock and of processor time, the most memory held."""

    document: dict[str, Any]
    seconds: float
    processor_s: float
    peak_mb: float


def run(*arguments: object) -> Ran:
    """Run one command of the CLI."""
    with tempfile.TemporaryFile() as out:
        started = time.perf_counter()
        process = subprocess.Popen([*COMMAND, *map(str, arguments), "--json"], stdout=out)
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"{arguments[0]} ended with {process.returncode}")
        out.seek(0)
        return Ran(json.load(out), seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def measure(size: int) -> float:
    """The most memory held for a log of so many events, in MB."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_zones(folder / "zones")
        write_log(folder / "log", size)
        store = folder / "store"
        snapshot = run("snapshot", "import", "--zones", folder / "zones", "--out", store).document["snapshot"]
        ran = run("replay", "--snapshot", snapshot, "--events", folder / "log", "--store", store)
    told = ran.document
    print(
        f"  {told['events']:10,} events: {ran.peak_mb:4.0f} MB at most, {told['events'] / ran.seconds:7,.0f} events/s by the clock, "
        f"{told['events'] / ran.processor_s:7,.0f} a second of processor time; {told['duplicates']:,} duplicates, "
        f"{told['ambiguous_seconds']:,} ambiguous seconds"
    )
    return ran.peak_mb


def main(sizes: tuple[int, ...] = SIZES) -> None:
    """Measure each size."""
    print("replay of CloudTrail logs in S3's layout on the memory world, reading and ordering included")
    peaks = [measure(size) for size in sizes]
    if len(peaks) > 1:
        print(f"  {sizes[-1] // sizes[0]} times as many events take {peaks[-1] - peaks[0]:+.0f} MB")


if __name__ == "__main__":
    main(tuple(map(int, sys.argv[1:])) or SIZES)
