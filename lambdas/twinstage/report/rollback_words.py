"""A rehearsed way back in words, the same in a terminal, in HTML and in Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.report.text import count

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

SHOWN = 10


def step_words(step: Mapping[str, Any]) -> str:
    """A step of the way back."""
    kinds = {"function": "back to the baseline's code:", "table": "back to its schema:", "records": "records of"}
    told = f"{step['id']}: {kinds.get(step['kind'], 'invoke')} {step['what']}"
    changes = [f"{each['Action']} {each['ResourceRecordSet']['Name']}" for each in step["changes"]]
    return told + (f": {', '.join(changes[:SHOWN])}{_more(changes)}" if changes else "")


def case_words(case: Mapping[str, Any]) -> str:
    """From how many states of a case the way back was tried, and from how many anything breaks."""
    where = "on the recorded path" if case["exhausted"] is None else "every state" if case["exhausted"] else "capped"
    failing = f"something breaks from {case['failing_states']}" if case["failing_states"] else "nothing breaks"
    return (
        f"{case['case']}: from {count(case['states'], 'state')} ({where}, {count(case['worlds'], 'world')}): {failing}"
    )


def resolver_words(seen: Mapping[str, Any]) -> Iterator[str]:
    """Until when resolvers answer otherwise, a line a name."""
    if seen["worst_s"] is None:
        return
    limit = f"; at most {seen['within_s']:g} s are allowed" if seen["within_s"] is not None else ""
    if not seen["names"]:
        yield f"no resolver answers otherwise once the way back is over{limit}"
    for name in seen["names"][:SHOWN]:
        answers = ", ".join(name["answers"][0]["values"]) or "a negative answer"
        gone = f" ({', '.join(name['gone'])}: nobody's any more)" if name["gone"] else ""
        yield f"resolvers may answer {name['name']} {name['type']} with {answers}{gone} for {name['seconds']:g} s after it{limit}"


def left_words(left: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """What only the change's code wrote and is still there."""
    for kind, names in left.items():
        if names:
            yield f"left behind, {kind}: {', '.join(names[:SHOWN])}{_more(names)}"


def _more(found: Sequence[Any]) -> str:
    return f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
