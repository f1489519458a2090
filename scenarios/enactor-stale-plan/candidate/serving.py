"""What an endpoint serves, as one value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from records import listing
from trees import target_generation

if TYPE_CHECKING:
    from collections.abc import Iterable

    from records import Endpoint, RecordSet


@dataclass(frozen=True)
class Serving:
    """The record sets of an endpoint that say which tree is in use.

    `generation` is None until the first flip that keeps it: zones that the code before this one left have no such
    record. `rollback` is None in a zone that never changed its tree.
    """

    active: RecordSet
    rollback: RecordSet | None
    generation: RecordSet | None

    @classmethod
    def of(cls, endpoint: Endpoint) -> Serving:
        """What the endpoint serves now."""
        return cls.among(listing(endpoint), endpoint)

    @classmethod
    def among(cls, records: Iterable[RecordSet], endpoint: Endpoint) -> Serving:
        """What the endpoint serves according to its zone's record sets. Raises LookupError without a customer name."""
        by_key = {(record["Name"], record["Type"]): record for record in records}
        active = by_key.get((endpoint.customer_name, "A"))
        if active is None:
            raise LookupError(f"{endpoint.customer_name} does not exist")
        rollback = by_key.get((endpoint.rollback_name, "A"))
        return cls(active, rollback, by_key.get((endpoint.generation_name, "TXT")))

    @property
    def applied(self) -> int:
        """The highest generation known to have been applied.

        The larger of the record and the tree in use: an enactor of the code before this one may have moved the alias
        and not the record, an operator may have moved the alias back by hand.
        """
        recorded = int(self.generation["ResourceRecords"][0]["Value"].strip('"')) if self.generation else 0
        return max(recorded, target_generation(self.active))

    @property
    def in_use(self) -> set[int]:
        """The generations of the trees that a name points at."""
        return {target_generation(record) for record in (self.active, self.rollback) if record}
