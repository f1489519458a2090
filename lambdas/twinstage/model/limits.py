"""The limits of a column's values, in one form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

ENDS: Final = (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum"))
"""Where values begin and end: the name of the end that is in, and of the one that is out."""
_OFF: Final = frozenset({"uniqueItems", "exclusiveMinimum", "exclusiveMaximum"})


def plain_limits(options: Mapping[str, Any]) -> dict[str, Any]:
    """Limits as numbers: an exclusive end that is told by a flag beside the end (ODCS 3.0) has the end itself, and what is switched off is not there."""
    found = dict(options)
    for inner, outer in ENDS:
        if found.get(outer) is True and inner in found:
            found[outer] = found.pop(inner)
    return {name: value for name, value in found.items() if value is not None and not (name in _OFF and value is False)}
