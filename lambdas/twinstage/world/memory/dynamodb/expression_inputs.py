"""A request's expressions together: their placeholders, and the rules that hold for all of them.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ExpressionAttributeNames.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.world.memory.dynamodb.errors import invalid
from twinstage.world.memory.dynamodb.expressions import Placeholders, UsedPlaceholders, parse_projection

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from twinstage.world.memory.dynamodb.expressions import Projection
    from twinstage.world.memory.dynamodb.table import Table

_NONE = Placeholders()


class ExpressionInputs:
    """The placeholders of one request, for its expressions to be parsed with, and which of them were used."""

    def __init__(
        self, request: Mapping[str, Any], expressions: Sequence[str], *, values_for: Sequence[str] | None = None
    ) -> None:
        """`expressions` are the request's members that may hold one; `values_for` those in which a value may stand, all of them if None."""
        names, values = request.get("ExpressionAttributeNames"), request.get("ExpressionAttributeValues")
        if names is None and values is None:
            self.placeholders = _NONE
        else:
            _check_needed(
                request, expressions, values_for or expressions, named=names is not None, valued=values is not None
            )
            self.placeholders = Placeholders(names, values)
        self.used = UsedPlaceholders(self.placeholders)

    def refuse_unused(self) -> None:
        """Raises ValidationException for a placeholder that no expression has used; to be called once all are parsed."""
        if self.placeholders is not _NONE:
            self.used.refuse_unused()

    def refuse_nested_keys(self, table: Table) -> None:
        """Raises ValidationException for an expression that reaches into a key attribute of the table, or of one of its indexes."""
        indexed = (name for index in table.indexes for name in index.definition.schema.names)
        self.used.refuse_nested_keys(table.definition.schema.names, indexed)


def parsed_projection(request: Mapping[str, Any]) -> tuple[Projection | None, ExpressionInputs]:
    """Answer the projection of a request, or of one of its reads, that has no other expression; None where there is none."""
    inputs = ExpressionInputs(request, ("ProjectionExpression",))
    text = request.get("ProjectionExpression")
    projection = None if text is None else parse_projection(text, inputs.placeholders, inputs.used)
    inputs.refuse_unused()
    return projection, inputs


def _check_needed(
    request: Mapping[str, Any], expressions: Sequence[str], values_for: Sequence[str], *, named: bool, valued: bool
) -> None:
    """Refuse placeholders in a request without an expression that could use them."""
    if named and all(request.get(member) is None for member in expressions):
        raise invalid("ExpressionAttributeNames can only be specified when using expressions")
    if valued and all(request.get(member) is None for member in values_for):
        verb = "is" if len(values_for) == 1 else "are"
        text = f"{' and '.join(values_for)} {verb} null"
        raise invalid(f"ExpressionAttributeValues can only be specified when using expressions: {text}")
