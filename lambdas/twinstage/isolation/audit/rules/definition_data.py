"""What the rehearsal's machine hands on: the half of TWA023 that is about data, which is worked out of what the stages answer and names nothing by itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from twinstage.isolation.audit.words import named_outside, words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

_DATA = frozenset({"Arguments", "Assign", "BatchInput", "Input", "ItemSelector", "Items", "Output"})
_EXPRESSION = re.compile(r"\{%(.*)%\}", re.DOTALL)
_QUOTED = re.compile(r"'([^']*)'|\"([^\"]*)\"")
_PLACE = re.compile(r"(?i)bucket|prefix|table|zone|hosted_?zone|queue|topic|url|endpoint|account|role")
# The value of a place in an object that an expression makes: a path, or nothing.
_MADE = re.compile(r"['\"](\w+)['\"]\s*:\s*(?=([^,}]*))")
_PATH = re.compile(r"\$\w+(\.\w+)*|null")
_ERROR = re.compile(r"(Lambda|States)\.[A-Za-z]+")
_PLACEHOLDER = re.compile(r"\$\{\w+\}")
_EVALUATES = re.compile(r"\$(eval|parse)\s*\(")


def strange_data(definition: Any, names: Collection[str]) -> Iterator[str]:
    """What a definition says that may name a thing: literals that look like one, and places that are no path into what a stage answered.

    `names` are production's, as far as they are known.
    """
    if isinstance(definition, list):
        for each in definition:
            yield from strange_data(each, names)
    elif isinstance(definition, dict):
        for key, each in definition.items():
            if key in _DATA:
                yield from _data(each, names)
            elif key == "ReaderConfig" and each != {"InputType": "JSON"}:
                yield "a reader's configuration other than JSON is not known to be safe here"
            else:
                yield from strange_data(each, names)
    elif isinstance(definition, str):
        yield from _expression(definition, names)


def _data(value: Any, names: Collection[str]) -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from _data(each, names)
    elif isinstance(value, dict):
        for key, each in value.items():
            expression = _EXPRESSION.fullmatch(each.strip()) if isinstance(each, str) else None
            path = expression is not None and _PATH.fullmatch(expression[1].strip()) is not None
            if _PLACE.fullmatch(key) and each is not None and not path:
                yield f"{key} is {str(each)[:80]!r}, not a path into what a stage answered"
            yield from _data(each, names)
    elif isinstance(value, str) and _EXPRESSION.fullmatch(value.strip()) is None:
        yield from _literal(value, names)
    elif isinstance(value, str):
        yield from _expression(value, names)


def _expression(text: str, names: Collection[str]) -> Iterator[str]:
    found = _EXPRESSION.fullmatch(text.strip())
    if found is None:
        return
    if _EVALUATES.search(found[1]):
        yield "an expression that is made as it runs is not known to be safe here"
    for key, value in _MADE.findall(found[1]):
        if _PLACE.fullmatch(key) and _PATH.fullmatch(value.strip()) is None:
            yield f"{key} is {value.strip()[:80]!r}, not a path into what a stage answered"
    for single, double in _QUOTED.findall(found[1]):
        yield from _literal(single or double, names)


def _literal(text: str, names: Collection[str]) -> Iterator[str]:
    # A name has no spaces; sentences are for people.
    if " " in text.strip() or _PLACEHOLDER.fullmatch(text):
        return
    for word in words(text):
        if _ERROR.fullmatch(word):
            continue
        what = "production's" if word in names else named_outside(word, ())
        if what:
            yield f"it names {word!r}, {what}"
