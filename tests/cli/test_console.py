"""The local console in a real browser: runs, their reports, decisions; and nobody else at its forms."""

from __future__ import annotations

import http.client
import json
import re
import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from tests.browser import Seen, chromium
from tests.faults.approvals import SUBMITTER, Office
from twinstage.cli.ui.scenarios import scenario_files
from twinstage.cli.ui.serving import serving
from twinstage.rehearse.approval.desk import Desk
from twinstage.world.store import DirectoryStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

HOSTILE = "<script>document.documentElement.dataset.owned=1</script>\u202e"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture
def seen(browser: Browser) -> Iterator[Seen]:
    context = browser.new_context(viewport={"width": 1000, "height": 800})
    yield Seen.of(context.new_page())
    context.close()


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """One run that is over, one that is broken, one that waits for two people."""
    over = tmp_path / "runs/over"
    over.mkdir(parents=True)
    verdict = {"verdict": "REJECTED", "title": f"a change {HOSTILE}", "scenario": HOSTILE}
    (over / "verdict.json").write_text(json.dumps(verdict))
    (over / "report.html").write_text("<!DOCTYPE html><title>report</title><h1>The report</h1>" + HOSTILE)
    (tmp_path / "runs/broken").mkdir()
    (tmp_path / "runs/broken/verdict.json").write_text("{")
    office = Office(tmp_path / "runs/waiting", {"policies": {"medium": {"quorum": 2}}, "expires_s": 604_800})
    office.ask_now()
    return tmp_path


@pytest.fixture
def address(store: Path) -> Iterator[str]:
    with serving(store, 0, list, "dora", print) as found:
        yield found


def base(address: str) -> str:
    """The console's address without the key to it."""
    return address.partition("?")[0]


def opened(page: Page, address: str, path: str = "") -> None:
    """Open a page of the console, by the address that was told."""
    page.goto(address)
    page.goto(base(address) + path)


def let_in(address: str) -> dict[str, str]:
    """The headers of whoever was let in."""
    parts = urlsplit(address)
    return {"Host": parts.netloc, "Cookie": f"twinstage-{parts.port}={parts.query.removeprefix('key=')}"}


def test_runs_are_listed_with_what_they_came_to_and_hostile_names_are_shown_not_run(seen: Seen, address: str) -> None:
    seen.page.goto(address)

    words = seen.page.inner_text("main")
    assert "REJECTED" in words
    assert "unreadable" in words
    assert "waits for people" in words
    assert "<script>" in words
    assert "\\u{202e}" in words
    assert seen.page.evaluate("document.documentElement.dataset.owned") is None


def test_a_report_opens_and_cannot_run_anything_here(seen: Seen, address: str) -> None:
    seen.page.goto(address)
    seen.page.click("text=over")
    seen.page.click("text=report.html")

    assert seen.page.inner_text("h1") == "The report"
    assert seen.page.evaluate("document.documentElement.dataset.owned") is None


def test_two_people_approve_and_the_submitter_does_not_count(seen: Seen, address: str) -> None:
    opened(seen.page, address, "runs/waiting")

    def decides(name: str) -> str:
        seen.page.fill("input[name=as]", name)
        seen.page.click("button:has-text('Approve')")
        return seen.page.inner_text("main")

    assert "OWN_CHANGE" in decides(SUBMITTER)
    assert "1 of 2 approvals" in decides("alice")
    assert "2 of 2 approvals" in decides("bob")
    assert seen.page.locator("button:has-text('Approve')").count() == 0


def test_a_rejection_says_why(seen: Seen, address: str) -> None:
    opened(seen.page, address, "runs/waiting")
    seen.page.click("button:has-text('Reject')")
    assert "Say why" in seen.page.inner_text("[role=alert]")

    seen.page.fill("input[name=reason]", "not on a Friday")
    seen.page.click("button:has-text('Reject')")

    assert "rejected: not on a Friday" in seen.page.inner_text("main")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_read_it_and_it_asks_nobody_else(browser: Browser, address: str, scheme: Any) -> None:
    context = browser.new_context(color_scheme=scheme)
    seen = Seen.of(context.new_page())
    for path in ("", "runs/over", "runs/waiting"):
        opened(seen.page, address, path)
        assert seen.violations() == []
    assert seen.console == []
    assert [url for url in seen.asked if not url.startswith((base(address), "data:"))] == []
    context.close()


def test_it_works_without_scripts(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    opened(page, address, "runs/waiting")
    page.fill("input[name=as]", "alice")
    page.click("button:has-text('Approve')")

    assert "1 of 2 approvals" in page.inner_text("main")
    context.close()


def approvals(store: Path) -> int:
    standing = Desk(DirectoryStore(store / "runs/waiting"), lambda: "").standing()
    assert standing is not None
    return standing.approvals


def asked(address: str, method: str, path: str, headers: dict[str, str], body: str = "") -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(address).port, timeout=30)
    connection.request(method, path, body, {"Content-Type": "application/x-www-form-urlencoded", **headers})
    answer = connection.getresponse()
    found = answer.status, answer.read().decode()
    connection.close()
    return found


