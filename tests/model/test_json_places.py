"""The lines of a JSON text that pointers lead to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from twinstage.model.errors import InputProblem
from twinstage.model.reading.json_places import lines_of, with_lines
from twinstage.model.validation import pointer

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
)


def scalars(value: Any, steps: tuple[str | int, ...] = ()) -> Iterator[tuple[str, Any]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if inner is None:
        yield pointer(steps), value
        return
    for step, each in inner:
        yield from scalars(each, (*steps, step))


@given(DOCUMENTS)
def test_every_value_has_the_line_it_stands_on(document: Any) -> None:
    text = json.dumps(document, indent=1)
    told = text.splitlines() if text.isascii() else text.split("\n")
    places = dict(scalars(document))
    found = lines_of(text, places)
    for place, value in places.items():
        assert told[found[place] - 1].rstrip(",").endswith(json.dumps(value))


def test_a_pointer_to_what_is_not_there_has_the_line_of_what_is_around_it() -> None:
    text = '{\n "a": [\n  1,\n  {"b": 2}\n ]\n}'
    assert lines_of(text, ["/a/1/c/d", "/x", "/a/7"]) == {"/a/1/c/d": 4, "/x": 1, "/a/7": 2}


def test_a_document_that_begins_later_in_its_file_has_later_lines() -> None:
    problem = InputProblem("f", 0, "/a", "wrong", "mend it")
    assert with_lines([problem], '{\n"a": 1}', 10) == [InputProblem("f", 11, "/a", "wrong", "mend it")]
