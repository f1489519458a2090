"""JSONata as Step Functions evaluates it, in this process: the definitions are this machine's own.

Values and functions are those of `simulate.pipeline.jsonata_child`.
Source: https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html (functions, what is undefined, `$eval`).
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import jsonata

from twinstage.simulate.pipeline.jsonata_child import functions, inward, outward

if TYPE_CHECKING:
    from collections.abc import Mapping


class ExpressionError(Exception):
    """An expression that cannot be parsed or evaluated, or whose value is undefined or a function. The message is a cause."""


def check(expression: str) -> None:
    """Parse an expression (without its `{% %}`). Raises ExpressionError."""
    try:
        jsonata.Jsonata(expression)
    except Exception as error:  # the library raises many kinds; all mean that the text is not an expression
        raise ExpressionError(f"The JSONata expression '{expression}' could not be parsed: {error}") from error


def evaluate(expression: str, bindings: Mapping[str, Any]) -> Any:
    """The JSON value of an expression. `bindings`: variable name without `$` to JSON value. Raises ExpressionError."""
    try:
        compiled = jsonata.Jsonata(expression)
        compiled.set_output_convert_nulls(False)
        for name, function in functions(random.SystemRandom()).items():
            compiled.register_lambda(name, function)
        value = compiled.evaluate(None, {name: inward(bound) for name, bound in bindings.items()})
    except Exception as error:  # the library raises many kinds; each is a query evaluation error
        raise ExpressionError(
            f"The JSONata expression '{expression}' threw an error during evaluation: {error}"
        ) from error
    if value is None:
        raise ExpressionError(f"The JSONata expression '{expression}' returned nothing (undefined).")
    try:
        return outward(value)
    except TypeError as error:
        raise ExpressionError(f"The JSONata expression '{expression}' returned an unsupported result type.") from error
