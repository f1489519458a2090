"""What an approval is for, taken from a run's results themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.model.approval import Evidence
from twinstage.model.canonical import digest, sha256_hex
from twinstage.world.jsons import get_json

if TYPE_CHECKING:
    from twinstage.world.store import Store

FILES = {
    "scenario": "input/scenario.json",
    "events": "input/events.jsonl",
    "verdict": "verdict.json",
    "findings": "findings.json",
    "report": "report.html",
}
"""Part of the evidence -> the result whose bytes it is the digest of."""

PLAN = "input/plan.json"
"""Where a run's results keep the plan that it was started with, where it was."""

KEPT = ("verdict", "findings", "report")
"""Parts whose files an approval keeps a copy of."""


def evidence_of(results: Store, kept: str = "") -> Evidence:
    """The evidence of a run: files by the SHA-256 of their bytes, the snapshot by its own digest, code by the digests of the packages.

    `kept`: the folder that holds the copies of what may have been judged and rendered again since; else the results themselves. A file that is not there counts as `missing`, which no request has; a plan is part of it where the run was started with one. Raises InputError where `input/run.json` is not JSON.
    """
    run = get_json(results, "input/run.json")
    code = run.get("code", {})
    parts = {
        "snapshot": str(run.get("snapshot")),
        "baseline": digest(code.get("baseline", {})),
        "candidate": digest(code.get("candidate", {})),
    }
    for name, file in FILES.items():
        key = kept + file if name in KEPT else file
        parts[name] = f"sha256:{sha256_hex(results.get(key))}" if results.exists(key) else "missing"
    if results.exists(PLAN):
        parts["plan"] = f"sha256:{sha256_hex(results.get(PLAN))}"
    return Evidence(parts)
