"""A run's results as far as an approval needs them, a clock that is set by hand, and desks at which people decide."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from twinstage.model.errors import SafetyError
from twinstage.rehearse.approval.asking import request_for
from twinstage.rehearse.approval.desk import Desk
from twinstage.world.jsons import put_json
from twinstage.world.store import DirectoryStore

if TYPE_CHECKING:
    from pathlib import Path

BEGAN = datetime(2026, 1, 5, 10, tzinfo=UTC)
SUBMITTER = "carol"


@dataclass
class Office:
    """One run that waits for people. `passed_s` is the time since the request, seconds; `desk` is where they decide."""

    folder: Path
    section: dict[str, Any]
    run: str = "demo"
    passed_s: float = 0.0

    def __post_init__(self) -> None:
        self.store = DirectoryStore(self.folder)
        self.desk = Desk(self.store, self.now)
        scenario = {
            "schema": "twinstage:scenario:1",
            "name": "small",
            "title": "Small",
            "capture": {"functions": ["publish"]},
            "change": {"summary": "UPSERT", "functions": {"publish": {"code": "candidate"}}},
            "events": {"file": "events.jsonl"},
            "approval": self.section,
        }
        code = {"baseline": {"publish": "sha256:" + "1" * 64}, "candidate": {"publish": "sha256:" + "2" * 64}}
        given = {"snapshot": "sha256:" + "0" * 64, "events": "sha256:" + "3" * 64}
        put_json(
            self.store,
            "input/run.json",
            {"run": self.run, "submitter": SUBMITTER, "snapshot_id": "sha256:" + "5" * 64, "code": code, **given},
        )
        put_json(self.store, "input/scenario.json", scenario)
        self.store.put("input/events.jsonl", b"{}\n")
        put_json(self.store, "input/plan.json", {"schema": "twinstage:plan:1", "digest": "sha256:" + "4" * 64})
        finding = {"check": "end-state", "arm": "candidate", "passed": True}
        broken = {"check": "www-answers", "arm": "baseline", "passed": False}
        verdict = {
            "verdict": "APPROVED",
            "scenario": "small",
            "title": "Small",
            **given,
            "code": code,
            "findings": [finding, broken],
        }
        put_json(self.store, "verdict.json", verdict)
        put_json(self.store, "findings.json", {"findings": []})
        self.store.put("report.html", b"<!doctype html>")

    def now(self) -> str:
        return (BEGAN + timedelta(seconds=self.passed_s)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def ask(self) -> None:
        """The machine asks, and waits."""
        self.desk.ask(request_for(self.store, BEGAN.strftime("%Y-%m-%dT%H:%M:%SZ")))
        self.desk.wait(f"token-of-{self.run}")

    def ask_now(self, token: str = "") -> None:
        """The same, at the time it is, with a token of the caller's if there is one."""
        self.desk.ask(request_for(self.store, datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")))
        self.desk.wait(token or f"token-of-{self.run}")

    def end(self, why: str = "the task was ended, and nobody had decided") -> None:
        """The machine takes what was decided, and cleans up."""
        self.desk.conclude(why)
        put_json(self.store, "promotion.json", {"schema": "twinstage:promotion:1", "run": self.run})
        put_json(self.store, "cleanup.json", {"run": self.run})

    def say(self, by: str, word: str) -> str:
        """What comes of it: `counts`, `again`, or the code of the refusal; a refusal that does not say all that it should is `mute`."""
        try:
            said = self.desk.say(by, word, f"{by} says {word}")
        except SafetyError as refusal:
            told = (refusal.details["observed"], refusal.details["expected"], refusal.hint)
            return refusal.code if all(told) else "mute"
        return "again" if said.repeated else "counts"

    @property
    def outcome(self) -> str:
        """`approved`, `rejected` or `pending`, as the trail says."""
        standing = self.desk.standing()
        return standing.outcome.state if standing is not None and standing.outcome is not None else "pending"
