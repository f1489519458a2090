"""All three documents of a run: derived from its results alone, always the same, never without end."""

from __future__ import annotations

import os
import subprocess
import sys
import tracemalloc
import zipfile
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from page import Page
from sample_run import SampleRun, bad_day, finding

import twinstage
from twinstage.report import load_run, render
from twinstage.world.jsons import get_json
from twinstage.world.store import DirectoryStore


@pytest.mark.parametrize("name", ["approved", "rejected", "half_way", "store"])
def test_equal_results_give_equal_bytes(name, request):
    store = request.getfixturevalue(name)
    assert render(load_run(store)) == render(load_run(store))


def test_neither_shards_nor_chunks_change_a_byte(tmp_path):
    whole, parted = SampleRun(DirectoryStore(tmp_path / "whole")), SampleRun(DirectoryStore(tmp_path / "parted"))
    for run in (whole, parted):
        run.complete(rejected=True)
    lines = bad_day(breaks=True)
    (tmp_path / "parted/replay/candidate/0/1.jsonl").unlink()
    parted.replay("candidate", lines[6:], shard="0")
    parted.replay("candidate", lines[3:6], shard="1")
    parted.replay("candidate", lines[:3], shard="2")
    assert render(load_run(parted.store)) == render(load_run(whole.store))


def test_rendering_writes_nothing_and_reads_results_only(rejected, tmp_path):
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    render(load_run(rejected))
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_the_templates_are_found_inside_a_zip(rejected, tmp_path):
    bundle, source = tmp_path / "bundle.zip", Path(twinstage.__file__).parent
    with zipfile.ZipFile(bundle, "w") as archive:
        for package in ("model", "world", "stress", "rehearse", "report"):
            for path in sorted((source / package).rglob("*")):
                archive.write(path, Path("twinstage") / path.relative_to(source))
        archive.write(source / "__init__.py", "twinstage/__init__.py")
    script = (
        "import sys; from pathlib import Path; import twinstage.report as report;"
        "from twinstage.world.store import DirectoryStore;"
        "assert '.zip' in report.__file__, report.__file__;"
        "files = report.render(report.load_run(DirectoryStore(Path(sys.argv[1]))));"
        "sys.stdout.buffer.write(files['report.html'])"
    )
    result = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "runs" / "sample-1")],
        env=os.environ | {"PYTHONPATH": str(bundle)},
        capture_output=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr.decode()
    assert result.stdout == render(load_run(rejected))["report.html"]


def test_junit_has_a_suite_a_criterion_and_a_case_a_finding(rejected):
    root = ET.fromstring(render(load_run(rejected))["junit.xml"])  # noqa: S314 - our own output
    suites = {suite.get("name"): suite for suite in root}
    assert list(suites) == ["safety", "consistency", "performance", "evidence"]
    assert len(root.findall(".//testcase")) == len(get_json(rejected, "findings.json")["findings"])
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("12", "2", "0")
    broken = [case.get("name") for case in suites["safety"] if case.find("failure") is not None]
    assert broken == ["I3 (candidate)", "I1 (candidate)"]


def test_junit_skips_what_does_not_count_and_errs_on_what_was_not_decided(run):
    run.judged(
        "INCONCLUSIVE",
        [
            finding("I1", "safety", "broke", passed=False, arm="baseline", counts=False),
            finding("I1", "safety", "held", arm="candidate"),
            finding("latency", "performance", "nothing to compare", passed=None, arm="candidate"),
        ],
    )
    root = ET.fromstring(render(load_run(run.store))["junit.xml"])  # noqa: S314 - our own output
    assert root.find(".//skipped").get("message") == "failed; shown, not counted: broke"
    assert root.find(".//error").get("message") == "nothing to compare"
    assert (root.get("skipped"), root.get("errors"), root.get("failures")) == ("1", "1", "0")


def test_markdown_says_the_same_in_short(rejected):
    document = render(load_run(rejected))["report.md"].decode()
    assert document.startswith("## ✗ REJECTED: The freshness check moves back to the start\n")
    assert "The candidate breaks I3" in document
    assert "`twinstage rehearse enactor-stale-plan --local`" in document
    assert '- UPSERT `gen.api.example.com.` TXT `60 "11"`' in document
    for found in get_json(rejected, "findings.json")["findings"]:
        assert f"| {found['criterion']} | {found['check']} |" in document


def test_markdown_fits_a_comment_whatever_was_found(run):
    run.complete(rejected=True)
    found = [finding(f"check-{i}", "safety", "x|" * 400, passed=i % 2 == 0, arm="candidate") for i in range(2000)]
    run.judged("REJECTED", found)
    document = render(load_run(run.store))["report.md"]
    assert len(document) < 65_536
    assert b"1,940 more findings in `findings.json`." in document


class ManyOutcomes:
    """The results of a run with that many events in each arm, made when they are asked for."""

    CHUNK = 500

    def __init__(self, store, events: int) -> None:
        self.store, self.events = store, events

    def get(self, key: str) -> bytes:
        if not key.startswith("replay/"):
            return self.store.get(key)
        first = int(key.rpartition("/")[2].removesuffix(".jsonl"))
        return b"".join(self._line(seq, key) for seq in range(first, first + self.CHUNK))

    def put(self, key: str, data: bytes) -> None:
        self.store.put(key, data)

    def exists(self, key: str) -> bool:
        return self.store.exists(key)

    def list(self, prefix: str):
        if not prefix.startswith("replay/"):
            return self.store.list(prefix)
        return iter(f"{prefix}0/{first:08d}.jsonl" for first in range(0, self.events, self.CHUNK))

    @staticmethod
    def _line(seq: int, key: str) -> bytes:
        failed = seq % 100 == 7 and "candidate" in key
        ended = '"error","error":"InvalidChangeBatch"' if failed else '"success"'
        made = (
            '{"n":0,"service":"dynamodb","operation":"GetItem","parameters":{"TableName":"plans"},"outcome":"success"}'
        )
        return (
            f'{{"event":"event-{seq}","seq":{seq},"timestamp":"2025-10-20T{seq // 3600:02d}:{seq // 60 % 60:02d}:00Z",'
            f'"type":"lambda_invoke","recorded":{{"outcome":"success"}},"outcome":{ended},"latency_ms":4.5,"calls":[{made}]}}\n'
        ).encode()


def test_a_hundred_thousand_outcomes_stay_readable(rejected):
    files = render(load_run(ManyOutcomes(rejected, 50_000)))
    assert len(files["report.html"]) < 512 * 1024
    assert len(files["report.md"]) < 65_536
    page = Page(files["report.html"])
    assert len(page.section("timeline").every("rect")) < 600
    replay = page.section("replay").words()
    assert "200 more events that failed or diverged not shown here" in replay
    assert "49,440 more events that ended well, as recorded not shown here" in replay
    assert "Events replayed 50,000 50,000" in page.section("glance").words()


def test_memory_grows_by_a_small_entry_an_outcome(rejected):
    peaks = [peak_of(lambda events=events: load_run(ManyOutcomes(rejected, events))) for events in (5_000, 20_000)]
    assert (peaks[1] - peaks[0]) / (2 * 15_000) < 400


def peak_of(action) -> int:
    """The most memory, in bytes, that Python holds while `action` runs."""
    tracemalloc.start()
    try:
        action()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
