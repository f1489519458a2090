"""API-form dumps as a world that can be read: what `aws … list-resource-record-sets`, `describe-table` and a folder of code say.

    zones        record lists, hosted zones, tags, health checks and BIND zone files -> ZoneDumps
    tables       table descriptions, items, exports, NoSQL Workbench models, batch-write requests -> TableDumps
    functions    function configurations, versions and aliases, with the code beside them -> FunctionDumps

Liberal in forms: an answer is known by what it holds and not by what its file is called, as the AWS CLI or boto3 print it, or as a recording wraps it.
Strict in content: whatever AWS would not hold is refused, every problem at once. Nothing is left out in silence.
"""

from __future__ import annotations

from twinstage.world.dumps.functions import FunctionDumps
from twinstage.world.dumps.tables import TableDumps
from twinstage.world.dumps.zone_rules import Refusal
from twinstage.world.dumps.zones import NoZones, ZoneDumps

__all__ = ["FunctionDumps", "NoZones", "Refusal", "TableDumps", "ZoneDumps"]
