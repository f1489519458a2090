"""What a state's expressions see and give, in both query languages.

JSONPath: a template's fields whose names end in `.$` are paths or intrinsic functions, over `$` (the input), `$$` (the context object) and variables.
JSONata: a template's `{% %}` texts are expressions over `$states` and variables. Sources:
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-input-output-filtering.html, https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from twinstage.simulate.pipeline import intrinsics, jsonata
from twinstage.simulate.pipeline.failures import DATA_LIMIT, INTRINSIC, QUERY, RESULT_PATH, RUNTIME, StateFailure
from twinstage.simulate.pipeline.path_steps import PathError
from twinstage.simulate.pipeline.paths import MissingValueError, PlacementError, placed, value_at

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

# The quota of input or result of a task, state or execution, as a UTF-8 encoded string.
LARGEST_BYTES: Final = 262_144


def size_bytes(value: Any) -> int:
    """The size of a JSON value as Step Functions counts it."""
    return len(json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode(errors="surrogatepass"))


def within_limit(value: Any, what: str) -> Any:
    """The value. Raises StateFailure States.DataLimitExceeded where it is larger than a state may have."""
    if (size := size_bytes(value)) > LARGEST_BYTES:
        said = f"The {what} has a size of {size} bytes, which is more than the maximum of {LARGEST_BYTES}."
        raise StateFailure(DATA_LIMIT, said)
    return value


@dataclass(frozen=True)
class View:
    """What one attempt of a state sees beside data: the context object, variables, random numbers and the time (ms since the Unix epoch)."""

    context: Mapping[str, Any]
    variables: Mapping[str, Any]
    random: Random
    now_ms: float

    def path(self, text: str | None, value: Any) -> Any:
        """What InputPath, OutputPath or any other field that is a path gives of `value`; None, the JSON null, gives an empty object."""
        if text is None:
            return {}
        try:
            if intrinsics.is_call(text):
                return intrinsics.evaluate(text, self.roots(value), self.random)
            return value_at(text, self.roots(value))
        except (MissingValueError, PathError) as error:
            raise StateFailure(RUNTIME, f"Invalid path '{text}': {error}") from error
        except intrinsics.IntrinsicError as error:
            raise StateFailure(INTRINSIC, str(error)) from error

    def template(self, node: Any, value: Any) -> Any:
        """A JSONPath payload template filled from `value`."""
        if isinstance(node, list):
            return [self.template(each, value) for each in node]
        if not isinstance(node, dict):
            return node
        return {
            name[:-2] if name.endswith(".$") else name: self.path(each, value)
            if name.endswith(".$")
            else self.template(each, value)
            for name, each in node.items()
        }

    def put(self, document: Any, where: str | None, value: Any) -> Any:
        """`document` with a result at a ResultPath; None, the JSON null, discards the result."""
        if where is None:
            return document
        try:
            return placed(document, where, value)
        except (PlacementError, PathError) as error:
            raise StateFailure(RESULT_PATH, str(error)) from error

    def query(self, node: Any, states: Mapping[str, Any]) -> Any:
        """A JSONata template filled. `states`: what `$states` has beside the context: input, result, errorOutput."""
        if isinstance(node, list):
            return [self.query(each, states) for each in node]
        if isinstance(node, dict):
            return {name: self.query(each, states) for name, each in node.items()}
        if not jsonata.is_expression(node):
            return node
        bindings = {**self.variables, "states": {**states, "context": self.context}}
        try:
            return jsonata.evaluate(jsonata.inner(node), bindings, seed=self.random.getrandbits(53), now_ms=self.now_ms)
        except jsonata.ExpressionError as error:
            raise StateFailure(QUERY, str(error)) from error

    def roots(self, value: Any) -> dict[str, Any]:
        """What paths begin from."""
        return {**self.variables, "$": value, "$$": self.context}
