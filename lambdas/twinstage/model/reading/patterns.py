r"""Patterns of our JSON Schemas, asked of what other people wrote.

JSON Schema's `$` is the end of the text; Python's also matches before a last line break, which lets `"name\n"` pass for a name. And no text that is as long as
none of our names may be asks any pattern at all: a pattern that is quadratic, unseen, would take minutes over a megabyte.
Source: https://json-schema.org/draft/2020-12/json-schema-validation#section-6.3.3
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST: Final = 4096
_END: Final = re.compile(r"(?<!\\)\$")


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """A schema's pattern as Python's: every `$` that is not escaped is the end of the text. None of our patterns has one in a character class."""
    return re.compile(_END.sub(r"\\Z", pattern))


def _pattern(_validator: Any, pattern: str, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    if not isinstance(instance, str):
        return
    if len(instance) > LONGEST:
        message = f"{len(instance)} characters, at most {LONGEST} are read"
        yield ValidationError(message, validator="maxLength", validator_value=LONGEST)
    elif not compiled(pattern).search(instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


SchemaValidator: Final = extend(Draft202012Validator, {"pattern": _pattern})  # type: ignore[no-untyped-call]  # has no types
"""Draft 2020-12 with that meaning of `pattern`."""
