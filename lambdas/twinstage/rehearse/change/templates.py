"""The change from one CloudFormation template to another: resources that come, go, are replaced or updated where they stand.

Whether an update replaces a resource is data (`replacement.json`, by type and property); of a type that is not there nobody claims to know. What holds state and is
removed or replaced without being retained is forward-only. Sources:
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html and
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-updatereplacepolicy.html
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from twinstage.model.canonical import canonical_json
from twinstage.rehearse.change.holdings import unread_policies
from twinstage.rehearse.change.plan import Guard, PlannedChange

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from twinstage.rehearse.change.plan import Action, Category

# What CloudFormation does by itself where a resource does not say.
_SNAPSHOT_BY_DEFAULT: Final = frozenset({"AWS::RDS::DBCluster", "AWS::RDS::DBInstance"})
_KEPT: Final = frozenset({"Retain", "RetainExceptOnCreate"})
_TOLD: Final = frozenset({"Description", "Tags"})
_ATTRIBUTES: Final = (
    "Condition",
    "CreationPolicy",
    "DeletionPolicy",
    "DependsOn",
    "UpdatePolicy",
    "UpdateReplacePolicy",
)
_NO_CLAIM: Final = "whether it is replaced is not known here: look its type up"
# What says whether a resource is there, or stays.
_DECIDING: Final = frozenset({"Condition", "DeletionPolicy"})
_MOST_TOLD: Final = 3


@dataclass(frozen=True)
class Behaviour:
    """What an update of a type does: properties whose change replaces the resource, and those whose change may."""

    replaced: frozenset[str] = frozenset()
    perhaps: frozenset[str] = frozenset()


@dataclass(frozen=True)
class _Fate:
    """What becomes of one resource that stands: whether its place is lost, and what of it is."""

    category: Category
    reason: str
    forward_only: bool = False
    places: tuple[str, ...] = field(default=())


@cache
def _data() -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(files("twinstage.rehearse.change").joinpath("replacement.json").read_bytes())
    return found


@cache
def behaviours() -> Mapping[str, Behaviour]:
    """Every type whose updates are known, by its name."""
    return {
        kind: Behaviour(frozenset(each["replaced"]), frozenset(each.get("perhaps", ())))
        for kind, each in _data()["types"].items()
    }


@cache
def stateful() -> frozenset[str]:
    """The types whose resources hold what is gone with them."""
    return frozenset(_data()["stateful"])


def template_changes(stack: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[PlannedChange]:
    """Every change between two documents of a stack; either may be empty: the stack is made, or goes. `stack` is what subjects begin with."""
    old, new = _section(before, "Resources"), _section(after, "Resources")
    for name in sorted({*old, *new}):
        subject, place = f"{stack}/{name}", f"/Resources/{name}"
        if name not in old:
            yield _added(subject, new[name], place)
        elif name not in new:
            fate = _removed(old[name])
            yield _told(subject, "remove", fate, place, old[name].get("Type"), None)
        elif (fate_of := _updated(old[name], new[name])) is not None:
            yield _told(subject, "change", fate_of, place, old[name].get("Type"), new[name].get("Type"))
    yield from _parameters(stack, before, after)
    yield from _outputs(stack, before, after)
    for section in ("Conditions", "Mappings", "Rules", "Transform"):
        if canonical_json(before.get(section)) != canonical_json(after.get(section)):
            reason = "what resources become of it is for CloudFormation to tell"
            yield PlannedChange("resource", f"{stack}/{section}", "change", "undecided", reason, place=f"/{section}")


def state_guard(changes: Iterable[PlannedChange]) -> Guard:
    """Whether something that holds state is removed or replaced, and its state with it."""
    lost = [f"{change.subject} ({change.reason})" for change in changes if change.forward_only]
    more = len(lost) - _MOST_TOLD
    observed = "; ".join(lost[:_MOST_TOLD]) + (f"; and {more} more" if more > 0 else "")
    way_out = "deploy DeletionPolicy and UpdateReplacePolicy Retain first, then this; or --allow state-lost"
    return Guard("state-lost", observed or "none", "nothing that holds state goes", not lost, way_out)


def _added(subject: str, resource: Mapping[str, Any], place: str) -> PlannedChange:
    kind = str(resource.get("Type", ""))
    category: Category = "non-breaking"
    reason = f"a new {kind}"
    if unread := unread_policies(resource):
        category, reason = "undecided", f"{reason}, and what its {', '.join(unread)} lets in or does is not read here"
    return PlannedChange("resource", subject, "add", category, reason, None, kind, place)


def _told(subject: str, action: Action, fate: _Fate, place: str, before: Any, after: Any) -> PlannedChange:
    where = f"{place}/Properties/{fate.places[0]}" if len(fate.places) == 1 else place
    return PlannedChange(
        "resource", subject, action, fate.category, fate.reason, before, after, where, forward_only=fate.forward_only
    )


def _removed(resource: Mapping[str, Any]) -> _Fate:
    kind = str(resource.get("Type", ""))
    policy = resource.get("DeletionPolicy") or ("Snapshot" if kind in _SNAPSHOT_BY_DEFAULT else "Delete")
    if policy in _KEPT:
        return _Fate("undecided", f"{kind} leaves the stack and stays: DeletionPolicy {policy}")
    if policy == "Snapshot":
        return _Fate("breaking", f"{kind} is deleted: a snapshot of it stays")
    return _Fate("breaking", f"{kind} is deleted", forward_only=kind in stateful())


def _updated(old: Mapping[str, Any], new: Mapping[str, Any]) -> _Fate | None:
    """What an update does to a resource; None where nothing differs."""
    kind = str(old.get("Type", ""))
    if kind != new.get("Type"):
        removed = _removed(old)
        return _Fate("breaking", f"{removed.reason}, and a {new.get('Type')} made", removed.forward_only)
    held, wanted = old.get("Properties", {}), new.get("Properties", {})
    differing = tuple(name for name in sorted({*held, *wanted}) if _differ(held.get(name), wanted.get(name)))
    others = tuple(name for name in _ATTRIBUTES if _differ(old.get(name), new.get(name)))
    if set(differing) - _TOLD:
        return _set_otherwise(kind, differing, new)
    if _DECIDING & set(others):
        return _Fate("undecided", f"{kind}: {', '.join(others)}")
    return _Fate("non-breaking", f"{kind}: {', '.join((*differing, *others))} only") if differing or others else None


def _set_otherwise(kind: str, differing: tuple[str, ...], new: Mapping[str, Any]) -> _Fate:
    """What becomes of a resource of which these properties differ."""
    known = behaviours().get(kind)
    if known is None:
        return _Fate("undecided", f"{', '.join(differing)} of {kind}: {_NO_CLAIM}", places=differing)
    if replaced := tuple(name for name in differing if name in known.replaced):
        kept = new.get("UpdateReplacePolicy") in (*_KEPT, "Snapshot")
        reason = f"{kind} is replaced: {', '.join(replaced)}" + (", and the old one is kept" if kept else "")
        return _Fate("breaking", reason, kind in stateful() and not kept, replaced)
    if perhaps := tuple(name for name in differing if name in known.perhaps):
        return _Fate("undecided", f"{', '.join(perhaps)} of {kind} may replace it, or be refused", places=perhaps)
    return _Fate("undecided", f"{kind} is updated where it stands: {', '.join(differing)}", places=differing)


def _parameters(stack: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[PlannedChange]:
    old, new = _section(before, "Parameters"), _section(after, "Parameters")
    for name in sorted({*old, *new}):
        was, is_ = old.get(name), new.get(name)
        if not _differ(was, is_):
            continue
        action: Action = "add" if was is None else "remove" if is_ is None else "change"
        category: Category = "undecided"
        reason = "what it is used for may change with it"
        if is_ is None:
            category, reason = "non-breaking", "nobody gives it any more"
        elif "Default" not in is_ and (was is None or "Default" in was):
            category, reason = "breaking", "it has no default: a deployment that does not give it fails"
        yield PlannedChange("resource", f"{stack}/{name}", action, category, reason, was, is_, f"/Parameters/{name}")


def _outputs(stack: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[PlannedChange]:
    old, new = _section(before, "Outputs"), _section(after, "Outputs")
    for name in sorted({*old, *new}):
        was, is_ = old.get(name), new.get(name)
        if not _differ(was, is_):
            continue
        action: Action = "add" if was is None else "remove" if is_ is None else "change"
        category: Category = "non-breaking" if was is None else "undecided"
        reason = "a new output" if was is None else "whoever reads it gets something else"
        if was is not None and "Export" in was and _differ(was["Export"], (is_ or {}).get("Export")):
            category = "breaking"
            reason = "other stacks import it under a name that goes: CloudFormation refuses that while one does"
        yield PlannedChange("resource", f"{stack}/{name}", action, category, reason, was, is_, f"/Outputs/{name}")


def _section(document: Mapping[str, Any], name: str) -> dict[str, dict[str, Any]]:
    """The entries of a section that are objects, macros (`Fn::...`) left out: what they make is not in the template."""
    held = document.get(name)
    entries = held.items() if isinstance(held, dict) else ()
    return {key: each for key, each in entries if isinstance(each, dict) and not key.startswith("Fn::")}


def _differ(before: Any, after: Any) -> bool:
    return canonical_json(before) != canonical_json(after)
