"""What a rehearsal saw as a graph: functions read and write the record sets and tables that their recorded calls touched.

Where an environment only names a zone, the calls say which of its records are written and read; both together are one graph.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from twinstage.model.graph import Node, qualified
from twinstage.twin.graph import names
from twinstage.twin.graph.draft import Draft

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.model.graph import Graph

_ZONE: Final = "zone "
_TABLE: Final = "table "


def from_impact(document: Mapping[str, Any], source: str) -> Graph:
    """What `impact.json` says of the arm that its verdict is about; `source` is its name in evidence. Changes that production's log itself made are nobody's."""
    draft, zones = Draft(source), document["zones"]
    arms = document["conflicts"]
    arm = "candidate" if "candidate" in arms else "baseline"
    for index, met in enumerate(arms.get(arm, {}).get("keys", ())):
        place = f"/conflicts/{arm}/keys/{index}"
        target = _target(met, zones)
        if target is None:
            continue
        draft.node(target, place)
        for kind, calls in (("writes", met["writers"]), ("reads", met["readers"])):
            for function, count in calls.items():
                if function:
                    node = draft.node(names.function(function), place)
                    draft.edge(node, kind, target, place, f"{count} recorded calls")
    return draft.graph()


def _target(met: Mapping[str, Any], zones: Mapping[str, str]) -> Node | None:
    resource, key = met["resource"], met["key"]
    if resource.startswith(_ZONE):
        name = resource.removeprefix(_ZONE)
        return Node("record", qualified(zones.get(name, name), key), resolved=name in zones)
    return names.dynamodb_table(resource.removeprefix(_TABLE)) if resource.startswith(_TABLE) else None
