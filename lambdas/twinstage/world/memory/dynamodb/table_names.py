"""Tables by the name that a request gives, which may be an ARN.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from twinstage.world.memory.dynamodb.errors import DynamoRefused, invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.world.memory.dynamodb.database import Database
    from twinstage.world.memory.dynamodb.table import Table

NAME_PATTERN = re.compile(r"[a-zA-Z0-9_.-]+")
SHORTEST_NAME, LONGEST_NAME = 3, 255


def table_called(database: Database, given: str) -> Table:
    """Answer the table a request names, for an operation on its items; raises ResourceNotFoundException."""
    table: Table | None = database.tables.get(given)
    if table is None:
        table = database.tables.get(name_in(database, given))
        if table is None:
            raise DynamoRefused("ResourceNotFoundException", "Requested resource not found")
    return table


def described_table(database: Database, request: Mapping[str, Any]) -> Table:
    """Answer the table a request names, for an operation on the table itself; raises ResourceNotFoundException."""
    name = name_in(database, request["TableName"])
    table: Table | None = database.tables.get(name)
    if table is None:
        raise DynamoRefused("ResourceNotFoundException", f"Requested resource not found: Table: {name} not found")
    return table


def name_in(database: Database, given: str) -> str:
    """Answer a table's name from what a request gives; refuses what can be no name."""
    prefix = database.table_arn("")
    name = given.removeprefix(prefix)
    if name.startswith("arn:"):
        raise DynamoRefused("ResourceNotFoundException", f"Requested resource not found: {name}")
    if len(name) < SHORTEST_NAME:
        raise invalid(
            f"TableName must be at least {SHORTEST_NAME} characters long and at most {LONGEST_NAME} characters long"
        )
    if len(name) > LONGEST_NAME:
        raise _bad_name(name, f"Member must have length less than or equal to {LONGEST_NAME}")
    if not NAME_PATTERN.fullmatch(name):
        raise _bad_name(name, f"Member must satisfy regular expression pattern: {NAME_PATTERN.pattern}")
    return name


def _bad_name(name: str, constraint: str) -> DynamoRefused:
    return invalid(
        f"1 validation error detected: Value '{name}' at 'tableName' failed to satisfy constraint: {constraint}"
    )
