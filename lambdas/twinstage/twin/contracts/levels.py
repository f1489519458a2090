"""Service levels of the Open Data Contract Standard (2.2 and 3) and of the Data Contract Specification.

Sources: https://bitol-io.github.io/open-data-contract-standard/v3.1.0/service-level-agreement/ and https://datacontract.com/ (Service Levels Object).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from twinstage.model.data_product import ServiceLevel
from twinstage.twin.contracts.lengths import percent_of, seconds_of

if TYPE_CHECKING:
    from twinstage.twin.contracts.section import Section

# What a level of the Data Contract Specification promises: its member, and the name it has in the other standard.
_MEASURES: Final = {
    "availability": (("percentage", "availability"),),
    "retention": (("period", "retention"),),
    "latency": (("threshold", "latency"),),
    "freshness": (("threshold", "freshness"),),
    "frequency": (("interval", "frequency"), ("cron", "frequency")),
    "support": (("time", "supportTime"), ("responseTime", "responseTime")),
    "backup": (
        ("interval", "backup"),
        ("cron", "backup"),
        ("recoveryTime", "recoveryTime"),
        ("recoveryPoint", "recoveryPoint"),
    ),
}
_ELEMENTS: Final = ("timestampField", "processedTimestampField", "sourceTimestampField")


def odcs_levels(section: Section) -> tuple[ServiceLevel, ...]:
    """`slaProperties`; `slaDefaultElement` (2.2: `slaDefaultColumn`) stands where one names no element."""
    default = section.text("slaDefaultElement", "slaDefaultColumn")
    found = []
    for one in section.sections("slaProperties"):
        one.skip("id", "valueExt", "scheduler", "schedule", "customProperties", "authoritativeDefinitions")
        name, unit = one.name("property"), one.text("unit")
        value = _scalar(one, "value")
        element = one.text("element", "column") or default
        driver, description = one.text("driver"), one.text("description")
        one.close()
        if name:
            found.append(_level(one, name, value, unit, element, driver, description))
    return tuple(found)


def dcs_levels(section: Section) -> tuple[ServiceLevel, ...]:
    """`servicelevels`: each promise of each level. Retention without an end is told as `unlimited`."""
    found = []
    for name, level in section.named():
        element = next((text for text in (level.text(member) for member in _ELEMENTS) if text), "")
        description = level.text("description")
        mode = level.text("type")
        if name == "frequency" and mode and not (level.has("interval") or level.has("cron")):
            found.append(_level(level, name, mode, "", element, "", description))
        if level.flag("unlimited"):
            found.append(_level(level, name, "unlimited", "", element, "", description))
        for member, called in _MEASURES.get(name, ()):
            if level.has(member):
                value = _scalar(level, member)
                found.append(_level(level, called, value, "", element, "", description))
        if name not in _MEASURES:
            level.skip(*level.members)
            found.append(_level(level, name, None, "", element, "", description))
        level.close()
    return tuple(found)


def _level(
    section: Section, name: str, value: Any, unit: str, element: str, driver: str, description: str
) -> ServiceLevel:
    percent = percent_of(value, unit)
    seconds = None if percent is not None else seconds_of(value, unit)
    return ServiceLevel(name, value, unit, seconds, percent, element, driver, description, section.line, section.place)


def _scalar(section: Section, name: str) -> Any:
    value = section.raw(name)
    if isinstance(value, list | dict):
        section.told.warning(section.at(name), f"{name} must be one value: it is not read")
        return None
    return value
