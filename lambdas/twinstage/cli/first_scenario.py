"""A first scenario out of what somebody has: a zone, perhaps a table, and the function that writes them."""

from __future__ import annotations

import ast
import datetime as dt
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import yaml

from twinstage.model.errors import InputError, InputProblem
from twinstage.model.reading.python_code import PROVIDED, defines, variables_read
from twinstage.world.dumps.tables import TableDumps
from twinstage.world.dumps.zones import ZoneDumps

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from twinstage.model.record_set import RecordSet
    from twinstage.world.interface import HostedZone

# Of names that must go on to resolve, so many are written down; the rest is for whoever knows the zone.
MOST_NAMES: Final = 20
_ANSWERING: Final = frozenset({"A", "AAAA", "CNAME"})
_BARE: Final = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True)
class Found:
    """What the files hold: zones with the names that answer, tables, the function's name, its handler, and the variables that its code reads (True: it fails without)."""

    zones: Mapping[HostedZone, list[str]]
    tables: tuple[str, ...]
    function: str
    handler: str
    variables: Mapping[str, bool] = field(default_factory=dict)


def find(zones: Path, tables: Path | None, code: Path, handler: str) -> Found:
    """Read everything. Raises InputError with every problem of dumps and code."""
    problems: list[InputProblem] = []
    zone_dumps = _within(problems, lambda: ZoneDumps(zones))
    table_dumps = _within(problems, lambda: TableDumps(tables))
    variables = _within(problems, lambda: _variables(code, handler))
    if problems:
        raise InputError(problems)
    answering = {
        zone: sorted({each["Name"] for each in zone_dumps.record_sets(zone.id) if _answers(each)})
        for zone in zone_dumps.zones()
    }
    if not answering:
        hint = "give an answer of ListResourceRecordSets, a zone file, or a folder of such"
        raise InputError([InputProblem(str(zones), 0, "", "no hosted zone is in it", hint)])
    return Found(answering, tuple(table_dumps.tables), _bare(code.resolve().name), handler, variables)


def environment(found: Found, given: Mapping[str, str]) -> dict[str, str]:
    """The function's variables: as given, else a zone's id, a zone's or table's name where what the variable is called leaves one choice. Raises InputError with those that nobody knows."""
    made, unknown = dict(given), []
    for name, needed in found.variables.items():
        if name in made:
            continue
        if (value := _guessed(name, found)) is not None:
            made[name] = value
        elif needed:
            unknown.append(name)
    if unknown:
        problems = [
            InputProblem(found.function, 0, "", f"its code reads the variable {name}", f"give --set {name}=VALUE")
            for name in unknown
        ]
        raise InputError(problems)
    return dict(sorted(made.items()))


def scenario_text(
    found: Found, variables: Mapping[str, str], given: Mapping[str, str], *, name: str, timeout_s: int
) -> str:
    """The scenario.yaml. What was `given` passes into the twin as it is; names of zones and tables become the twin's."""
    names = [each for answering in found.zones.values() for each in answering][:MOST_NAMES]
    tables = {"tables": "production/tables"} if found.tables else {}
    function = {"code": "baseline", "handler": found.handler, "timeout_s": timeout_s}
    document: dict[str, Any] = {
        "schema": "twinstage:scenario:1",
        "name": name,
        "title": f"A change of {found.function}, rehearsed",
        "production": {
            "zones": "production/zones",
            **tables,
            "functions": {found.function: {**function, **({"environment": dict(variables)} if variables else {})}},
        },
        "capture": {
            "zones": sorted(zone.name for zone in found.zones),
            **({"tables": list(found.tables)} if found.tables else {}),
            "functions": [found.function],
        },
        "change": {"summary": "Say here what changes, and why.", "functions": {found.function: {"code": "candidate"}}},
        "events": {"file": "events.jsonl"},
        **({"environment": {"keep": sorted(given)}} if given else {}),
        "invariants": [
            {"id": "I1", "title": "every name that answers goes on answering", "kind": "resolves", "names": names}
        ]
        if names
        else [],
        "criteria": {"consistency": {}, "performance": {}, "safety": {}},
    }
    if not names:
        del document["invariants"]
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=160)


def events_text(function: str, messages: list[Any], at: dt.datetime) -> str:
    """The log: the function is invoked with each message, a minute apart, beginning at `at`."""
    lines = [
        {
            "id": f"e{number}",
            "timestamp": (at + dt.timedelta(minutes=number - 1)).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "type": "lambda_invoke",
            "payload": {"function": function, "event": message},
        }
        for number, message in enumerate(messages, 1)
    ]
    return "".join(json.dumps(line) + "\n" for line in lines)


def _answers(record: RecordSet) -> bool:
    """Whether somebody resolves the name: proofs of ownership and service records have names that nobody does."""
    return record["Type"] in _ANSWERING and not record["Name"].startswith(("_", "\\052"))


def _within(problems: list[InputProblem], read: Any) -> Any:
    try:
        return read()
    except InputError as error:
        problems += error.problems
        return None


def _guessed(name: str, found: Found) -> str | None:
    words, zones = name.lower(), list(found.zones)
    if "zone" in words and len(zones) == 1:
        return zones[0].id if "id" in words else zones[0].name
    if "table" in words and len(found.tables) == 1:
        return found.tables[0]
    return None


def _variables(code: Path, handler: str) -> dict[str, bool]:
    """The variables that the code reads, and whether it fails without each. Raises InputError where there is no such handler, or Python that cannot be read."""
    module, _, attribute = handler.rpartition(".")
    file = code / f"{module.replace('.', '/')}.py"
    if not module or not file.is_file():
        hint = "--handler is MODULE.FUNCTION, as Lambda has it"
        raise InputError([InputProblem(str(code), 0, "", f"it has no module {module or handler!r}", hint)])
    found: dict[str, bool] = {}
    problems: list[InputProblem] = []
    for path in sorted(code.rglob("*.py")):
        try:
            tree = ast.parse(path.read_text(encoding="utf-8"))
        except (SyntaxError, UnicodeDecodeError, ValueError) as error:
            problems.append(InputProblem(str(path), getattr(error, "lineno", 0) or 0, "", f"not Python: {error}"))
            continue
        if path == file and not defines(tree, attribute):
            problems.append(InputProblem(str(path), 0, "", f"it defines no {attribute}", "give another --handler"))
        for name, needed in variables_read(tree):
            found[name] = found.get(name, False) or needed
    if problems:
        raise InputError(problems)
    return {name: needed for name, needed in sorted(found.items()) if name not in PROVIDED}


def _bare(name: str) -> str:
    return _BARE.sub("-", name.lower()).strip("-") or "handler"
