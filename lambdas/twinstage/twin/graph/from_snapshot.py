"""A snapshot as a graph: zones contain records, records resolve to records, functions use the tables, zones and functions that their environment names.

A name that ought to be in one of the captured zones and is not, is a dangling name: a record that is not resolved. So is whatever lies beyond what was captured.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from twinstage.model.dns_name import canonical_name
from twinstage.model.graph import Graph, Node, attributes, qualified
from twinstage.model.record_set import key_of, printable_key
from twinstage.twin.graph import names
from twinstage.twin.graph.draft import Draft
from twinstage.twin.graph.mentions import Known, mentioned

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from twinstage.model.manifest import FunctionManifest, Manifest, TableManifest, ZoneManifest
    from twinstage.model.record_set import RecordSet

_NAME_AT_THE_END: Final = frozenset({"CNAME", "MX", "NS", "PTR", "SRV"})


def from_snapshot(manifest: Manifest, records: Mapping[str, Sequence[RecordSet]]) -> Graph:
    """What a snapshot says; `records` are the record sets of each zone, by the zone's id."""
    return _Snapshot(manifest, records).graph()


def zone_node(zone_id: str, name: str, *, resolved: bool = True) -> Node:
    """A hosted zone: two of one name are two."""
    return Node("zone", qualified(zone_id, name), resolved)


def record_node(zone_id: str, record_set: Mapping[str, Any]) -> Node:
    """A record set of a zone."""
    return Node("record", qualified(zone_id, printable_key(key_of(record_set))))


class _Snapshot:
    """A snapshot on its way into the graph."""

    def __init__(self, manifest: Manifest, records: Mapping[str, Sequence[RecordSet]]) -> None:
        self.manifest, self.records = manifest, records
        self.draft = Draft(manifest.id)
        self.private = {zone.id: zone.private for zone in manifest.zones}
        by_name: dict[tuple[str, str], list[Node]] = defaultdict(list)
        for zone_id, several in records.items():
            for record_set in several:
                by_name[zone_id, canonical_name(record_set["Name"])].append(record_node(zone_id, record_set))
        self.known = Known(
            tables=frozenset(table.name for table in manifest.tables),
            functions=frozenset(function.name for function in manifest.functions),
            zones={zone.id: zone.name for zone in manifest.zones},
            records=by_name,
        )

    def graph(self) -> Graph:
        for zone in self.manifest.zones:
            self._zone(zone)
        for table in self.manifest.tables:
            self._table(table)
        for function in self.manifest.functions:
            self._function(function)
        return self.draft.graph()

    def _zone(self, zone: ZoneManifest) -> None:
        place = f"/content/zones/{zone.id}"
        node = self.draft.node(zone_node(zone.id, zone.name), place, attributes(private="yes" if zone.private else ""))
        for record_set in self.records.get(zone.id, ()):
            where = f"{place}/{printable_key(key_of(record_set))}"
            record = self.draft.node(record_node(zone.id, record_set), where)
            self.draft.edge(node, "contains", record, where)
            for target, says in self._targets(zone, record_set):
                self.draft.node(target, where)
                self.draft.edge(record, "resolves-to", target, where, says)
            if record_set.get("HealthCheckId"):
                check = self.draft.node(names.resource("health-check", record_set["HealthCheckId"]), where)
                self.draft.edge(record, "reads", check, where)

    def _targets(self, zone: ZoneManifest, record_set: RecordSet) -> Iterator[tuple[Node, str]]:
        alias = record_set.get("AliasTarget")
        if alias:
            name = canonical_name(alias["DNSName"])
            if alias["HostedZoneId"] in self.known.zones:
                yield from self._found(alias["HostedZoneId"], name, record_set["Type"], "an alias")
            else:
                yield names.resource("dns", name, resolved=False), "an alias to what was not captured"
        kind = record_set["Type"]
        if kind in _NAME_AT_THE_END and not (kind == "NS" and canonical_name(record_set["Name"]) == zone.name):
            for value in record_set.get("ResourceRecords", ()):
                yield from self._named(canonical_name(value["Value"].split()[-1]), kind, zone)

    def _named(self, name: str, kind: str, near: ZoneManifest) -> Iterator[tuple[Node, str]]:
        """What a record's value names: in the captured zone that is nearest around it, of the same privacy where there are two."""
        around = self.known.around(name)
        if not around:
            yield names.resource("dns", name, resolved=False), f"a {kind} to what was not captured"
            return
        zone_id = max(around, key=lambda each: (self.private[each] == near.private, each))
        yield from self._found(zone_id, name, None, f"a {kind}")

    def _found(self, zone_id: str, name: str, kind: str | None, says: str) -> Iterator[tuple[Node, str]]:
        several = self.known.answering(zone_id, name)
        found = [node for node in several if kind is None or node.label.split()[1] in (kind, "CNAME")]
        for node in found:
            yield node, says
        if not found:
            wanted = f"{name} {kind}" if kind else name
            yield Node("record", qualified(zone_id, wanted), resolved=False), f"{says} that dangles"

    def _table(self, table: TableManifest) -> None:
        place = f"/content/tables/{table.name}"
        node = self.draft.node(names.dynamodb_table(table.name), place)
        types = {each["AttributeName"]: each["AttributeType"] for each in table.schema.get("AttributeDefinitions", ())}
        self.draft.columns(node, sorted(types.items()), f"{place}/schema/AttributeDefinitions")

    def _function(self, function: FunctionManifest) -> None:
        place = f"/content/functions/{function.name}"
        node = self.draft.node(names.function(function.name), place)
        for variable, value in sorted(function.configuration.get("Environment", {}).items()):
            for target in mentioned(str(value), self.known):
                where = f"{place}/configuration/Environment/Variables/{variable}"
                self.draft.node(target, where)
                uses(self.draft, node, target, where)


def uses(draft: Draft, function: Node, target: Node, place: str) -> None:
    """A function has a name in its environment. That it reads what is named is taken as said; that it writes there, or calls it, may be."""
    says = "named in the environment"
    if target.kind == "function":
        draft.edge(function, "invokes", target, place, says)
        return
    draft.edge(function, "reads", target, place, says)
    if target.kind in ("table", "zone", "resource"):
        draft.edge(function, "writes", target, place, "named in the environment: it may write there", resolved=False)
