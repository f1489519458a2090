"""Hosted zones out of a folder of API answers and BIND zone files.

Answers are known by what they hold: ListHostedZones (`HostedZones`), GetHostedZone (`HostedZone`, with its `VPCs`), ListResourceRecordSets, ListTagsForResource(s)
and ListHealthChecks or GetHealthCheck. A record list belongs to the zone that its file is named after (name or id), else to the zone whose SOA it holds; where
no answer lists that zone, it is a public one, with an id that follows from its name. Files whose names begin with `_` or `.` are no dumps.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from twinstage.model.dns_name import canonical_name, is_within
from twinstage.model.errors import InputError, InputProblem
from twinstage.model.record_set import key_of
from twinstage.world.dumps.files import MISSHAPEN, Answer, read_answers, require, without_nulls
from twinstage.world.dumps.zone_file import SUFFIXES, read_zone_file
from twinstage.world.dumps.zone_pages import RecordList, record_lists
from twinstage.world.dumps.zone_rules import Refusal, refusals
from twinstage.world.interface import HealthCheck, HostedZone, ZoneSettings
from twinstage.world.table_form import tag_map
from twinstage.world.zone_form import health_check, sorted_vpcs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from twinstage.model.record_set import RecordKey, RecordSet

LISTING = "hosted-zones.json"


@dataclass
class _Folder:
    """What the files of a folder say, by kind."""

    zones: dict[str, tuple[Answer, str, dict[str, Any]]] = field(default_factory=dict)
    vpcs: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    checks: dict[str, HealthCheck] = field(default_factory=dict)
    records: list[Answer] = field(default_factory=list)
    zone_files: list[Path] = field(default_factory=list)
    ignored: list[Path] = field(default_factory=list)
    problems: list[InputProblem] = field(default_factory=list)

    def read(self, folder: Path) -> None:
        """Take every file of the folder, in the order of their names."""
        for path in sorted(folder.iterdir()):
            if path.name.startswith(("_", ".")) or path.is_dir():
                continue
            if path.suffix in SUFFIXES:
                self.zone_files.append(path)
            elif path.suffix == ".json":
                try:
                    for answer in read_answers(path):
                        self._take_answer(answer)
                except InputError as error:
                    self.problems += error.problems
            else:
                self.ignored.append(path)

    def _take_answer(self, answer: Answer) -> None:
        try:
            self._take(answer)
        except MISSHAPEN as error:
            self.problems.append(answer.misshapen("", error))

    def _take(self, answer: Answer) -> None:
        document, known = answer.document, True
        if "ResourceRecordSets" in document or "HostedZones" in document or answer.file.name == LISTING:
            self._take_listing(answer)
        elif "HostedZone" in document:
            self._take_zone(answer, "/HostedZone", document["HostedZone"])
            if isinstance(zone := document["HostedZone"], dict) and "Id" in zone:
                self.vpcs[bare(zone["Id"])] = list(sorted_vpcs(document.get("VPCs")))
        elif "ResourceTagSet" in document or "ResourceTagSets" in document:
            for tagged in document.get("ResourceTagSets") or [document.get("ResourceTagSet")]:
                self.tags[bare(tagged["ResourceId"])] = tag_map(tagged.get("Tags") or ())
        elif "HealthChecks" in document or "HealthCheck" in document:
            for step, check in enumerate(document.get("HealthChecks") or [document.get("HealthCheck")]):
                problems = require(answer, check, f"/HealthChecks/{step}", ("Id", "HealthCheckConfig"))
                self.problems += problems
                if not problems:
                    self.checks[str(check["Id"])] = health_check(without_nulls(check), {})
        else:
            known = False
        if not known:
            self.ignored.append(answer.file)

    def _take_listing(self, answer: Answer) -> None:
        name = "ResourceRecordSets" if "ResourceRecordSets" in answer.document else "HostedZones"
        found = answer.document.get(name)
        if not isinstance(found, list):
            message = f"expected an object with the list {name}"
            self.problems.append(answer.problem(f"/{name}", message, line=1))
        elif name == "ResourceRecordSets":
            self.records.append(answer)
        else:
            for step, zone in enumerate(found):
                self._take_zone(answer, f"/HostedZones/{step}", zone)

    def _take_zone(self, answer: Answer, place: str, zone: Any) -> None:
        if problems := require(answer, zone, place, ("Id", "Name")):
            self.problems += problems
            return
        if not isinstance(zone["Id"], str) or not isinstance(zone["Name"], str) or not _is_object(zone.get("Config")):
            self.problems.append(answer.problem(place, "not the API's own answer: Id, Name or Config", line=1))
            return
        told = self.zones.setdefault(bare(zone["Id"]), (answer, place, without_nulls(zone)))
        if canonical_name(told[2]["Name"]) != canonical_name(zone["Name"]):
            message = f"{zone['Id']} is {told[2]['Name']} elsewhere"
            self.problems.append(answer.problem(place, message, "dump the listing again"))


@dataclass(frozen=True)
class _Held:
    """One zone of the dumps, whole."""

    zone: HostedZone
    record_sets: tuple[RecordSet, ...]
    settings: ZoneSettings


class ZoneDumps:
    """Hosted zones out of a folder of API answers and zone files; all is read and checked at once.

    `refused` are the record sets that Route 53 would refuse; with `skip_refused` they are left out, without they are
    problems like any other. `ignored` are files that hold no answer about zones. Raises InputError with every problem.
    """

    def __init__(self, folder: Path, *, skip_refused: bool = False) -> None:
        found = _Folder()
        found.read(folder)
        self.ignored: tuple[Path, ...] = tuple(found.ignored)
        self._checks = {id_: replace(check, tags=found.tags.get(id_, {})) for id_, check in found.checks.items()}
        lists, problems = record_lists(found.records)
        found.problems += problems
        refused: list[Refusal] = []
        self._held: dict[str, _Held] = {}
        for zone, records, file in self._zones(found, lists):
            rules = refusals(zone, records)
            refused += rules.values()
            if not skip_refused:
                places = _places(lists, file) if rules else {}
                found.problems += [_refusal_problem(file, places.get(key, ""), rules[key]) for key in rules]
            kept = tuple(record for record in records if key_of(record) not in rules)
            self._held[zone.id] = _Held(zone, kept, _settings(found, zone.id))
        self.refused: tuple[Refusal, ...] = tuple(sorted(refused))
        if found.problems:
            raise InputError(found.problems)

    def zones(self) -> Iterator[HostedZone]:
        """Every zone of the dumps, in the order of name and id."""
        yield from sorted(held.zone for held in self._held.values())

    def record_sets(self, zone_id: str) -> Iterator[RecordSet]:
        """A zone's record sets in canonical form, in the API's order."""
        yield from self._held[zone_id].record_sets

    def settings(self, zone_id: str) -> ZoneSettings:
        """What the answers say about a zone beside its record sets."""
        return self._held[zone_id].settings

    def health_check(self, health_check_id: str) -> HealthCheck | None:
        """A health check that one of the answers describes."""
        return self._checks.get(health_check_id)

    def _zones(self, found: _Folder, lists: list[RecordList]) -> Iterator[tuple[HostedZone, list[RecordSet], Path]]:
        """Each zone with its record sets and their file. What cannot be told goes to the problems."""
        taken: dict[str, Path] = {}
        for records in lists:
            zone = _zone_of(records, found)
            if isinstance(zone, InputProblem):
                found.problems.append(zone)
                continue
            if _is_taken(zone, records.file, taken, found):
                continue
            if problems := list(records.problems(zone.name)):
                found.problems += problems
                continue
            yield zone, records.canonical(), records.file
        for path in found.zone_files:
            try:
                name, record_sets = read_zone_file(path)
            except InputError as error:
                found.problems += error.problems
                continue
            listed = _listed_as(name, found)
            zone = listed[0] if len(listed) == 1 else HostedZone(name, made_up_id(name), private=False)
            if not _is_taken(zone, path, taken, found):
                yield zone, record_sets, path
        for id_, (answer, place, told) in found.zones.items():
            if id_ not in taken and not found.problems:
                name = canonical_name(told["Name"])
                message, file = f"no dump of {name} beside it", f"{name.rstrip('.')}.json"
                hint = f"write list-resource-record-sets of {told['Id']} to {file}"
                found.problems.append(answer.problem(place, message, hint))


class NoZones:
    """No hosted zone at all."""

    def zones(self) -> Iterator[HostedZone]:
        """None."""
        return iter(())

    def record_sets(self, zone_id: str) -> Iterator[RecordSet]:
        """None."""
        raise LookupError(zone_id)

    def settings(self, zone_id: str) -> ZoneSettings:
        """None."""
        raise LookupError(zone_id)

    def health_check(self, health_check_id: str) -> HealthCheck | None:
        """None."""
        del health_check_id
        return None


def _is_object(value: Any) -> bool:
    return value is None or isinstance(value, dict)


def made_up_id(name: str) -> str:
    """The id of a zone that no answer tells: it follows from the name alone, and looks like Route 53's own."""
    return "Z" + hashlib.sha256(name.encode()).hexdigest()[:19].upper()


