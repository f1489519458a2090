"""What a template's values come to where a rehearsal needs them as they are: as the audit resolves them, and parameters by what was given or by their default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from twinstage.isolation.audit.template import properties
from twinstage.isolation.audit.values import CLOSE, OPEN, UNKNOWN, Resolver, intrinsic, reference
from twinstage.model.dns_name import canonical_name
from twinstage.rehearse.change.holdings import NOBODY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twinstage.isolation.audit.template import Template

_ZONE: Final = "AWS::Route53::HostedZone"
_RECORD_SET: Final = "AWS::Route53::RecordSet"


@dataclass(frozen=True)
class Bindings:
    """What production calls the things of a template. `zones` maps a logical id, or an id that stands in a template, to a zone's canonical name.

    `zone_ids` leads back, from a canonical name to production's id; `captured` are the names that a change may touch, by kind: `zones` (canonical), `tables`, `functions`.
    """

    functions: Mapping[str, str] = field(default_factory=dict)
    tables: Mapping[str, str] = field(default_factory=dict)
    zones: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    zone_ids: Mapping[str, str] = field(default_factory=dict)
    captured: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def is_captured(self, kind: str, name: str) -> bool:
        """Whether a rehearsal has it."""
        return name in self.captured.get(kind, frozenset())


class Values(Resolver):
    """The values of one template under bindings."""

    def __init__(self, template: Template, bindings: Bindings) -> None:
        where = template.deployment.where
        identity = replace(NOBODY, twin_account=where[0], region=where[1]) if where else NOBODY
        super().__init__(template, identity)
        self.template, self.bindings = template, bindings
        self._parameters = dict(_defaults(template)) | dict(bindings.parameters)

    def known(self, value: Any) -> str | None:
        """A scalar or an intrinsic as text; None where nothing here tells it."""
        found = self.text(value)
        return None if {OPEN, CLOSE, UNKNOWN} & set(found) else found

    def document(self, value: Any) -> Any:
        """A document with each intrinsic that is told here replaced by its text; those that are not stay as they are."""
        if intrinsic(value) is not None:
            found = self.known(value)
            return value if found is None else found
        if isinstance(value, Mapping):
            return {name: self.document(each) for name, each in value.items()}
        if isinstance(value, list):
            return [self.document(each) for each in value]
        return value

    def properties(self, logical_id: str) -> dict[str, Any]:
        """A resource's properties as such a document."""
        found: dict[str, Any] = self.document(properties(self.template.resources[logical_id]))
        return found

    def named(self, logical_id: str, member: str, given: Mapping[str, str]) -> str | None:
        """What production calls a resource: as somebody gave it, or by its own property; None where nobody knows."""
        if logical_id in given:
            return given[logical_id]
        held = properties(self.template.resources[logical_id])
        return self.known(held[member]) if member in held else None

    def zone(self, held: Mapping[str, Any]) -> str | None:
        """The canonical name of the zone that a record set says it is of; None where nobody knows."""
        if "HostedZoneName" in held:
            name = self.known(held["HostedZoneName"])
            return None if name is None else canonical_name(name)
        target = reference(held.get("HostedZoneId"))
        if target and target[0] in self.template.resources:
            return self._zone_name(target[0])
        told = self.known(held.get("HostedZoneId"))
        return None if told is None else self.bindings.zones.get(told.removeprefix("/hostedzone/"))

    def _zone_name(self, logical_id: str) -> str | None:
        if logical_id in self.bindings.zones:
            return self.bindings.zones[logical_id]
        resource = self.template.resources[logical_id]
        name = self.known(properties(resource).get("Name")) if resource["Type"] == _ZONE else None
        return None if name is None else canonical_name(name)

    def _reference(self, name: str, attribute: str) -> str:
        """Whatever production's names are given for is that; a zone is its id in production, a record set its name; everything else as the audit has it."""
        if not attribute and name in self._parameters:
            return self._parameters[name]
        for given in (self.bindings.tables, self.bindings.functions):
            if not attribute and name in given:
                return given[name]
        resource = self.template.resources.get(name)
        if resource is not None and resource["Type"] == _ZONE and attribute in ("", "Id"):
            return self.bindings.zone_ids.get(self._zone_name(name) or "", UNKNOWN)
        if resource is not None and resource["Type"] == _RECORD_SET and not attribute:
            return self.text(properties(resource).get("Name"))
        return super()._reference(name, attribute)


def untold(value: Any, place: str = "") -> list[str]:
    """The JSON pointers of a document's intrinsics: what `Values.document` could not tell."""
    if intrinsic(value) is not None:
        return [place]
    members = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, each in members for found in untold(each, f"{place}/{key}")]


def _defaults(template: Template) -> Iterator[tuple[str, str]]:
    held = template.document.get("Parameters")
    for name, parameter in held.items() if isinstance(held, dict) else ():
        # Those of the Systems Manager are names of values that nobody here knows.
        plain = isinstance(parameter, dict) and not str(parameter.get("Type", "")).startswith("AWS::SSM::")
        if plain and "Default" in parameter:
            yield name, str(parameter["Default"])
