"""What a report shows of a rehearsed way back, read from `rollback.json`."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any, Self

from twinstage.report.documents import listed, mapped, text_of
from twinstage.report.rollback_words import case_words, left_words, resolver_words, step_words
from twinstage.report.text import clip, count

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True)
class Failing:
    """Something that fails: in one case, from so many states, first where `command` shows it."""

    check: str
    title: str
    case: str
    counts: bool
    states: int
    detail: str
    command: str

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """Out of an entry of `failures`."""
        texts = {name: clip(text_of(document[name]), 900) for name in ("check", "title", "case", "detail", "command")}
        return cls(**texts, counts=bool(document["counts"]), states=int(document["states"]))


@dataclass(frozen=True)
class Stretch:
    """States on the recorded path one after another, of one event and with one result: from the how manieth call to the how manieth, and what breaks from there."""

    event: str
    first: int
    last: int
    what: str
    broken: tuple[str, ...]


@dataclass(frozen=True)
class WayBack:
    """The whole of it, in words where it has words."""

    steps: tuple[str, ...]
    cases: tuple[str, ...]
    failing: tuple[Failing, ...]
    path: tuple[Stretch, ...]
    seen: tuple[str, ...]
    left: tuple[str, ...]
    calls: int
    seconds: float

    @classmethod
    def of(cls, document: Any) -> Self:
        """Out of `rollback.json`."""
        timed = mapped(document["timed"])
        return cls(
            steps=tuple(step_words(step) for step in listed(document["way_back"])),
            cases=tuple(case_words(case) for case in listed(document["cases"])),
            failing=tuple(map(Failing.from_document, listed(document["failures"]))),
            path=tuple(_stretches(listed(document["path"]))),
            seen=tuple(resolver_words(mapped(document["resolvers"]))),
            left=tuple(left_words(mapped(document["left_behind"]))),
            calls=int(timed["calls"]),
            seconds=float(timed["seconds"]),
        )

    @property
    def timed(self) -> str:
        """What the way back itself takes."""
        took = f" and {self.seconds:g} s" if self.seconds else ""
        return f"The way back takes at most {count(self.calls, 'call')} of services{took}."


def _stretches(path: Sequence[Any]) -> list[Stretch]:
    alike = groupby(path, key=lambda place: (text_of(place["event"]), tuple(map(text_of, listed(place["broken"])))))
    found = []
    for (event, broken), places in alike:
        held = list(places)
        what = clip(text_of(held[0]["what"]), 200)
        found.append(Stretch(clip(event, 200), int(held[0]["call"]), int(held[-1]["call"]), what, broken))
    return found
