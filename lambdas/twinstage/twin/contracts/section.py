"""One object of a contract, read member by member; whatever is wrong or unknown is collected with its place."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from twinstage.model.errors import InputProblem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_YES: Final = {"true": True, "yes": True, "y": True, "false": False, "no": False, "n": False}
_LARGEST: Final = 10**300
EXTENSION: Final = "x-"
"""What begins so belongs to whoever wrote it."""


@dataclass
class Told:
    """What reading one file has to say. `line_of` gives the line of a JSON pointer, 0 where it is not known."""

    file: str
    line_of: Callable[[str], int]
    problems: list[InputProblem] = field(default_factory=list)
    warnings: list[InputProblem] = field(default_factory=list)

    def problem(self, place: str, message: str, hint: str) -> None:
        """The contract is refused."""
        self.problems.append(InputProblem(self.file, self.line_of(place), place, message, hint))

    def warning(self, place: str, message: str, hint: str = "") -> None:
        """The contract is read, without what the message names."""
        self.warnings.append(InputProblem(self.file, self.line_of(place), place, message, hint))


class Section:
    """An object of a contract and its JSON pointer. Each member that is asked for is known; `close` tells of the others."""

    def __init__(self, told: Told, members: Mapping[str, Any], place: str = "") -> None:
        self.told, self.members, self.place = told, members, place
        self._asked = set[str]()

    @property
    def line(self) -> int:
        """Its line in the file."""
        return self.told.line_of(self.place)

    def has(self, name: str) -> bool:
        """Whether the member is there, and not null."""
        return self.members.get(name) is not None

    def raw(self, name: str) -> Any:
        """The member as it is, numbers as JSON has them; None where it is absent. A number beyond a double's range is a problem."""
        self._asked.add(name)
        try:
            return plain(self.members.get(name))
        except OverflowError:
            self.told.problem(self.at(name), f"{name} has a number that nobody can count to", "give a smaller one")
            return None

    def at(self, name: str | int) -> str:
        """The pointer of a member."""
        return f"{self.place}/{str(name).replace('~', '~0').replace('/', '~1')}"

    def skip(self, *names: str) -> None:
        """These are known, and say nothing about a twin."""
        self._asked.update(names)

    def text(self, *names: str) -> str:
        """The first of these members that is there; empty where none is. What is no text is told and left out."""
        for name in names:
            value = self.raw(name)
            if isinstance(value, str):
                return value
            if value is not None:
                return self._as_text(name, value)
        return ""

    def name(self, *names: str) -> str:
        """As `text`, where a twin cannot be made without: a problem where it is absent, empty or no text."""
        found = next((name for name in names if self.has(name)), names[0])
        value = self.raw(found)
        if isinstance(value, str) and value.strip():
            return value
        if isinstance(value, int | float) and not isinstance(value, bool):
            return self._as_text(found, value)
        said = f"{found} is required" if value is None else f"{found} must be a text, not {_shown(value)}"
        self.told.problem(self.at(found) if found in self.members else self.place, said, "give a name")
        return ""

    def flag(self, *names: str) -> bool | None:
        """True or false; None where it is absent. Anything else is a problem: it would be another table."""
        for name in names:
            value = self.raw(name)
            if isinstance(value, bool):
                return value
            if isinstance(value, str) and value.lower() in _YES:
                self.told.warning(self.at(name), f"{value!r} is read as {str(_YES[value.lower()]).lower()}")
                return _YES[value.lower()]
            if value is not None:
                self.told.problem(self.at(name), f"{name} must be true or false, not {_shown(value)}", "true or false")
                return None
        return None

    def position(self, name: str) -> int | None:
        """A position that counts from 1; None where it is absent, or -1 or 0 as the standards write \"none\"."""
        value = self.raw(name)
        if value is None:
            return None
        if isinstance(value, str) and value.lstrip("-").isdecimal() and len(value) <= len("-999"):
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            self.told.problem(self.at(name), f"{name} must be a whole number, not {_shown(value)}", "count from 1")
            return None
        return value if value > 0 else None

    def texts(self, *names: str) -> tuple[str, ...]:
        """The texts of a list, or the one that stands in its place."""
        for name in names:
            value = self.raw(name)
            if value is None:
                continue
            found = value if isinstance(value, list) else [value]
            return tuple(str(one) for one in found if one is not None and not isinstance(one, list | dict))
        return ()

    def section(self, name: str) -> Section:
        """An object in it; one without members where it is absent. What is no object is a problem."""
        self._asked.add(name)
        return self._section(self.members.get(name), self.at(name))

    def sections(self, name: str) -> list[Section]:
        """The objects of a list in it, in their order. What is no list of objects is a problem."""
        self._asked.add(name)
        value = self.members.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            self.told.problem(self.at(name), f"{name} must be a list, not {_shown(value)}", "begin each entry with a -")
            return []
        return [self._section(one, f"{self.at(name)}/{n}") for n, one in enumerate(value)]

    def named(self) -> Iterator[tuple[str, Section]]:
        """Its members, each an object under its name, in their order."""
        for name, value in self.members.items():
            self._asked.add(name)
            if not name.startswith(EXTENSION):
                yield name, self._section(value, self.at(name))

    def close(self) -> None:
        """Warns of every member that nothing asked for, and that says something."""
        for name, value in self.members.items():
            if value is not None and name not in self._asked and not name.startswith(EXTENSION):
                self.told.warning(self.at(name), f"{name!r} is not known here, and is not read")

    def _section(self, value: Any, place: str) -> Section:
        if value is not None and not isinstance(value, dict):
            self.told.problem(place, f"must be an object, not {_shown(value)}", "give its members, each on a line")
        return Section(self.told, value if isinstance(value, dict) else {}, place)

    def _as_text(self, name: str, value: Any) -> str:
        if isinstance(value, list | dict):
            self.told.warning(self.at(name), f"{name} should be a text, not {_shown(value)}: it is not read")
            return ""
        said = {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)
        self.told.warning(self.at(name), f"{name} is read as the text {said!r}", "quote it")
        return said


def plain(value: Any) -> Any:
    """A JSON value with floats for exact decimals: what contracts say of numbers are limits, not amounts. Raises OverflowError for those beyond a double's range."""
    if isinstance(value, Decimal):
        number = float(value)
        if math.isinf(number):
            raise OverflowError
        return number
    if isinstance(value, int) and abs(value) > _LARGEST:
        raise OverflowError
    if isinstance(value, list):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    return value


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return "a list"
    return "an object" if isinstance(value, dict) else repr(value)[:80]
