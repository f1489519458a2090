"""A rehearsal that is started, followed and stopped in a browser."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from small_scenario import write_small_scenario

from tests.browser import Seen, chromium
from twinstage.cli.ui.scenarios import scenario_files
from twinstage.cli.ui.serving import serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page

pytestmark = [pytest.mark.long, pytest.mark.engine]
PATIENCE_MS = 300_000


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    write_small_scenario(tmp_path / "scenarios/small")
    with (
        serving(tmp_path / "store", 0, lambda: scenario_files([tmp_path / "scenarios"]), "carol", print) as address,
        chromium() as browser,
    ):
        seen = Seen.of(browser.new_page())
        seen.page.set_default_timeout(PATIENCE_MS)
        seen.page.goto(address)
        yield seen.page
        assert seen.console == []


def started(page: Page) -> None:
    page.click("button:has-text('Rehearse')")
    page.wait_for_selector("#lines:has-text('production is seeded')")


def test_its_lines_come_as_they_are_said_and_its_report_stands_there_in_the_end(page: Page) -> None:
    started(page)
    page.wait_for_selector("#lines:has-text('state Replay')")
    page.wait_for_selector("text=report.html")

    assert page.inner_text("h1 .verdict") in ("APPROVED", "REJECTED")
    page.click("text=report.html")
    assert page.locator("#findings").count() == 1


def test_stopped_it_takes_down_what_it_put_up(page: Page) -> None:
    started(page)
    page.wait_for_selector("#lines:has-text('deploy')")
    page.click("button:has-text('Stop')")
    page.wait_for_selector("h1 .verdict:has-text('stopped')")

    assert "interrupted" in page.inner_text("#lines")


def test_a_console_that_ends_stops_what_it_started(tmp_path: Path) -> None:
    from twinstage.cli.ui.rehearsals import Rehearsals

    scenario = write_small_scenario(tmp_path / "scenarios/small")
    rehearsals = Rehearsals(tmp_path / "store")
    running = rehearsals.start("one", str(scenario), "carol")
    until = time.monotonic() + PATIENCE_MS / 1000
    while not any("production is seeded" in line for line in running.lines) and time.monotonic() < until:
        assert running.code is None, running.lines

    rehearsals.close()

    assert running.code == 130
