"""Record sets of templates as change batches: one for each resource, what is added and updated first, what is removed last.

Sources: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-route53-recordset.html and
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-route53-recordsetgroup.html (what an update replaces);
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-update-behaviors.html ("replacement": the new one is made first, the old one deleted afterwards).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from twinstage.isolation.audit.template import properties
from twinstage.model.canonical import canonical_json
from twinstage.model.dns_name import canonical_name
from twinstage.rehearse.change.lowering.values import untold

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from twinstage.rehearse.change.lowering.values import Values

RECORD_SET: Final = "AWS::Route53::RecordSet"
RECORD_SET_GROUP: Final = "AWS::Route53::RecordSetGroup"
# The members of a record set that are texts in a template and numbers of the API.
_NUMBERS: Final = frozenset({"TTL", "Weight"})
_NO_RECORD: Final = frozenset({"HostedZoneId", "HostedZoneName", "Comment"})
Change = dict[str, Any]
Key = tuple[str, str, str]


@dataclass(frozen=True)
class Records:
    """The record sets of one resource, in their zone (canonical; None: nobody knows which). `untold` are pointers of values that nothing here tells; `grouped`: it is a group of them."""

    zone: str | None
    record_sets: tuple[Mapping[str, Any], ...]
    untold: tuple[str, ...] = ()
    grouped: bool = False

    @property
    def by_key(self) -> dict[Key, Mapping[str, Any]]:
        """Each record set by what makes it that one."""
        return {_key(each): each for each in self.record_sets}


@dataclass(frozen=True)
class Batches:
    """What becomes of one resource: the batch of when it is made or updated, and that of when what it was is cleaned up; either may be empty."""

    zone: str
    changes: tuple[Change, ...] = ()
    cleanup: tuple[Change, ...] = ()
    cleanup_zone: str = ""


def records_of(values: Values, logical_id: str) -> Records:
    """The record sets of a resource as Route 53's API takes them."""
    resource, held = values.template.resources[logical_id], values.properties(logical_id)
    grouped = resource["Type"] == RECORD_SET_GROUP
    listed = held.get("RecordSets", []) if grouped else [held]
    found = [
        {name: value for name, value in each.items() if name not in _NO_RECORD}
        for each in (listed if isinstance(listed, list) else [])
        if isinstance(each, dict)
    ]
    unknown = untold(found)
    places = unknown if grouped else [place.removeprefix("/0") for place in unknown]
    return Records(values.zone(properties(resource)), tuple(map(_record_set, found)), tuple(places), grouped)


def batches(before: Records | None, after: Records | None) -> Batches:
    """What takes one resource from `before` to `after`; one of them may be None. Their zones must be known, and every value told."""
    zone = (after or before or Records(None, ())).zone or ""
    if before is None or after is None:
        made = _all("CREATE", after) if after else ()
        return Batches(zone, made, _all("DELETE", before) if before else (), zone)
    if before.zone != after.zone or _renamed(before, after):
        return Batches(zone, _all("CREATE", after), _all("DELETE", before), before.zone or "")
    old, new = before.by_key, after.by_key
    gone = tuple(_change("DELETE", old[key]) for key in old if key not in new)
    other = tuple(
        _change("UPSERT", new[key])
        for key in new
        if key not in old or canonical_json(old[key]) != canonical_json(new[key])
    )
    return Batches(zone, (*gone, *other))


def _renamed(before: Records, after: Records) -> bool:
    """A record set by itself under another name is another resource; of another type or identifier, or in a group, it is updated where it stands."""
    names = [[each.get("Name") for each in records.record_sets] for records in (before, after)]
    return not after.grouped and names[0] != names[1]


def _all(action: str, records: Records) -> tuple[Change, ...]:
    return tuple(_change(action, each) for each in records.record_sets)


def _change(action: str, record_set: Mapping[str, Any]) -> Change:
    return {"Action": action, "ResourceRecordSet": dict(record_set)}


def _record_set(document: Mapping[str, Any]) -> dict[str, Any]:
    """A template's record set as the API has it."""
    found: dict[str, Any] = {}
    for name, value in document.items():
        if name in _NUMBERS and str(value).isdecimal():
            found[name] = int(str(value))
        elif name == "ResourceRecords" and isinstance(value, list):
            found[name] = [{"Value": each} for each in value]
        elif name == "AliasTarget" and isinstance(value, dict):
            found[name] = dict(_alias({"EvaluateTargetHealth": False, **value}))
        elif name == "Name" and isinstance(value, str):
            found[name] = canonical_name(value)
        else:
            found[name] = value
    return found


def _alias(target: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in target.items():
        yield name, str(value).lower() == "true" if name == "EvaluateTargetHealth" else value


def _key(record_set: Mapping[str, Any]) -> Key:
    return str(record_set.get("Name")), str(record_set.get("Type")), str(record_set.get("SetIdentifier", ""))
