"""Bad loads, targets and settings: what `stress` is given."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.bad_input.case import Bad
from tests.bad_input.good import scenario, write

if TYPE_CHECKING:
    from pathlib import Path

_LOAD = ("--from", "1", "--to", "10")


def stress(name: str, argv: list[str], *says: str) -> Bad:
    """The command's arguments, beside a scenario without a `stress` section."""

    def build(folder: Path) -> list[str]:
        scenario(folder / "small")
        return ["stress", *argv]

    return Bad(name, build, says)


def settings(name: str, content: str | bytes, *says: str) -> Bad:
    """A file of settings with this content."""

    def build(folder: Path) -> list[str]:
        scenario(folder / "small")
        write(folder / "settings.yaml", content)
        return ["stress", "small", "--function", "enactor", *_LOAD, "--settings", "settings.yaml"]

    return Bad(name, build, says)


def requests(
    name: str, content: str | bytes, *says: str, target: tuple[str, ...] = ("small", "--function", "enactor")
) -> Bad:
    """A file of requests with this content."""

    def build(folder: Path) -> list[str]:
        scenario(folder / "small")
        write(folder / "requests.jsonl", content)
        return ["stress", *target, *_LOAD, "--requests", "requests.jsonl"]

    return Bad(name, build, says)


def result(name: str, content: object, *says: str) -> Bad:
    """A folder with a result that `report` is to render again."""

    def build(folder: Path) -> list[str]:
        write(folder / "run/result.json", content if isinstance(content, str) else json.dumps(content))
        return ["report", "run"]

    return Bad(name, build, says)


STRESS_INPUTS = [
    stress("stress-of-nothing", [*_LOAD], "nothing to stress is given", "a SCENARIO"),
    stress("stress-without-a-load", ["small", "--function", "enactor"], "--profile", "no load is given"),
    stress("stress-of-two-things", ["small", "--url", "http://127.0.0.1:1/", *_LOAD], "one thing at a time"),
    stress("stress-of-no-such-function", ["small", "--function", "plans", *_LOAD], "plans is not captured"),
    stress(
        "stress-of-a-table-and-a-zone",
        ["small", "--table", "plans", "--zone", "ex.test", *_LOAD],
        "--table --zone",
        "--operation",
        "2 problems",
    ),
    stress("stress-rate-nan", ["small", "--function", "enactor", "--rate", "nan"], "--rate", "out of range"),
    stress("stress-rate-infinite", ["small", "--function", "enactor", "--rate", "inf"], "--rate", "out of range"),
    stress("stress-rate-negative", ["small", "--function", "enactor", "--rate", "-3"], "--rate", "out of range"),
    stress(
        "stress-levels-without-end",
        ["small", "--function", "enactor", *_LOAD, "--factor", "1.0000001"],
        "--factor",
        "more than 10000 levels",
    ),
    stress(
        "stress-levels-backwards", ["small", "--function", "enactor", "--from", "9", "--to", "3"], "--to", "not above"
    ),
    stress(
        "stress-options-of-other-profiles",
        ["small", "--function", "enactor", *_LOAD, "--profile", "constant", "--peak", "3"],
        "--from",
        "--to",
        "--peak",
        "--rate: a constant load needs it",
        "4 problems",
    ),
    stress(
        "stress-more-than-a-process-carries-through",
        ["small", "--function", "enactor", "--rate", "1000000", "--for", "24h"],
        "each of them runs the handler",
    ),
    stress(
        "stress-generators-in-memory",
        ["small", "--function", "enactor", *_LOAD, "--generators", "4", "--world", "memory"],
        "--generators",
    ),
    stress("stress-generators-too-many", ["small", *_LOAD, "--generators", "100000"], "--generators", "1 to 64"),
    stress("stress-service-level-below-zero", ["small", "--function", "enactor", *_LOAD, "--p99-ms", "-1"], "/p99_ms"),
    stress("stress-address-without-a-scheme", ["--url", "localhost", *_LOAD], "no address of HTTP"),
    stress(
        "stress-address-with-options-of-a-scenario",
        ["--url", "http://127.0.0.1:1/", "--arm", "baseline", "--world", "twin", "--profile", "recorded"],
        "--arm",
        "--world",
        "--profile",
        "3 problems",
    ),
    stress("stress-arm-without-a-scenario", ["--snapshot", "x", "--function", "f", "--arm", "both", *_LOAD], "--arm"),
    stress(
        "stress-requests-that-are-not-there",
        ["small", "--function", "enactor", *_LOAD, "--requests", "no.jsonl"],
        "no.jsonl",
    ),
    settings("stress-settings-list", "[1, 2]", "settings.yaml", "not a mapping"),
    settings("stress-settings-alias-bomb", "a: &a [1]\nb: [*a, *a]\n", "settings.yaml:2", "aliases are refused"),
    settings("stress-settings-unknown-member", "speed: 5\n", "'speed' was unexpected"),
    settings("stress-settings-no-such-quota", "quotas: {route53.wishes: {rate_per_s: 5}}\n", "route53.wishes"),
    settings("stress-settings-requests-elsewhere", "requests: nowhere.jsonl\n", "nowhere.jsonl", "no such file"),
    requests("stress-requests-not-json", '{"a": 1}\n{nothing}\n', "requests.jsonl:2"),
    requests("stress-requests-not-objects", "5\n[]\n", "requests.jsonl:1", "requests.jsonl:2", "2 problems"),
    requests("stress-requests-empty", "", "no request in it"),
    requests("stress-requests-depth-bomb", "[" * 100_000, "nested deeper"),
    requests(
        "stress-requests-of-an-address",
        '{"method": 5, "speed": 1, "headers": []}\n',
        "/0/method",
        "/0/speed",
        "/0/headers",
        target=("--url", "http://127.0.0.1:1/"),
    ),
    result("report-of-a-result-of-another-kind", {"schema": "twinstage:wish:1"}, "run/result.json", "/schema"),
    result("report-of-a-result-cut-off", '{"schema": "twinstage:stress:1"', "run/result.json"),
    result("report-of-a-stress-without-its-parts", {"schema": "twinstage:stress:1"}, "'arms' is a required property"),
    result("report-of-a-result-that-is-a-list", [1], "run/result.json"),
]
