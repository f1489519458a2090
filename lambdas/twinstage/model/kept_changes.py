"""Changes of one batch of production's as a twin takes them: the batch itself, and afterwards that of the TXTs which stand beside its record sets.

The twin's own batch counts against Route 53's limits as production's did, so a TXT is never in it, but for one that makes Route 53 refuse: where a DELETE
does not match what is kept, production would have refused it as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from twinstage.model.kept_fields import is_kept_for, kept_name
from twinstage.model.record_set import canonical_record_set

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from twinstage.model.record_set import RecordSet
    from twinstage.model.zone_map import ZoneMap

Change = dict[str, Any]
# A TXT is a few hundred characters, and an UPSERT counts twice: far below the 32,000 of one batch.
# https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html
AT_ONCE = 25


@dataclass(frozen=True)
class TwinChanges:
    """`own` is the event's batch in the twin's terms; `beside` leads from the names of TXTs to what must stand there once `own` was taken, None for nothing."""

    own: list[Change]
    beside: dict[str, RecordSet | None]

    def batches(self, standing: Mapping[str, RecordSet]) -> Iterator[list[Change]]:
        """The batches that lead from the TXTs that stand, by name, to those that should."""
        changes = []
        for name, wanted in self.beside.items():
            there = standing.get(name)
            if wanted is not None and wanted != there:
                changes.append({"Action": "UPSERT", "ResourceRecordSet": wanted})
            elif wanted is None and there is not None:
                changes.append({"Action": "DELETE", "ResourceRecordSet": there})
        for start in range(0, len(changes), AT_ONCE):
            yield changes[start : start + AT_ONCE]

    def after(self, standing: Mapping[str, RecordSet]) -> dict[str, RecordSet]:
        """The TXTs that stand once everything was done."""
        return {name: txt for name, txt in {**standing, **self.beside}.items() if txt is not None}


def twin_changes(zone: ZoneMap, changes: Iterable[Mapping[str, Any]], standing: Mapping[str, RecordSet]) -> TwinChanges:
    """The changes of one batch of production's. `standing` are the TXTs that the twin's zone holds, by name."""
    own: list[Change] = []
    beside: dict[str, RecordSet | None] = {}
    for change in changes:
        action, record = change["Action"], canonical_record_set(change["ResourceRecordSet"])
        held, wanted = zone.to_twin(record), next(iter(zone.kept(record)), None)
        name = kept_name(record, zone.name)
        there = beside[name] if name in beside else standing.get(name)
        own.append({"Action": action, "ResourceRecordSet": held})
        if action == "DELETE":
            kept = there if there is not None and is_kept_for(there, held) else None
            if wanted != kept:
                own.append(_refused(wanted, kept))
            wanted = None
        if wanted is not None or there is not None:
            beside[name] = wanted
    return TwinChanges(own, beside)


def _refused(wanted: RecordSet | None, kept: RecordSet | None) -> Change:
    """A change that Route 53 refuses: of a TXT that is not there, or not this one; or a second one beside it."""
    if wanted is not None:
        return {"Action": "DELETE", "ResourceRecordSet": wanted}
    return {"Action": "CREATE", "ResourceRecordSet": kept}
