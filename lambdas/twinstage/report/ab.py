"""What a report shows of an A/B comparison, read from `ab.json`, and how it is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from twinstage.report.documents import listed, mapped, text_of
from twinstage.report.text import clip, count

if TYPE_CHECKING:
    from collections.abc import Mapping

Effect = tuple[float, float, float | None, float | None]
"""The share of the events, how many times as long, and between what that lies."""
_VERDICTS = ("differs", "undecided", "declared", "noise")
_WHAT = {
    "value": "another value",
    "type": "another type",
    "members": "other members",
    "length": "another length",
    "presence": "there or not",
}


@dataclass(frozen=True)
class Row:
    """A place that differs: in so many subjects, and in how many of them between two runs of the baseline. `told`: what members, subjects or figures say of it."""

    of: str
    pointer: str
    what: str
    verdict: str
    raw: int
    noise: int
    told: str

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """Out of an entry of `rows`."""
        return cls(
            of=clip(text_of(document["of"]), 200),
            pointer=clip(text_of(document["pointer"]) or "/", 300),
            what=_WHAT.get(text_of(document["what"]), "differs"),
            verdict=text_of(document["verdict"]),
            raw=int(document["raw"]),
            noise=int(document["noise"]),
            told=clip(_told(document), 400),
        )


@dataclass(frozen=True)
class Part:
    """Responses, or the state: its rows, those that count first, and how many there are of each verdict."""

    rows: tuple[Row, ...]
    found: Mapping[str, int]

    @classmethod
    def of(cls, document: Any) -> Self | None:
        """Out of `responses` or `state`; None where there was nothing to compare."""
        if document is None:
            return None
        found = mapped(document["found"])
        rows = tuple(Row.from_document(row) for row in listed(document["rows"]))
        return cls(rows, {name: int(found.get(name, 0)) for name in _VERDICTS})

    @property
    def sentence(self) -> str:
        """How many places differ, of which kind."""
        counted = [
            ("differs", "differ beyond noise"),
            ("undecided", "differ more often than noise, too few times to be sure"),
            ("declared", "differ as declared"),
            ("noise", "are noise"),
        ]
        told = [f"{self.found[name]:,} {words}" for name, words in counted if self.found[name]]
        return f"Of the places that differ, {', '.join(told)}." if told else "Nothing differs."


@dataclass(frozen=True)
class Latency:
    """One function: how many times as long the same event takes under the candidate, typically and in the tail, each with its interval; None: no bound yet."""

    of: str
    events: int
    verdict: str
    effects: tuple[Effect, ...]

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """Out of an entry of `latency`."""
        effects = tuple(map(_effect, listed(document["effects"])))
        return cls(clip(text_of(document["of"]), 200), int(document["events"]), text_of(document["verdict"]), effects)


@dataclass(frozen=True)
class Comparison:
    """The whole of it. None: one of the arms was not there."""

    responses: Part | None
    state: Part | None
    latency: tuple[Latency, ...]
    allowed: float
    events: int

    @classmethod
    def of(cls, document: Any) -> Self:
        """Out of `ab.json`."""
        return cls(
            responses=Part.of(document["responses"]),
            state=Part.of(document["state"]),
            latency=tuple(map(Latency.from_document, listed(document["latency"]))),
            allowed=float(document["max_latency_ratio"]),
            events=int(document["repeat"]["events"]),
        )

    @property
    def parts(self) -> tuple[tuple[str, str, Part | None], ...]:
        """What was compared: its name, what its places belong to, and what came of it."""
        return ("What events come to", "Function", self.responses), (
            "What there is in the end",
            "Zone or table",
            self.state,
        )


def effect(found: Effect) -> str:
    """An effect with its interval: `1.02 (0.97 to 1.08)`."""
    _, ratio, low, high = found
    ends = [("…" if end is None else f"{end:.2f}") for end in (low, high)]
    return f"{ratio:.2f} ({ends[0]} to {ends[1]})" if (low, high) != (None, None) else f"{ratio:.2f} (too few to bound)"


def _effect(document: Mapping[str, Any]) -> Effect:
    low, high = map(_bound, document["interval"])
    return float(document["share"]), float(document["ratio"]), low, high


def _bound(value: Any) -> float | None:
    return None if value is None else float(value)


def _told(document: Mapping[str, Any]) -> str:
    members, numbers = listed(document["members"]), document["numbers"]
    if numbers is not None:
        medians, (low, high) = mapped(numbers["medians"]), numbers["distance"]
        told = ", ".join(f"{arm} {value:g}" for arm, value in medians.items())
        return f"medians: {told}; the distributions lie {low:.2f} to {high:.2f} apart"
    subjects = listed(document["subjects"])
    named = [f"{', '.join(map(str, members))}"] if members else []
    first = f"first in {subjects[0]}" if subjects and document["what"] != "presence" else ""
    more = int(document["raw"]) - len(subjects)
    if document["what"] == "presence" and more > 0:
        named.append(count(more, "more"))
    return "; ".join([*named, *([first] if first else [])])
