"""`quality` of a whole contract, as the Data Contract Specification 0.9 has it: checks in Soda's language, by table.

Source: https://docs.soda.io/soda-cl/metrics-and-checks.html . What is read is the plain form `metric(column) operator value`; every other check is told as Soda's own.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from twinstage.model.data_product import Bound, QualityRule
from twinstage.model.errors import InputError
from twinstage.model.reading.yaml_document import located_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from twinstage.model.data_product import Operator, ProductTable
    from twinstage.twin.contracts.section import Section

_TABLE: Final = re.compile(r"checks for (\S{1,500})")
_CHECK: Final = re.compile(
    r"(\w{1,100})(?:\(([^()]{1,500})\))?\s{0,9}(!=|<=|>=|<|>|=)\s{0,9}(-?[0-9]{1,18}(?:\.[0-9]{1,9})?)(%?)"
)
_METRICS: Final = {
    "row_count": "rowCount",
    "missing_count": "nullValues",
    "missing_percent": "nullValues",
    "duplicate_count": "duplicateValues",
    "duplicate_percent": "duplicateValues",
    "invalid_count": "invalidValues",
    "invalid_percent": "invalidValues",
}


def soda_rules(section: Section, tables: Sequence[ProductTable]) -> tuple[ProductTable, ...]:
    """The tables with the rules that a contract's `quality` has for them. A rule for a table that is not there is a warning."""
    language = section.text("type")
    section.skip("specification", "description")
    if not section.members:
        return tuple(tables)
    if language.lower() != "sodacl":
        section.told.warning(section.place, f"quality in {language or 'no language'} is not read")
        return tuple(tables)
    found: dict[str, list[QualityRule]] = {}
    for said, checks in _specification(section).items():
        table = _TABLE.fullmatch(said)
        if table is None or table[1] not in {one.name for one in tables}:
            section.told.warning(section.at("specification"), f"{said!r} is about no table here: it is not read")
            continue
        found.setdefault(table[1], []).extend(_rules(section, table[1], checks if isinstance(checks, list) else []))
    return tuple(replace(table, quality=(*table.quality, *found.get(table.name, ()))) for table in tables)


def _specification(section: Section) -> dict[str, Any]:
    """The checks by what they are for: inline, or YAML in a text."""
    given = section.raw("specification")
    place = section.at("specification")
    if isinstance(given, str):
        try:
            given = located_yaml(given, section.told.file).document
        except InputError as error:
            for problem in error.problems:
                section.told.problem(place, f"{problem.message}, in line {problem.line} of the text", problem.hint)
            return {}
    if given is not None and not isinstance(given, dict):
        section.told.warning(place, "the checks are no object: they are not read")
    return given if isinstance(given, dict) else {}


def _rules(section: Section, table: str, checks: list[Any]) -> Iterator[QualityRule]:
    place = section.at("specification")
    for n, check in enumerate(checks):
        said = next(iter(check), "") if isinstance(check, dict) else str(check)
        rule = QualityRule(
            f"{table}/soda/{n}", "custom", engine="soda", implementation=check, line=section.line, pointer=place
        )
        read = _CHECK.fullmatch(said.strip())
        metric = _METRICS.get(read[1]) if read else None
        if read and metric:
            operator: Operator = read[3]  # type: ignore[assignment]  # the pattern has these operators only
            value = float(read[4]) if "." in read[4] else int(read[4])
            percent = read[1].endswith("_percent") or read[5] == "%"
            columns = [name.strip() for name in (read[2] or "").split(",")]
            several = {"columns": columns} if len(columns) > 1 else {}
            rule = replace(
                rule,
                kind="library",
                metric=metric,
                column=columns[0] if not several else "",
                bounds=(Bound(operator, value),),
                unit="percent" if percent else "rows",
                arguments=several,
            )
        yield rule