def test_a_name_that_was_made_to_lead_here_is_not_answered(address: str) -> None:
    status, body = asked(address, "GET", "/", {"Host": "evil.example:80"})

    assert status == 421
    assert "waiting" not in body


def test_who_was_not_told_the_key_gets_nothing(address: str) -> None:
    host = {"Host": urlsplit(address).netloc}

    for path in ("/", "/runs/waiting", "/runs/over/report.html", "/?key=guessed"):
        status, body = asked(address, "GET", path, host)
        assert status == 401
        assert "waiting" not in body
    assert asked(address, "POST", "/runs/waiting/decision", host, "decision=approve&as=alice")[0] == 401


def test_a_link_out_of_a_run_is_not_followed(address: str, store: Path) -> None:
    (store / "secret").write_text("secret")
    (store / "runs/over/junit.xml").symlink_to(store / "secret")

    assert asked(address, "GET", "/runs/over/junit.xml", let_in(address))[0] == 404


def test_a_form_of_another_page_is_not_taken(address: str, store: Path) -> None:
    [token] = set(
        re.findall(r'name="token" value="([^"]+)"', asked(address, "GET", "/runs/waiting", let_in(address))[1])
    )
    said = f"decision=approve&as=alice&token={token}"

    without = asked(address, "POST", "/runs/waiting/decision", let_in(address), "decision=approve&as=alice")
    elsewhere = asked(
        address, "POST", "/runs/waiting/decision", let_in(address) | {"Origin": "http://evil.example"}, said
    )
    assert (without[0], elsewhere[0]) == (403, 403)
    assert approvals(store) == 0

    own = asked(
        address, "POST", "/runs/waiting/decision", let_in(address) | {"Origin": base(address).rstrip("/")}, said
    )
    assert own[0] == 303
    assert approvals(store) == 1


@pytest.mark.parametrize(
    "path",
    [
        "/runs/..",
        "/runs/../secret",
        "/runs/over/..%2fsecret",
        "/runs/over/input/run.json",
        "/runs/%2e%2e/report.html",
        "/runs/nobody",
        "/runs/over/report.html/x",
    ],
)
def test_nothing_but_results_of_runs_is_served(address: str, store: Path, path: str) -> None:
    (store / "secret").write_text("secret")

    status, body = asked(address, "GET", path, let_in(address))

    assert status == 404
    assert "secret" not in body


def test_only_scenarios_that_were_found_can_be_started(address: str) -> None:
    [token] = set(
        re.findall(r'name="token" value="([^"]+)"', asked(address, "GET", "/runs/waiting", let_in(address))[1])
    )

    status, _ = asked(address, "POST", "/rehearsals", let_in(address), f"token={token}&scenario=/etc/passwd")

    assert status == 400


def test_scenarios_are_those_of_every_root_with_those_that_extend_them(tmp_path: Path) -> None:
    for root, name in (("own", "mine"), ("packaged", "mine"), ("packaged", "other")):
        folder = tmp_path / root / name
        folder.mkdir(parents=True)
        (folder / "scenario.yaml").write_text("name: x")
    (tmp_path / "packaged/other/fix.yaml").write_text("extends: scenario.yaml")
    (tmp_path / "packaged/other/template.yaml").write_text("Resources: {}")

    found = scenario_files([tmp_path / "own", tmp_path / "packaged"])

    assert [path.relative_to(tmp_path).as_posix() for path in found] == [
        "own/mine/scenario.yaml",
        "packaged/other/scenario.yaml",
        "packaged/other/fix.yaml",
    ]


def heed_interrupts() -> None:
    """Whoever runs the tests in the background of a shell has them inherit that interrupts are ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextmanager
def command(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "twinstage.cli", "ui", "--no-open", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=heed_interrupts,  # noqa: PLW1509 no thread of the tests holds a lock that the child needs
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM])
def test_the_command_says_where_it_is_and_ends_when_it_is_told_to(store: Path, told: signal.Signals) -> None:
    with command("--port", "0", "--store", str(store)) as process:
        assert process.stdout is not None
        address = process.stdout.readline().split()[0]
        assert asked(address, "GET", "/", let_in(address))[0] == 200
        process.send_signal(told)
        assert process.wait(60) == 130


def test_a_port_that_is_taken_is_bad_input(address: str, store: Path) -> None:
    with command("--port", str(urlsplit(address).port), "--store", str(store)) as process:
        _, told = process.communicate(timeout=60)

    assert process.returncode == 2
    assert "is taken" in told
