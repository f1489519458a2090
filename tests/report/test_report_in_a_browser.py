"""Hostile names and values in the report, opened in a real browser: nothing of them runs, with the page's policy or without."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from sample_rehearsal import doubtful, touching
from sample_run import broken, change, change_call, finding, outcome, record
from sample_stress import stressed

from twinstage.model.graph import merge
from twinstage.report import load_run, render
from twinstage.report.pipeline_page import pipeline_page
from twinstage.report.stress import Stress
from twinstage.report.stress_page import stress_page

if TYPE_CHECKING:
    from pathlib import Path

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--host-resolver-rules=MAP * ~NOTFOUND"),
)
OWN = "document.documentElement.dataset.owned=1"
OWNED = 'data-owned="1"'
# Out of an element's text, an attribute, a comment, a style, a script, a title; by an event, a URL, a drawing, a form.
BREAKS = [
    f"<script>{OWN}</script>",
    f'"><script>{OWN}</script>',
    f"'><img src=x onerror={OWN}>",
    f'" onmouseover="{OWN}" autofocus onfocus="{OWN}" x="',
    f"--><svg onload={OWN}>",
    f"</style><script>{OWN}</script>",
    f"</script><script>{OWN}</script>",
    f"</title><script>{OWN}</script>",
    f"</text></svg><script>{OWN}</script>",
    f"<iframe srcdoc='<script>parent.{OWN}</script>'>",
    f"javascript:{OWN}",
    f"<a href=javascript:{OWN}>x</a><meta http-equiv=refresh content='0;url=javascript:{OWN}'>",
    f"\u202e\u2028<\x00script>{OWN}</script>",
    f"{{{{ ''.__class__ }}}}{{% raw %}}<script>{OWN}</script>",
    f"<details open ontoggle={OWN}>",
    f"&lt;script&gt;{OWN}&lt;/script&gt;",
]


@pytest.fixture
def dom(tmp_path: Path):
    """What a browser makes of a page, once its scripts have run."""
    if BROWSER is None:
        pytest.skip("no Chromium on this machine: nothing was opened in a browser")

    def opened(page: str, name: str) -> str:
        file = tmp_path / f"{name}.html"
        file.write_text(page, encoding="utf-8", errors="surrogatepass")
        command = [BROWSER, *FLAGS, f"--user-data-dir={tmp_path / name}", "--dump-dom", file.as_uri()]
        ran = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
        return ran.stdout

    return opened


@pytest.fixture
def page(run) -> str:
    """The report of a run in which TXT values, payloads, and the names of records, functions, events and invariants try to run a script."""
    text = "\n".join(BREAKS)
    run.complete(rejected=True)
    run.inputs(name=BREAKS[1], title=BREAKS[7])
    for arm in ("baseline", "candidate"):
        run.replay(
            arm,
            [
                outcome(
                    100 + n,
                    [change_call(0, change("CREATE", record(each, "TXT", each)), error=each)],
                    event=each,
                    ended="error",
                    error=each,
                    message=each,
                )
                for n, each in enumerate(BREAKS)
            ],
            shard="hostile",
        )
    run.comparison(
        *(
            {
                "service": "route53",
                "zone": each,
                "key": f"{each} TXT",
                "kind": "changed",
                "baseline": each,
                "candidate": each,
            }
            for each in BREAKS
        ),
        *(
            {"service": "dynamodb", "table": each, "key": each, "kind": "added", "candidate": {"k": {"S": each}}}
            for each in BREAKS
        ),
    )
    first = broken("I3", "candidate")
    first["evidence"]["title"] = text
    first["evidence"]["first"] |= {
        "event": text,
        "function": BREAKS[0],
        "detail": text,
        "changes": [change("UPSERT", record(each, "TXT", each)) for each in BREAKS],
        "chain": BREAKS,
    }
    run.judged("REJECTED", [first, *(finding(each, "evidence", each, passed=False) for each in BREAKS)], name=BREAKS[2])
    run.failure("Replay", text, text)
    return render(load_run(run.store))["report.html"].decode("utf-8", "surrogatepass")


def test_nothing_of_it_runs(dom, page: str) -> None:
    found = dom(page, "report")
    assert "dataset.owned" in found
    assert OWNED not in found


def test_nothing_of_it_would_run_without_the_pages_policy_either(dom, page: str) -> None:
    bare, removed = re.subn(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page)
    assert removed == 1
    assert OWNED not in dom(bare, "bare")


def test_nothing_runs_in_the_page_of_a_data_product_without_its_policy_either(dom) -> None:
    document = doubtful(BREAKS[1])
    named = [doubtful(each) for each in BREAKS]
    for part in ("quality", "stages"):
        document[part] = [entry for each in named for entry in each[part]]
    document["comparison"]["metrics"] = [entry for each in named for entry in each["comparison"]["metrics"]]
    page = pipeline_page(document, merge(map(touching, BREAKS))).decode()
    bare, removed = re.subn(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page)
    assert removed == 1
    found = dom(bare, "pipeline")
    assert "dataset.owned" in found
    assert OWNED not in found


def test_nothing_runs_in_the_page_of_a_stress_without_its_policy_either(dom) -> None:
    page = stress_page(Stress.of(stressed("\n".join(BREAKS), level_s=1))).decode()
    bare, removed = re.subn(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page)
    assert removed == 1
    found = dom(bare, "stress")
    assert "dataset.owned" in found
    assert OWNED not in found


def test_what_gets_into_a_page_does_run_there_and_the_policy_alone_stops_it(dom, page: str) -> None:
    (policy,) = re.findall(r'<meta http-equiv="Content-Security-Policy"[^>]*>', page)
    hole = f"<body><p>{BREAKS[0]}</p></body>"
    assert OWNED in dom(f"<!DOCTYPE html><html><head></head>{hole}</html>", "control")
    assert OWNED not in dom(f"<!DOCTYPE html><html><head>{policy}</head>{hole}</html>", "policy")
