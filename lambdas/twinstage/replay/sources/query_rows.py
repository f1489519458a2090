"""Rows of queries over CloudTrail: Athena's table and CloudTrail Lake, exported as JSON lines. A row is turned into the record that it was made of.

Athena's columns are in lower case and hold `requestparameters` and `responseelements` as JSON text
(https://docs.aws.amazon.com/athena/latest/ug/create-cloudtrail-table-partition-projection.html). CloudTrail Lake writes times as `2025-10-19 02:14:07.000` and may give
structures as `{key=value}` text, which cannot be read back: then the request is missing (https://docs.aws.amazon.com/awscloudtrail/latest/userguide/query-lake-examples.html).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from twinstage.model.reading import json_document

if TYPE_CHECKING:
    from collections.abc import Mapping

_FIELDS = (
    "eventVersion eventTime eventSource eventName eventID errorCode errorMessage requestID requestParameters responseElements "
    "sourceIPAddress userIdentity"
)
_IDENTITY = "type principalId arn accountId invokedBy accessKeyId userName"
_SPELLED = {name.lower(): name for name in _FIELDS.split()}
_IDENTITY_SPELLED = {name.lower(): name for name in _IDENTITY.split()}
_SPACED = re.compile(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.0+)?(?: UTC)?")
_STRUCTURES = ("requestParameters", "responseElements", "userIdentity")


def is_query_row(record: Mapping[str, Any]) -> bool:
    """Whether a record is a row of a query."""
    return "eventid" in record or (
        "eventID" in record and any(isinstance(record.get(name), str) for name in _STRUCTURES)
    )


def record_of_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """The record of a row. Raises ValueError where a column that holds JSON is not JSON."""
    record = {_SPELLED.get(name.lower(), name): value for name, value in row.items() if value not in (None, "")}
    for name in _STRUCTURES:
        if isinstance(record.get(name), str):
            try:
                record[name] = json_document.record(record[name])
            except json_document.MALFORMED as error:
                raise ValueError(f"/{name}: a column that is not JSON: {json_document.why(error)}") from error
    if isinstance(record.get("userIdentity"), dict):
        identity = record["userIdentity"]
        record["userIdentity"] = {_IDENTITY_SPELLED.get(name.lower(), name): value for name, value in identity.items()}
    if isinstance(record.get("eventTime"), str) and (spaced := _SPACED.fullmatch(record["eventTime"])):
        record["eventTime"] = f"{spaced[1]}T{spaced[2]}Z"
    return record
