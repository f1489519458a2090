"""A real browser, driven by Playwright, that reaches nothing but loopback and files; skipped, and said so, where a machine has none."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).parents[1]
PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *(
        "--disable-background-networking",
        "--disable-component-update",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    ),
]
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser that is gone in the end."""
    if PROGRAM is None:
        pytest.skip("no Chromium on this machine: nothing was opened in a browser")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Seen:
    """What a page did besides being shown: what it wrote to the console, raised, and asked for beside its own address."""

    page: Page
    console: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, page: Page) -> Seen:
        """Watch a page from now on."""
        seen = cls(page)
        page.on("console", lambda message: seen.console.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: seen.console.append(f"error: {error}"))
        page.on("request", lambda request: seen.asked.append(request.url))
        return seen

    def violations(self) -> list[str]:
        """What axe-core finds wrong with the page as it is now, each with the rule and the elements."""
        # By the debugger: the page's own policy lets no script in.
        session = self.page.context.new_cdp_session(self.page)
        try:
            _evaluated(session, _axe())
            run = f"axe.run(document, {{runOnly: {{type: 'tag', values: {TAGS}}}}})"
            told = "r.violations.map(v => v.id + ': ' + v.nodes.map(n => n.target.join(' ')).slice(0, 3).join(', '))"
            found: list[str] = _evaluated(session, f"{run}.then(r => {told})")
        finally:
            session.detach()
        return found


def _evaluated(session: Any, expression: str) -> Any:
    answer = session.send("Runtime.evaluate", {"expression": expression, "awaitPromise": True, "returnByValue": True})
    assert "exceptionDetails" not in answer, answer["exceptionDetails"]
    return answer["result"].get("value")


@cache
def _axe() -> str:
    source = ROOT / "node_modules/axe-core/axe.min.js"
    if not source.exists():
        pytest.skip("axe-core is not installed: run `make setup`")
    return source.read_text(encoding="utf-8")
