"""The rules of tags.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Tagging.html ("Tagging restrictions in DynamoDB")
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.world.memory.dynamodb.errors import invalid
from twinstage.world.memory.dynamodb.limits import LIMITS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_RESERVED = "aws:"


def tags_from(tags: Iterable[Mapping[str, str]], present: Mapping[str, str]) -> dict[str, str]:
    """Answer the tags that are there once those of a request have been put; refuses repeated and reserved keys, and too many."""
    given: dict[str, str] = {}
    for tag in tags:
        key = tag["Key"]
        if key in given:
            raise invalid(f"Duplicate Tag Keys provided as input: Duplicate Tag Key found {key}")
        if key.startswith(_RESERVED):
            raise invalid(f"Tag Key cannot be prefixed with aws:, Key: {key}")
        given[key] = tag["Value"]
    together = {**present, **given}
    if len(together) > LIMITS.tags_per_table:
        raise invalid("Number of Tags exceed the current limit for the provided ResourceArn")
    return together