def bare(zone_id: str) -> str:
    """An id without the path that some answers put before it."""
    return zone_id.rpartition("/")[2]


def _zone_of(records: RecordList, found: _Folder) -> HostedZone | InputProblem:
    """The zone that a record list is of: its file says so, or else what it holds."""
    stem = records.file.stem
    if stem in found.zones:
        return _hosted(stem, found)
    apex = records.apex()
    for name in (canonical_name(stem), apex):
        listed = _listed_as(name, found) if name else []
        if len(listed) > 1:
            ids = ", ".join(zone.id for zone in listed)
            message = f"{len(listed)} hosted zones are called {name}"
            return InputProblem(str(records.file), 0, "", message, f"name the file after the zone's id: {ids}")
        if listed:
            return listed[0]
    if apex is None:
        message = "nothing says which zone these record sets are of"
        return InputProblem(str(records.file), 0, "", message, "keep the SOA, or name the file after the zone")
    return HostedZone(apex, _own_id(apex, records) or made_up_id(apex), private=False)


def _own_id(zone: str, records: RecordList) -> str | None:
    """The zone's id as its aliases tell it: those whose targets are record sets of this very list."""
    held = {(canonical_name(record["Name"]), record["Type"]) for _, _, record in records.entries}
    told = set()
    for _, _, record in records.entries:
        alias = record.get("AliasTarget")
        target = alias.get("DNSName") if isinstance(alias, dict) else None
        if isinstance(target, str) and is_within(target, zone) and (canonical_name(target), record["Type"]) in held:
            told.add(bare(str(alias.get("HostedZoneId"))))
    return told.pop() if len(told) == 1 else None


