"""In which places two JSON documents differ: by JSON pointer, with every index of an array generalised to `*`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from twinstage.model.pointers import EVERY

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

What = Literal["value", "type", "members", "length", "presence"]
ABSENT: Final = object()
"""The document of what is not there at all: null is a value."""


class Difference(NamedTuple):
    """One place. `what` differs of it: its value, its type, which members an object has (`member` is one of them), how long an array is, or whether there is anything (then the pointer is empty).

    Which members an object has is one place, not one for each: names that are made up at random are noise together.
    """

    pointer: str
    what: What
    member: str = ""

    @property
    def full_pointer(self) -> str:
        """The pointer, that of the member where one came or went."""
        return f"{self.pointer}/{step(self.member)}" if self.what == "members" else self.pointer


def differences(one: Any, other: Any, pointer: str = "") -> Iterator[Difference]:
    """Every difference. The order of an object's members means nothing; elements of an array are compared by their index, as far as both reach."""
    if one is ABSENT or other is ABSENT:
        if one is not other:
            yield Difference("", "presence")
    elif type_of(one) != type_of(other):
        yield Difference(pointer, "type")
    elif isinstance(one, dict):
        for name in sorted(one.keys() | other.keys()):
            if name in one and name in other:
                yield from differences(one[name], other[name], f"{pointer}/{step(name)}")
            else:
                yield Difference(pointer, "members", name)
    elif isinstance(one, list):
        if len(one) != len(other):
            yield Difference(pointer, "length")
        for left, right in zip(one, other, strict=False):
            yield from differences(left, right, f"{pointer}/{EVERY}")
    elif one != other:
        yield Difference(pointer, "value")


def step(name: str) -> str:
    """A member's name as a step of a pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")


def type_of(value: Any) -> str:
    """JSON's name of a value's type."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    return "string" if isinstance(value, str) else "array" if isinstance(value, list) else "object"


def is_below(pointer: str, patterns: Sequence[str]) -> bool:
    """Whether a pointer is one of the patterns, or lies below one. A step `*` of a pattern is any one step; an index is any index."""
    steps = pointer.split("/")
    return any(_leads(pattern.split("/"), steps) for pattern in patterns)


def _leads(pattern: list[str], steps: list[str]) -> bool:
    return len(pattern) <= len(steps) and all(
        asked in (EVERY, found) or (found == EVERY and asked.isdecimal())
        for asked, found in zip(pattern, steps, strict=False)
    )
