"""Removal of the trees that a plan retires, in each of the ways that were weighed: see `enactor`."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING

import lock
from records import (
    CUSTOMER_NAME,
    ROLLBACK_NAME,
    Refused,
    change,
    generation_of,
    listing,
    target_generation,
    unmoved,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from records import RecordSet

logger = logging.getLogger(__name__)

CLEAN = os.environ["CLEAN"]
RETENTION = int(os.environ["RETENTION"])


def clean(generation: int, holder: str) -> None:
    """Remove every tree that is `RETENTION` or more generations older than the plan applied."""
    held = lock.take(holder) if CLEAN == "locked" else None
    records = listing()
    names = [record for record in records if record["Name"] in (CUSTOMER_NAME, ROLLBACK_NAME)]
    in_use = set() if CLEAN == "listed" else {target_generation(record) for record in names}
    asserted = unmoved(names) if CLEAN == "asserted" else []
    for old, tree in by_generation(records).items():
        if old <= generation - RETENTION and old not in in_use:
            try:
                change(*asserted, *(("DELETE", record) for record in tree))
            except Refused:
                logger.warning("tree %d stays: it is gone already, or a name has moved", old)
    lock.release(held)


def by_generation(records: Iterable[RecordSet]) -> dict[int, list[RecordSet]]:
    """The record sets of every tree among `records`, oldest tree first."""
    trees: dict[int, list[RecordSet]] = {}
    for record in records:
        if generation_of(record["Name"]):
            trees.setdefault(generation_of(record["Name"]), []).append(record)
    return dict(sorted(trees.items()))
