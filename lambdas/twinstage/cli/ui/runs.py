"""The runs of a store, as the console lists them: read from their results, never changed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from twinstage.model.errors import TwinstageError
from twinstage.model.finding import Verdict
from twinstage.rehearse.approval.desk import Desk
from twinstage.rehearse.approval.rules import APPROVED
from twinstage.world.jsons import get_json
from twinstage.world.store import DirectoryStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from twinstage.rehearse.approval.rules import Standing

NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
FILES: Final = {
    "report.html": "text/html",
    "report.md": "text/plain",
    "verdict.json": "application/json",
    "findings.json": "application/json",
    "impact.json": "application/json",
    "junit.xml": "text/plain",
    "results.sarif": "application/json",
    "approval.json": "application/json",
    "attestation.json": "application/json",
    "promotion.json": "application/json",
}
"""What of a run is served, and as what. Nothing else of a store is."""

UNREADABLE: Final = "unreadable"
UNDER_WAY: Final = "under way"
WAITS: Final = "waits for people"


@dataclass(frozen=True)
class Run:
    """One run directory. `verdict` is what people are to know of it: the verdict, `under way`, `waits for people`, or `unreadable`; `waits` whether people have to decide now."""

    name: str
    verdict: str
    title: str
    scenario: str
    waits: bool
    at: float
    files: tuple[str, ...]


class Runs:
    """The runs below a folder. `clock` says what time it is, RFC 3339 in UTC."""

    def __init__(self, folder: Path, clock: Callable[[], str]) -> None:
        self.folder, self._clock = folder, clock

    def every(self) -> list[Run]:
        """All of them, the newest first."""
        if not self.folder.is_dir():
            return []
        found = [self._run(path) for path in self.folder.iterdir() if NAME.fullmatch(path.name) and path.is_dir()]
        return sorted(found, key=lambda run: (-run.at, run.name))

    def one(self, name: str) -> Run | None:
        """The run of a name; None where there is none."""
        place = self.place(name)
        return None if place is None else self._run(place)

    def place(self, name: str) -> Path | None:
        """The directory of a run; None for what is no name of one."""
        path = self.folder / name
        return path if NAME.fullmatch(name) and path.is_dir() else None

    def desk(self, name: str) -> Desk | None:
        """Where a run's approval lies; None where there is no such run."""
        place = self.place(name)
        return None if place is None else Desk(DirectoryStore(place), self._clock)

    def standing(self, name: str) -> Standing | None:
        """Where a run's approval stands; None where nothing was asked. Raises SafetyError where its trail does not hold."""
        desk = self.desk(name)
        return None if desk is None else desk.standing()

    def _run(self, place: Path) -> Run:
        store = DirectoryStore(place)
        verdict, title, scenario = UNDER_WAY, "", ""
        try:
            if store.exists("verdict.json"):
                judged = get_json(store, "verdict.json")
                verdict, title, scenario = str(judged["verdict"]), str(judged["title"]), str(judged["scenario"])
            elif store.exists("input/scenario.json"):
                compiled = get_json(store, "input/scenario.json")
                title, scenario = str(compiled.get("title", "")), str(compiled["name"])
            standing = Desk(store, self._clock).standing()
        except (TwinstageError, AttributeError, KeyError, TypeError, ValueError):
            verdict, standing = UNREADABLE, None
        waits = standing is not None and standing.outcome is None and not standing.concluded
        if verdict == Verdict.APPROVED and standing is not None:
            verdict = _decided(standing, waits=waits)
        files = tuple(name for name in FILES if store.exists(name))
        return Run(place.name, verdict, title, scenario, waits, place.stat().st_mtime, files)


def _decided(standing: Standing, *, waits: bool) -> str:
    """What a run that the rehearsal approves comes to by what people say."""
    if waits:
        return WAITS
    approved = standing.outcome is not None and standing.outcome.state == APPROVED
    return str(Verdict.APPROVED if approved else Verdict.REJECTED)