def _is_taken(zone: HostedZone, file: Path, taken: dict[str, Path], found: _Folder) -> bool:
    """Note that a zone's record sets are in this file; a problem where another file has them already."""
    if zone.id in taken:
        message = f"the record sets of {zone.name} are in {taken[zone.id].name} too"
        found.problems.append(InputProblem(str(file), 0, "", message, "leave one of the two out"))
        return True
    taken[zone.id] = file
    return False


def _listed_as(name: str, found: _Folder) -> list[HostedZone]:
    return [_hosted(id_, found) for id_, (_, _, told) in found.zones.items() if canonical_name(told["Name"]) == name]


def _hosted(id_: str, found: _Folder) -> HostedZone:
    told = found.zones[id_][2]
    return HostedZone(canonical_name(told["Name"]), id_, bool(told.get("Config", {}).get("PrivateZone", False)))


def _settings(found: _Folder, id_: str) -> ZoneSettings:
    told = found.zones[id_][2] if id_ in found.zones else {}
    comment = told.get("Config", {}).get("Comment") or ""
    return ZoneSettings(comment, found.tags.get(id_, {}), sorted_vpcs(found.vpcs.get(id_)))


def _places(lists: list[RecordList], file: Path) -> dict[RecordKey, str]:
    """The pointer, in a file of answers, to each of its record sets."""
    return {
        key_of(record): answer.at(pointer)
        for records in lists
        for answer, pointer, record in records.entries
        if answer.file == file
    }


def _refusal_problem(file: Path, place: str, refusal: Refusal) -> InputProblem:
    message = f"Route 53 refuses {refusal.key}: {refusal.code}: {refusal.cause}: {refusal.message}"
    return InputProblem(
        str(file), 0, place, message, "mend it at its source, or leave such record sets out: --skip-refused"
    )
