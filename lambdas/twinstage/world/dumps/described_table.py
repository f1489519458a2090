"""One table as its dumps describe it, and where its items are."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from twinstage.model.errors import InputProblem
from twinstage.world.dumps.files import MISSHAPEN, require
from twinstage.world.table_form import table_schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from twinstage.world.dumps.files import Answer
    from twinstage.world.dumps.item_sources import ItemSource

# Dumps hold what they hold, whatever state the table was in when it was described.
_STATUS = "TableStatus"


@dataclass
class DescribedTable:
    """A table's description, at `place` of `answer`, and what other answers say about it.

    `empty` says that a form tells all the items a table has, so that a table without any is an empty one.
    """

    name: str
    answer: Answer
    place: str
    described: Mapping[str, Any]
    empty: bool = False
    expiry: Mapping[str, Any] = field(default_factory=dict)
    backups: Mapping[str, Any] = field(default_factory=dict)
    tags: list[Mapping[str, str]] = field(default_factory=list)
    sources: list[ItemSource] = field(default_factory=list)

    def schema(self) -> dict[str, Any]:
        """The table's shape as a manifest carries it."""
        described = {name: value for name, value in self.described.items() if name != _STATUS}
        return table_schema(described, expiry=self.expiry, backups=self.backups, tags=self.tags)

    def problems(self) -> list[InputProblem]:
        """What is missing in the description, or has another shape than the API's."""
        try:
            if found := list(self._missing()):
                return found
            self.schema()
        except MISSHAPEN as error:
            return [self.answer.misshapen(self.place, error)]
        return []

    def _missing(self) -> Iterator[InputProblem]:
        if missing := require(self.answer, self.described, self.place, ("AttributeDefinitions", "KeySchema")):
            yield from missing
            return
        known = {entry.get("AttributeName") for entry in self.described["AttributeDefinitions"]}
        schemas = [("KeySchema", self.described["KeySchema"])]
        for kind in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
            for step, index in enumerate(self.described.get(kind) or ()):
                place = f"{self.place}/{kind}/{step}"
                yield from require(self.answer, index, place, ("IndexName", "KeySchema"))
                schemas.append((f"{kind}/{step}/KeySchema", index.get("KeySchema") or ()))
        for place, keys in schemas:
            for key in keys:
                if key.get("AttributeName") not in known:
                    message = f"the key attribute {key.get('AttributeName')} is not among the AttributeDefinitions"
                    yield self.answer.problem(f"{self.place}/{place}", message)

    def without_items(self) -> list[InputProblem]:
        """A problem where nothing says which items the table has; a table that counts none has none."""
        if self.sources or self.empty or self.described.get("ItemCount") == 0:
            return []
        told = self.described.get("ItemCount")
        message = f"no items of {self.name} are here" + (f", and it counts {told}" if told else "")
        hint = f"write the answer of `aws dynamodb scan` to {self.name}.items.json, or its items to {self.name}.jsonl"
        return [InputProblem(str(self.answer.file), 1, f"{self.answer.pointer}/Items", message, hint)]
