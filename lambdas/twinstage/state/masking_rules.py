"""Masking rules: which values a capture replaces, read from a document that `model/schemas/masking.schema.json` describes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from twinstage.model.canonical import digest
from twinstage.model.dns_name import canonical_name
from twinstage.model.errors import InputError, InputProblem
from twinstage.model.validation import line_of, schema_problems

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ANY_ELEMENT = "[*]"
_STEP = re.compile(r"([^.\[\]]+)|(\[(?:\*|[0-9]{1,6})\])")


@dataclass(frozen=True)
class TokenForm:
    """What a rule's tokens look like, and among which values equality is kept."""

    domain: str = "default"
    format: str = "text"
    prefix: str = ""
    after: str = ""
    digits: int = 15


@dataclass(frozen=True)
class MaskingRule:
    """One rule: a kind of thing (`table`, `function` or `zone`), the pattern of its name, and the steps to the value in it.

    Steps lead through maps (a name, or `*` for any) and lists (`[3]`, or `[*]` for any); for a function there is one, the
    pattern of a variable, for a zone one, the pattern of the name of TXT record sets.
    """

    kind: str
    name: str
    steps: tuple[str, ...]
    form: TokenForm

    @property
    def path(self) -> str:
        """The steps as people write them."""
        return "".join(step if step.startswith("[") else f".{step}" for step in self.steps).removeprefix(".")

    def applies_to(self, kind: str, name: str) -> bool:
        """Whether the rule is about this table, function or zone."""
        return kind == self.kind and matches(self.name, name)


@dataclass(frozen=True)
class MaskingRules:
    """Rules in the order of their file: of several for one value the first decides. `digest` is that of what they say."""

    rules: tuple[MaskingRule, ...]
    digest: str

    def about(self, kind: str, name: str) -> tuple[MaskingRule, ...]:
        """The rules about one table, function or zone."""
        return tuple(rule for rule in self.rules if rule.applies_to(kind, name))


def masking_rules(document: Any, file: str, lines: Mapping[str, int] | None = None) -> MaskingRules:
    """The rules of a document; `lines` gives the line of a JSON pointer. Raises InputError with every problem."""
    problems = schema_problems("masking", document, file, lines)
    if not problems:
        problems = list(_path_problems(document, file, lines or {}))
    if problems:
        raise InputError(problems)
    rules = tuple(_rule(given) for given in document["rules"])
    said = [{"kind": r.kind, "name": r.name, "steps": list(r.steps), "form": vars(r.form)} for r in rules]
    return MaskingRules(rules, digest(said))


@lru_cache(maxsize=4096)
def matches(pattern: str, name: str) -> bool:
    """Whether a name is what the pattern says; `*` stands for any characters. Takes time linear in the name for each `*`."""
    first, *rest = pattern.split("*")
    if not rest:
        return name == pattern
    last = rest.pop()
    if not name.startswith(first) or not name[len(first) :].endswith(last):
        return False
    place, end = len(first), len(name) - len(last)
    for part in rest:
        found = name.find(part, place, end)
        if found < 0:
            return False
        place = found + len(part)
    return place <= end


def _rule(given: Mapping[str, Any]) -> MaskingRule:
    kind = next(kind for kind in ("table", "function", "zone") if kind in given)
    if kind == "table":
        name, steps = given["table"], _steps(given["path"])
    elif kind == "function":
        name, steps = given["function"], (given["variable"],)
    else:
        name, steps = _zone_pattern(given["zone"]), (_zone_pattern(given["txt"]),)
    form = {member: given[member] for member in ("domain", "format", "prefix", "after", "digits") if member in given}
    return MaskingRule(kind, name, steps, TokenForm(**form))


def _zone_pattern(text: str) -> str:
    """A pattern of canonical names: what is no `*` is written as Route 53 writes it."""
    if text == "*":
        return text
    dotted = text if text.endswith(("*", ".")) else f"{text}."
    return "*".join(
        canonical_name(part).rstrip(".") + ("." if part.endswith(".") else "") if part else ""
        for part in dotted.split("*")
    )


def _steps(path: str | list[str]) -> tuple[str, ...]:
    if isinstance(path, list):
        return tuple(path)
    return tuple(found[0] for found in _STEP.finditer(path))


def _path_problems(document: Mapping[str, Any], file: str, lines: Mapping[str, int]) -> Iterator[InputProblem]:
    for index, given in enumerate(document["rules"]):
        path = given.get("path")
        if isinstance(path, str) and _written(_steps(path)) != path:
            place = f"/rules/{index}/path"
            message = f"{path!r} is no path"
            hint = "write a.b, a[*].b or a.*, or a list of steps"
            yield InputProblem(file, line_of(lines, place), place, message, hint)
        if isinstance(path, list | str) and _steps(path)[:1] and _steps(path)[0].startswith("["):
            place = f"/rules/{index}/path"
            yield InputProblem(file, line_of(lines, place), place, "a path begins with an attribute's name")


def _written(steps: tuple[str, ...]) -> str:
    return "".join(step if step.startswith("[") else f".{step}" for step in steps).removeprefix(".")
