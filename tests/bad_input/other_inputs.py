"""Bad arguments, environments, snapshots and runs: what commands are given beside files of their own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.bad_input.case import Bad
from tests.bad_input.good import EVENT, scenario, write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DIGEST = "0" * 64


def arguments(name: str, argv: list[str], *says: str, **environment: str) -> Bad:
    def build(folder: Path) -> list[str]:
        scenario(folder / "small")
        return argv

    return Bad(name, build, says, environment)


def store(name: str, manifest: bytes | str, *says: str, verb: tuple[str, ...] = ("snapshot", "verify")) -> Bad:
    """A store with one manifest."""

    def build(folder: Path) -> list[str]:
        write(folder / f"store/snapshots/{DIGEST}.json", manifest)
        return [*verb, f"sha256:{DIGEST}", "--store", "store"]

    return Bad(name, build, (f"store/snapshots/{DIGEST}.json", *says))


def replayed(name: str, write_events: Callable[[Path], object], *says: str) -> Bad:
    def build(folder: Path) -> list[str]:
        write_events(folder)
        return ["replay", "--snapshot", f"sha256:{DIGEST}", "--events", "events.jsonl", "--store", "store"]

    return Bad(name, build, says)


def run_of(name: str, verb: list[str], *says: str) -> Bad:
    """A folder that is no run."""

    def build(folder: Path) -> list[str]:
        write(folder / "run/notes.txt", "nothing")
        return [*verb, "run"]

    return Bad(name, build, says)


def broken_run(name: str, verb: list[str], content: str, *says: str) -> Bad:
    """A run directory whose documents are something else."""

    def build(folder: Path) -> list[str]:
        for file in ("input/run.json", "input/scenario.json", "verdict.json", "prepare/twin.json"):
            write(folder / "run" / file, content)
        return [*verb, "run"]

    return Bad(name, build, ("run/input/", *says))


OTHER_INPUTS = [
    arguments("run-id-that-is-a-path", ["destroy", "--run", "../../small"], "--run", "is not a run id"),
    arguments("run-id-with-a-line-break", ["destroy", "--run", "abc\n"], "--run", "is not a run id"),
    arguments("run-id-in-upper-case", ["replicate", "--snapshot", "x", "--run", "ABC"], "is not a run id"),
    arguments("run-id-too-long", ["deploy", "--snapshot", "x", "--run", "a" * 33], "is not a run id"),
    arguments(
        "run-id-of-a-replay",
        ["replay", "--snapshot", "x", "--events", "small/events.jsonl", "--world", "twin", "--run", "a/b"],
        "is not a run id",
    ),
    arguments(
        "endpoint-elsewhere",
        ["rehearse", "small", "--local"],
        "AWS_ENDPOINT_URL:",
        "is not on this machine",
        "unset AWS_ENDPOINT_URL",
        AWS_ENDPOINT_URL="https://evil.example.com",
    ),
    arguments(
        "endpoint-of-a-service",
        ["rehearse", "small", "--local"],
        "AWS_ENDPOINT_URL_S3",
        "is not on this machine",
        AWS_ENDPOINT_URL_S3="https://s3.amazonaws.com",
    ),
    arguments(
        "endpoint-that-looks-local",
        ["rehearse", "small", "--local"],
        "is not on this machine",
        AWS_ENDPOINT_URL="http://localhost@evil.example.com/",
    ),
    arguments(
        "endpoint-with-a-local-prefix",
        ["local", "start", "--home", "home"],
        "is not on this machine",
        AWS_ENDPOINT_URL_STS="http://127.0.0.1.evil.example.com",
    ),
    arguments(
        "endpoint-of-all-addresses",
        ["destroy", "--all"],
        "is not on this machine",
        AWS_ENDPOINT_URL="http://0.0.0.0:5000",
    ),
    arguments(
        "two-endpoints",
        ["rehearse", "small", "--local"],
        "AWS_ENDPOINT_URL_IAM",
        "AWS_ENDPOINT_URL_STS",
        "2 problems",
        AWS_ENDPOINT_URL_IAM="ftp://localhost",
        AWS_ENDPOINT_URL_STS="http://[::2]",
    ),
    arguments("scenario-that-is-not-there", ["scenario", "validate", "nowhere"], "nowhere", "no such scenario"),
    arguments("scenario-named-with-a-nul", ["scenario", "validate", "a\0b".replace("\0", "%00")], "no such scenario"),
    arguments(
        "scenarios-two-bad-ones",
        ["scenario", "validate", "nowhere", "small", "elsewhere"],
        "nowhere",
        "elsewhere",
        "2 problems",
    ),
    arguments(
        "pace-that-backtracks",
        ["replay", "--snapshot", "x", "--events", "small/events.jsonl", "--pace", "x" + "1" * 100_000 + "!"],
        "--pace",
    ),
    arguments("criterion-unknown", ["validate", "--results", "small", "--criteria", "luck"], "no such criterion: luck"),
    arguments("explore-unknown-case", ["explore", "small", "--case", "nothing"], "--case nothing"),
    store(
        "manifest-duplicate-member",
        '{"schema": "twinstage:snapshot:2", "schema": "twinstage:snapshot:2"}',
        "appears twice",
    ),
    store("manifest-nan", '{"schema": NaN}', "NaN is not a JSON number"),
    store("manifest-depth-bomb", "[" * 100_000, "nested deeper than 128 levels"),
    store("manifest-of-another-schema", '{"schema": "twinstage:snapshot:99"}', "/schema"),
    store("manifest-empty", "", "not JSON"),
    store("manifest-of-bytes", bytes(range(256)), "not JSON"),
    store(
        "manifest-part-that-is-a-path",
        json.dumps({"schema": "twinstage:snapshot:2", "zones": [{"part": {"sha256": "../../../etc/passwd"}}]}),
        "is a required property",
        verb=("snapshot", "show"),
    ),
    replayed(
        "replay-without-the-snapshot",
        lambda folder: write(folder / "events.jsonl", json.dumps(EVENT)),
        "no snapshot begins with",
    ),
    broken_run("validate-of-a-run-cut-off", ["validate", "--results"], "{"),
    broken_run("validate-of-a-run-of-depth", ["validate", "--results"], "[" * 100_000),
    broken_run("validate-of-a-run-that-is-a-list", ["validate", "--results"], "[]"),
    run_of("report-of-no-run", ["report"], "not a run directory"),
    run_of("validate-of-no-run", ["validate", "--results"], "not a run directory"),
]
