"""What a Map goes over: read items, batches, and how many may fail.

Sources: https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html, .../input-output-itembatcher.html and .../maprun-fail-threshold.html
"""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any, Final

from twinstage.simulate.pipeline.data_flow import size_bytes
from twinstage.simulate.pipeline.failures import ITEM_READER, RUNTIME, StateFailure

if TYPE_CHECKING:
    from collections.abc import Mapping

# "You can specify a limit of up to 100,000,000 after which the Distributed Map stops reading items": what one machine simulates is fewer.
MOST_ITEMS: Final = 1_000_000
_DELIMITERS: Final = {"COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "SPACE": " ", "TAB": "\t"}


def read_items(given: Any, reader: Mapping[str, Any]) -> list[Any]:
    """The items that an ItemReader gives of what stands for its source: a list, an object (its entries), or a file's text.

    Raises StateFailure States.ItemReaderFailed.
    """
    config = reader.get("ReaderConfig", {}) or {}
    if isinstance(given, str):
        given = _of_text(given, config)
    if isinstance(given, dict):
        given = [{"Key": key, "Value": value} for key, value in given.items()]
    items: list[Any] = given if isinstance(given, list) else []
    if items is not given:
        raise StateFailure(ITEM_READER, "what was read is neither an array nor an object")
    most = config.get("MaxItems")
    if isinstance(most, int) and not isinstance(most, bool) and most > 0:
        items = items[:most]
    if len(items) > MOST_ITEMS:
        raise StateFailure(ITEM_READER, f"{len(items)} items, at most {MOST_ITEMS} are simulated")
    return items


def _of_text(text: str, config: Mapping[str, Any]) -> Any:
    kind = config.get("InputType", "JSON")
    try:
        match kind:
            case "CSV":
                return _of_csv(text, config)
            case "JSONL":
                return [json.loads(line) for line in text.splitlines() if line.strip()]
            case "JSON":
                return json.loads(text)
    except (ValueError, RecursionError, csv.Error) as error:
        raise StateFailure(ITEM_READER, f"Attempting to read {kind} failed: {error}") from error
    raise StateFailure(ITEM_READER, f"items of InputType {kind} cannot be given as a text")


def _of_csv(text: str, config: Mapping[str, Any]) -> list[dict[str, str]]:
    delimiter = _DELIMITERS.get(str(config.get("CSVDelimiter", "COMMA")), ",")
    rows = [row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if row]
    if config.get("CSVHeaderLocation") == "GIVEN":
        header = [str(name) for name in config.get("CSVHeaders", [])]
    elif rows:
        header, rows = rows[0], rows[1:]
    else:
        raise StateFailure(ITEM_READER, "a CSV file whose header is its FIRST_ROW has one")
    return [dict(zip(header, row, strict=False)) for row in rows]


def batched(items: list[Any], most: int | None, most_bytes: int | None, shared: Any) -> list[dict[str, Any]]:
    """The inputs of child executions: each an object with `Items`, and with `BatchInput` where that is given.

    A batch ends before it would have more than `most` items or its input more than `most_bytes`.
    """
    if most is None and most_bytes is None:
        raise StateFailure(RUNTIME, "an ItemBatcher has MaxItemsPerBatch or MaxInputBytesPerBatch")
    around = {} if shared is None else {"BatchInput": shared}
    empty = size_bytes({**around, "Items": []})
    batches: list[list[Any]] = []
    size = 0
    for item in items:
        added = size_bytes(item) + 1
        full = not batches or (most is not None and len(batches[-1]) >= most)
        if full or (most_bytes is not None and size + added > most_bytes):
            batches.append([])
            size = empty
        batches[-1].append(item)
        size += added
    return [{**around, "Items": batch} for batch in batches]


def exceeded(failed: int, total: int, count: float | None, percentage: float | None) -> bool:
    """Whether so many failed items are more than are tolerated; without a threshold, none is."""
    if count is None and percentage is None:
        return failed > 0
    return (count is not None and failed > count) or (percentage is not None and failed * 100 > percentage * total)
