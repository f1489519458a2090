"""Tables over DynamoDB's API, for reading: their shape, and their items by a scan of parallel segments within a read budget."""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from twinstage.model.item import from_client
from twinstage.world.aws.clients import aws_errors
from twinstage.world.table_form import table_schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from twinstage.model.item import Item
    from twinstage.world.aws.read_budget import ReadBudget

LARGEST_PAGE = 10_000
LARGEST_ITEM_UNITS = 100.0
"""A consistent read of 400 KB: what an item may cost as long as nothing is known of a table's items."""
DEFAULT_SEGMENTS = 4
DEFAULT_UNITS_PER_S = 100.0
"""What a capture may read a second where nothing else is said: about a thirtieth of what one partition of a table serves."""


@dataclass(frozen=True)
class ScanPace:
    """How a table is scanned.

    Reads are strongly consistent: an item is never older than its last acknowledged write. That costs twice the units of
    an eventually consistent read, which a budget turns into time and not into load.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.ReadConsistency.html
    """

    segments: int = 1
    budget: ReadBudget | None = None


class TableReader:
    """The tables of one account, for reading."""

    def __init__(self, dynamodb: Any, *, pace: ScanPace | None = None) -> None:
        self.dynamodb, self.pace = dynamodb, pace or ScanPace()

    def schema(self, table: str) -> dict[str, Any]:
        """What makes a table what it is; ARNs, counts and times are left out."""
        with aws_errors("dynamodb", "DescribeTable"):
            described = self.dynamodb.describe_table(TableName=table)["Table"]
        with aws_errors("dynamodb", "DescribeTimeToLive"):
            expiry = self.dynamodb.describe_time_to_live(TableName=table).get("TimeToLiveDescription")
        with aws_errors("dynamodb", "DescribeContinuousBackups"):
            backups = self.dynamodb.describe_continuous_backups(TableName=table).get("ContinuousBackupsDescription")
        with aws_errors("dynamodb", "ListTagsOfResource"):
            pages = self.dynamodb.get_paginator("list_tags_of_resource").paginate(ResourceArn=described["TableArn"])
            tags = [tag for page in pages for tag in page.get("Tags", ())]
        return table_schema(described, expiry=expiry, backups=backups, tags=tags, place=f"/tables/{table}")

    def scan(self, table: str) -> Iterator[Item]:
        """Every item, page by page; of each segment at most one page is held at a time."""
        for page in self._pages(table):
            yield from page["Items"]

    def scan_page(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        """One page of a scan, its items in JSON form; the key it ends with is in the form in which a request takes it."""
        with aws_errors("dynamodb", "Scan"):
            page = self.dynamodb.scan(**request)
        return {**page, "Items": [from_client(item) for item in page["Items"]]}

    def _pages(self, table: str) -> Iterator[Mapping[str, Any]]:
        segments = [_Segment(self, table, number) for number in range(self.pace.segments)]
        if len(segments) == 1:
            while not segments[0].ended:
                yield segments[0].next_page()
            return
        with ThreadPoolExecutor(len(segments), thread_name_prefix="scan") as pool:
            under_way = {pool.submit(segment.next_page): segment for segment in segments}
            while under_way:
                for answered in wait(under_way, return_when=FIRST_COMPLETED).done:
                    segment = under_way.pop(answered)
                    page = answered.result()
                    if not segment.ended:
                        under_way[pool.submit(segment.next_page)] = segment
                    yield page


class _Segment:
    """One segment of a parallel scan, and how far it has come.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Scan.html#Scan.ParallelScan
    """

    def __init__(self, reader: TableReader, table: str, number: int) -> None:
        self.reader, self.ended, self._units_an_item = reader, False, LARGEST_ITEM_UNITS
        self._request: dict[str, Any] = {"TableName": table, "ConsistentRead": True}
        if reader.pace.segments > 1:
            self._request |= {"Segment": number, "TotalSegments": reader.pace.segments}

    def next_page(self) -> Mapping[str, Any]:
        budget = self.reader.pace.budget
        if budget is None:
            page = self.reader.scan_page(self._request)
        else:
            budget.wait()
            limit = self._limit(budget.units_per_s)
            page = self.reader.scan_page({**self._request, "ReturnConsumedCapacity": "TOTAL", "Limit": limit})
            self._account(budget, page)
        if key := page.get("LastEvaluatedKey"):
            self._request["ExclusiveStartKey"] = key
        else:
            self.ended = True
        return page

    def _limit(self, units_per_s: float) -> int:
        """As many items as should cost this segment's share of one second, by what the items before have cost."""
        share = units_per_s / self.reader.pace.segments
        return max(1, min(LARGEST_PAGE, int(share / self._units_an_item)))

    def _account(self, budget: ReadBudget, page: Mapping[str, Any]) -> None:
        scanned = page.get("ScannedCount") or len(page["Items"])
        units = float(page.get("ConsumedCapacity", {}).get("CapacityUnits", scanned))
        budget.spend(units)
        if scanned:
            self._units_an_item = max(units / scanned, 0.001)
