"""A table's schema out of a file: what CreateTable takes, or DescribeTable's answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from botocore.validate import ParamValidator

from twinstage.model.canonical import canonical_json
from twinstage.model.change_step import TableStep
from twinstage.model.errors import InputError, InputProblem
from twinstage.model.reading.json_document import read_state
from twinstage.world.answers.service_models import operation_model
from twinstage.world.table_form import creation, table_schema

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LARGEST_BYTES: Final = 8 << 20
_FORM: Final[Mapping[str, type]] = {
    "DeletionProtectionEnabled": bool,
    "PointInTimeRecovery": bool,
    "RecoveryPeriodInDays": int,
    "Replicas": list,
    "SSESpecification": dict,
    "StreamSpecification": dict,
    "TableClass": str,
    "Tags": list,
    "TimeToLive": dict,
}
"""Settings of a table that a file may leave out: it says nothing of them then."""
# Those of them that DescribeTable's own answer does not have; they have a snapshot's form.
_BESIDE: Final = ("PointInTimeRecovery", "RecoveryPeriodInDays", "SSESpecification", "TimeToLive")
_HINT: Final = "give what CreateTable takes, or DescribeTable's answer; null takes a setting away"


def read_table_schema(file: Path, table: str, before: Mapping[str, Any]) -> dict[str, Any]:
    """The schema that a table has afterwards, where it has `before` now. Raises InputError with what is no table's schema."""
    schema, keeps = read_table_file(file, table)
    return TableStep("", table, schema, keeps).target(before)


def read_table_file(file: Path, table: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The schema in the form that a snapshot keeps, and the settings that it keeps: those that CreateTable need not say, and the file does not; null takes one away.

    Raises InputError with what is no table's schema.
    """
    document, place = read_state(file, LARGEST_BYTES), ""
    if isinstance(document, dict) and isinstance(document.get("Table"), dict):
        document, place = document["Table"], "/Table"
    if not isinstance(document, dict):
        raise InputError([InputProblem(str(file), 1, "", "no object", _HINT)])
    form: dict[str, Any] = {"AttributeDefinitions": list, "KeySchema": list}
    form |= {name: kind | None for name, kind in _FORM.items()}
    wrong = [name for name, kind in form.items() if not isinstance(document.get(name), kind)]
    if wrong:
        raise InputError(
            [InputProblem(str(file), 1, f"{place}/{name}", "missing, or of another type", _HINT) for name in wrong]
        )
    found: dict[str, Any] = {}
    try:
        told = table_schema(document, tags=document.get("Tags") or (), file=str(file), place=place)
        found = told | {name: document[name] for name in _BESIDE if document.get(name)}
        canonical_json(found)
        faults = _faults(table, found)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        faults = f"{type(error).__name__}: {error}"
    if faults:
        raise InputError([InputProblem(str(file), 1, place, f"not a table's schema: {faults}", _HINT)])
    return found, tuple(name for name in _FORM if name not in document)


def _faults(table: str, schema: Mapping[str, Any]) -> str:
    """Why boto3 would not send the requests that make such a table; empty where it would."""
    request, further = creation(table, schema)
    methods = {"update_time_to_live": "UpdateTimeToLive", "update_continuous_backups": "UpdateContinuousBackups"}
    told = []
    for operation, parameters in [("CreateTable", request), *((methods[name], given) for name, given in further)]:
        model = operation_model("dynamodb", operation)
        shape = model.input_shape if model else None
        if shape is not None and (report := ParamValidator().validate(parameters, shape)).has_errors():
            told.append(report.generate_report())
    return "; ".join(told)
