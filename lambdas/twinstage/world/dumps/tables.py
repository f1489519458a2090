"""Tables out of a folder of dumps.

A description is DescribeTable's answer (`Table`), CreateTable's (`TableDescription`) or input, or a NoSQL Workbench model. Items stand in the same object
(`Items`), in another file that is named after the table (`plans.items.json`, `plans.jsonl.gz`), in a batch-write request, or in an export to S3. What
DescribeTimeToLive, DescribeContinuousBackups and ListTagsOfResource answer stands beside the description or in a file named after the table.
"""

from __future__ import annotations

from collections import Counter, deque
from typing import TYPE_CHECKING, Any

from twinstage.model.errors import InputError, InputProblem
from twinstage.model.item import item_key
from twinstage.model.item_check import item_faults
from twinstage.world.dumps.exact_items import ExactItems
from twinstage.world.dumps.item_sources import AnswerItems
from twinstage.world.dumps.table_files import TableFiles
from twinstage.world.memory.dynamodb import DynamoRefused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from twinstage.model.item import Item

FAULTS_TOLD = 100


class TableDumps:
    """Tables out of a folder of dumps, or none without a folder. `tables` are their names in order; `ignored` files that are no dumps.

    Raises InputError with everything that cannot be told: items without a description, a table described twice.
    """

    def __init__(self, folder: Path | None) -> None:
        found = TableFiles()
        if folder is not None:
            found.read(folder)
        self._exact: dict[str, ExactItems] = {}
        for name, table in found.tables.items() if not found.problems else ():
            try:
                self._exact[name] = ExactItems(name, table.schema())
            except DynamoRefused as refused:
                message = f"DynamoDB refuses such a table: {refused.error}: {refused.message}"
                found.problems.append(table.answer.problem(table.place, message, line=1))
        if found.problems:
            raise InputError(found.problems)
        self._found = found.tables
        self.tables: tuple[str, ...] = tuple(sorted(self._found))
        self.ignored: tuple[Path, ...] = tuple(found.ignored)

    def schema(self, table: str) -> dict[str, Any]:
        """The shape of a table."""
        return self._found[table].schema()

    def problems(self) -> list[InputProblem]:
        """What `scan` would raise, of all tables together. Reads every item."""
        problems: list[InputProblem] = []
        for table in self.tables:
            try:
                deque(self.scan(table), maxlen=0)
            except InputError as error:
                problems += error.problems
        return problems

    def scan(self, table: str) -> Iterator[Item]:
        """Every item of the dumps. Raises InputError with all that DynamoDB would not hold, up to a hundred faults."""
        found, schema = self._found[table], self.schema(table)
        if missing := found.without_items():
            raise InputError(missing)
        exact, problems = self._exact[table], list[InputProblem]()
        keys = Counter[bytes]()
        for source in found.sources:
            # An answer is in memory anyway: there the places of equal keys can be told.
            small = isinstance(source, AnswerItems)
            for place, item in source.items():
                faults = [place.problem(inside, fault) for inside, fault in item_faults(item, schema)]
                if not faults and (refused := exact.fault(item)):
                    faults = [place.problem("", refused)]
                if not faults and small:
                    keys[key := item_key(item, schema["KeySchema"])] += 1
                    faults = [place.problem("", "another item has the same key")] if keys[key] > 1 else []
                problems += faults
                if len(problems) >= FAULTS_TOLD:
                    raise InputError(problems)
                if not problems:
                    yield item
        if problems:
            raise InputError(problems)
