"""Record lists out of ListResourceRecordSets answers: pages put together, and the zone that a list is of."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from twinstage.model.dns_name import canonical_name, is_within
from twinstage.model.record_set import canonical_record_set, key_of, ordered
from twinstage.model.validation import schema_violations
from twinstage.world.dumps.files import Answer, require, without_nulls

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from twinstage.model.errors import InputProblem
    from twinstage.model.record_set import RecordSet

_NEXT = ("NextRecordName", "NextRecordType", "NextRecordIdentifier")
_STEP = re.compile(r"^/payload/changes/(\d+)/ResourceRecordSet")


@dataclass
class RecordList:
    """The record sets of one zone as files gave them: each with the answer and the pointer where it stands."""

    file: Path
    entries: list[tuple[Answer, str, Any]] = field(default_factory=list)

    def canonical(self) -> list[RecordSet]:
        """In canonical form and the API's order."""
        return ordered(canonical_record_set(record) for _, _, record in self.entries)

    def apex(self) -> str | None:
        """The zone's name by what the list holds: its SOA's, else the NS above all other names, else the file's."""
        held = [(canonical_name(str(record.get("Name"))), record.get("Type")) for _, _, record in self.entries]
        if len(soa := {name for name, type_ in held if type_ == "SOA"}) == 1:
            return soa.pop()
        servers = {name for name, type_ in held if type_ == "NS"}
        for name in (*sorted(servers, key=len), canonical_name(self.file.stem)):
            if "." in name[:-1] and all(is_within(other, name) for other, _ in held):
                return name
        return None

    def problems(self, zone: str) -> Iterator[InputProblem]:
        """What is not a record set of this zone: fields by the schema of events, names outside the zone, one set twice."""
        changes = [{"Action": "CREATE", "ResourceRecordSet": record} for _, _, record in self.entries]
        event = {
            "id": "dump",
            "timestamp": "1970-01-01T00:00:00Z",
            "type": "dns_update",
            "payload": {"zone": zone, "changes": changes},
        }
        malformed = set()
        for place, message in schema_violations("event", event) if changes else ():
            found = _STEP.match(place)
            step = int(found[1]) if found else 0
            answer, pointer, _ = self.entries[step]
            malformed.add(step)
            yield answer.problem(pointer + (place[found.end() :] if found else ""), message)
        seen = set()
        for step, (answer, pointer, record) in enumerate(self.entries):
            if step in malformed:
                continue
            key = key_of(record)
            if not is_within(key[0], zone):
                yield answer.problem(f"{pointer}/Name", f"{key[0]} is not in {zone}", "dump the zone again")
            if key in seen:
                yield answer.problem(pointer, f"{key[0]} {key[1]} appears twice", "dump the zone again")
            seen.add(key)


def record_lists(answers: list[Answer]) -> tuple[list[RecordList], list[InputProblem]]:
    """The lists that answers make up, in the order of their first pages, and what is wrong with them.

    A page that says where the next begins (`IsTruncated`, `NextRecordName`, `NextRecordType`, `NextRecordIdentifier`) goes
    on with the page that begins there, whatever their files are called.
    """
    problems: list[InputProblem] = []
    pages: list[tuple[Answer, list[Any]]] = []
    for answer in answers:
        records = answer.document["ResourceRecordSets"]
        found = [
            problem
            for step, record in enumerate(records)
            for problem in require(answer, record, f"/ResourceRecordSets/{step}", ("Name", "Type"))
        ]
        problems += found
        if not found:
            pages.append((answer, without_nulls(records)))
    continued: dict[int, int] = {}
    for index, (answer, _) in enumerate(pages):
        if not _is_cut(answer):
            continue
        nexts = [other for other, (_, records) in enumerate(pages) if other != index and _begins(answer, records)]
        if len(nexts) == 1 and nexts[0] not in continued.values():
            continued[index] = nexts[0]
        else:
            place = "/IsTruncated" if answer.document.get("IsTruncated") else "/NextToken"
            message = "only a part of the answer" + (
                f": {len(nexts)} files begin with its {answer.document.get('NextRecordName')}" if nexts else ""
            )
            problems.append(answer.problem(place, message, "dump every page"))
    joined = [_joined(pages, continued, start) for start in range(len(pages)) if start not in continued.values()]
    reached = {answer.file for found in joined for answer, _, _ in found.entries}
    problems += [
        page.problem("/NextRecordName", "the pages go round in a circle", "dump every page")
        for page, records in pages
        if records and page.file not in reached
    ]
    return joined, problems


def _joined(pages: list[tuple[Answer, list[Any]]], continued: dict[int, int], start: int) -> RecordList:
    joined = RecordList(pages[start][0].file)
    index: int | None = start
    while index is not None:
        answer, records = pages[index]
        joined.entries += [(answer, f"/ResourceRecordSets/{step}", record) for step, record in enumerate(records)]
        index = continued.get(index)
    return joined


def _is_cut(answer: Answer) -> bool:
    return answer.document.get("IsTruncated") is True or bool(answer.document.get("NextToken"))


def _begins(page: Answer, records: list[Any]) -> bool:
    """Whether these are the records of the page that comes after `page`."""
    name, type_, identifier = (page.document.get(member) for member in _NEXT)
    if name is None or not records:
        return False
    first = canonical_name(records[0]["Name"]), records[0]["Type"], records[0].get("SetIdentifier")
    return first[0] == canonical_name(name) and type_ in (None, first[1]) and identifier in (None, first[2])
