"""What a scenario's schema cannot say: that the files it names are there, and that its parts fit together.

Every check looks at what has the right shape and leaves the rest to the schema, so that all problems of a scenario are told at once.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from twinstage.model.dns_name import canonical_name, is_within
from twinstage.model.errors import InputError, InputProblem
from twinstage.model.event import Place
from twinstage.model.invariant import BELOW, EXPLORATION, PATTERN_KINDS, REPLAY, only_explored
from twinstage.model.scenario import TABLE
from twinstage.replay.intake import SOURCES, Intake, read_events
from twinstage.replay.late import without_late
from twinstage.world.dumps import TableDumps, ZoneDumps

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from twinstage.cli.scenario_extension import ScenarioText
    from twinstage.model.event import Event

Steps = tuple[str | int, ...]


class ScenarioChecker:
    """Collects the problems of one scenario with their files and lines."""

    def __init__(self, text: ScenarioText) -> None:
        self.text, self.path, self.problems = text, text.path, list[InputProblem]()

    def problem(self, steps: Steps, message: str, hint: str = "") -> None:
        """Note a problem of the place that these steps lead to."""
        self.problems.append(self.text.problem(steps, message, hint))

    def at(self, *steps: str) -> Any:
        """What stands at a place; None where nothing does."""
        found = self.text.document
        for step in steps:
            found = found.get(step) if isinstance(found, dict) else None
        return found

    def folder(self, *steps: str) -> Path | None:
        """The folder whose name stands at a place."""
        name = self.at(*steps)
        if not isinstance(name, str):
            return None
        folder = self.text.beside(steps, name)
        if not folder.is_dir():
            self.problem(steps, f"{name} is not a folder beside the scenario", f"looked for {folder}")
            return None
        return folder

    def functions(self, part: str) -> dict[str, dict[str, Any]]:
        """The functions of `production` or `change`, each with its `code` folder resolved; of one whose code does not change it is production's.

        Where the change has a template, code that nobody gives by hand is for the template to say.
        """
        found = self.at(part, "functions")
        templated = part == "change" and self.at("change", "template") is not None
        return {
            name: spec | ({} if templated and "code" not in spec else {"code": self.code(part, name)})
            for name, spec in (found.items() if isinstance(found, dict) else ())
            if isinstance(spec, dict)
        }

    def code(self, part: str, name: str) -> Path | None:
        """The folder of a function's code; production's where a change does not say."""
        if self.at(part, "functions", name, "code") is not None:
            return self.folder(part, "functions", name, "code")
        if self.at("production", "functions", name, "code") is None:
            message = f"nothing says where the code of {name} is"
            self.problem((part, "functions", name), message, "give the folder of its code")
            return None
        return self.folder("production", "functions", name, "code")

    def events(self) -> Intake:
        """The events, as far as they can be read."""
        name, source = self.at("events", "file"), self.at("events", "format") or "twinstage"
        tolerated = self.at("events", "max_quarantined") or 0
        if not isinstance(name, str) or source not in SOURCES or not isinstance(tolerated, int):
            return Intake(())
        file = self.text.beside(("events", "file"), name)
        if not file.exists():
            self.problem(("events", "file"), f"{name} does not exist", f"looked for {file}")
            return Intake(())
        try:
            intake = read_events(file, source, max_quarantined=tolerated)
            since = self.at("events", "since")
            return without_late(intake, since) if isinstance(since, str) else intake
        except InputError as error:
            self.problems += error.problems
            return Intake(())

    def names(self) -> None:
        """What changes or may differ must be captured, what must hold must lie in a captured zone, and ids are unique."""
        captured = set(self.captured("functions"))
        for name in self.at("change", "functions") or ():
            if name not in captured:
                message = f"{name} changes but is not captured"
                self.problem(("change", "functions", name), message, "add it to capture.functions")
        zones, tables = [canonical_name(name) for name in self.captured("zones")], set(self.captured("tables"))
        for index, entry in _texts(self.at("change", "end_state", "may_differ")):
            if entry.startswith(TABLE):
                known = entry.removeprefix(TABLE) in tables
            else:
                known = any(is_within(entry.removeprefix(BELOW), zone) for zone in zones)
            if not known:
                message = f"{entry} lies in nothing that is captured: it cannot differ"
                self.problem(("change", "end_state", "may_differ", index), message, "mend the name, or leave it out")

    def invariant_names(self) -> None:
        """Ids are unique, and what an invariant speaks of is captured."""
        zones, seen = [canonical_name(name) for name in self.captured("zones")], set[str]()
        for index, entry in self.invariants():
            if (id_ := str(entry.get("id"))) in seen:
                self.problem(("invariants", index, "id"), f"{id_} appears twice", "ids of invariants are unique")
            seen.add(id_)
            below = entry.get("kind") in PATTERN_KINDS
            for member, place, name in [(m, p, n) for m in ("names", "of") for p, n in _texts(entry.get(m))]:
                if not any(is_within(name.removeprefix(BELOW) if below else name, zone) for zone in zones):
                    message = f"{name} lies in no captured zone: nothing that happens could break it"
                    self.problem(("invariants", index, member, place), message, "add its zone to capture.zones")
            self._of_invariant(index, entry)

    def _of_invariant(self, index: int, entry: Mapping[str, Any]) -> None:
        at_least = entry.get("at_least")
        named: list[tuple[tuple[str | int, ...], str, Any]] = [
            (("table",), "tables", entry.get("table")),
            (("at_least", "table"), "tables", at_least.get("table") if isinstance(at_least, dict) else None),
            (("function",), "functions", entry.get("function")),
            *((("functions", place), "functions", name) for place, name in _texts(entry.get("functions"))),
        ]
        for steps, kind, name in named:
            if isinstance(name, str) and name not in set(self.captured(kind)):
                self.problem(("invariants", index, *steps), f"{name} is not captured", f"add it to capture.{kind}")
        names, of = entry.get("names"), entry.get("of")
        if isinstance(names, list) and isinstance(of, list) and len(names) != len(of):
            message = f"{len(names)} names remember, and {len(of)} are remembered of"
            self.problem(("invariants", index, "of"), message, "give one for each name, in the same order")

    def asked_in(self, entry: Mapping[str, Any]) -> set[str]:
        """Where an invariant is asked: where it may be and can be."""
        asked = {place for _, place in _texts(entry.get("asked_in", [REPLAY, EXPLORATION]))}
        return asked - {REPLAY} if only_explored({"kind": "", **entry}) else asked

    def criteria(self) -> None:
        """There must be something that can be judged: a criterion, and for safety an invariant that counts."""
        asked = self.at("criteria")
        if asked == {}:
            self.problem(("criteria",), "no criterion is asked for: nothing could be approved", "leave it out for all")
        counting = any(entry.get("counts", True) for _, entry in self.invariants())
        if not counting and isinstance(asked, dict) and "safety" in asked:
            message = "safety is asked for, but no invariant counts: nothing could break it"
            self.problem(("criteria", "safety"), message, "add an invariant, or leave safety out")

    def dumps(self, zones: Path | None, tables: Path | None) -> None:
        """Where production is described beside the scenario, everything that is captured must be there."""
        if not isinstance(self.at("production"), dict):
            return
        described = self.at("production", "functions")
        self._described("functions", set(described) if isinstance(described, dict) else set(), "production.functions")
        self._described("tables", set(TableDumps(tables).tables), "the folder production.tables")
        try:
            dumps = ZoneDumps(zones) if zones else None
        except InputError as error:
            self.problems += error.problems
        else:
            listed = list(dumps.zones()) if dumps else []
            self._described("zones", {zone.name for zone in listed}, "the listing in production.zones")
            self._readable(dumps.record_sets(zone.id) for zone in listed if dumps)
        held = TableDumps(tables)
        self._readable(held.scan(table) for table in held.tables)

    def _readable(self, dumps: Iterable[Iterator[Any]]) -> None:
        """Read every dump to its end, for the problems in it."""
        for dump in dumps:
            try:
                deque(dump, maxlen=0)
            except InputError as error:
                self.problems += error.problems

    def _described(self, kind: str, names: set[str], where: str) -> None:
        for index, name in _texts(self.at("capture", kind)):
            if (canonical_name(name) if kind == "zones" else name) not in names:
                self.problem(("capture", kind, index), f"{name} is captured, but not in {where}", "describe it there")

    def references(self, intake: Intake) -> None:
        """Every zone, table and function that an event names must be captured, but for zones that the log itself makes.

        A zone given by its id is for the snapshot to know.
        """
        known = {f"zones {canonical_name(name)}" for name in self.captured("zones")}
        known |= {f"{kind} {name}" for kind in ("tables", "functions") for name in self.captured(kind)}
        for event in intake.events:
            named = _named(event)
            if event.type == "zone_create":
                known.add(f"zones {canonical_name(event.payload['zone'])}")
            if named is None or f"{named[1]} {named[2]}" in known:
                continue
            member, kind, name = named
            known.add(f"{kind} {name}")
            file, line, place, _ = event.place or Place("events", 0, "", "")
            message = f"event {event.id} names {name}, which is not captured"
            hint = f"add it to capture.{kind} of {self.path.name}"
            self.problems.append(InputProblem(file, line, f"{place}/payload/{member}", message, hint))

    def captured(self, kind: str) -> Iterator[str]:
        """The names of what is captured: `zones`, `tables` or `functions`."""
        return (name for _, name in _texts(self.at("capture", kind)))

    def invariants(self) -> Iterator[tuple[int, Mapping[str, Any]]]:
        """Every invariant with its place, but for those whose id or kind is no text: the schema says so of them."""
        found = self.at("invariants")
        for index, entry in enumerate(found if isinstance(found, list) else ()):
            if isinstance(entry, dict) and all(isinstance(entry.get(name, ""), str) for name in ("id", "kind")):
                yield index, entry


def _named(event: Event) -> tuple[str, str, str] | None:
    """(member, kind, name) of what an event's payload names; None where it is a zone's id."""
    payload = event.payload
    if event.type == "lambda_invoke":
        return "function", "functions", payload["function"]
    if event.type == "item_change":
        return "table", "tables", payload["table"]
    if event.type == "dns_update" and "zone_id" not in payload:
        return "zone", "zones", canonical_name(payload["zone"])
    return None


def _texts(found: Any) -> Iterator[tuple[int, str]]:
    """The index and text of each text of a list."""
    if isinstance(found, list):
        yield from ((index, text) for index, text in enumerate(found) if isinstance(text, str))
