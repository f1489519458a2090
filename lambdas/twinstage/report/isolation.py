"""What a run showed of its isolation, read from `isolation.json`, and how it is told."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from twinstage.report.documents import listed, mapped, text_of
from twinstage.report.text import clip, count

if TYPE_CHECKING:
    from collections.abc import Mapping

KEPT = 40


@dataclass(frozen=True)
class Call:
    """A call that the gate decided, as the report names it."""

    principal: str
    action: str
    resource: str
    why: str


@dataclass(frozen=True)
class Attempt:
    """An attempt of the drill. `result`: refused, succeeded, failed otherwise."""

    name: str
    aim: str
    call: str
    result: str
    error: str


@dataclass(frozen=True)
class Isolation:
    """A run's isolation. None, or empty: not shown. `digests` are production's, before and after, by what was digested.

    `foreign`: calls in production's account that are not capture's; `denied`: calls of our own that were refused; `withheld`: calls of
    clones that were; `audit`: whether the template was proven, and how many violations it has.
    """

    profile: str
    unchanged: bool | None
    digests: tuple[tuple[str, str, str], ...]
    capture_only: bool | None
    foreign: tuple[Call, ...]
    denied: tuple[Call, ...]
    withheld: tuple[Call, ...]
    least_privilege: bool | None
    attempts: tuple[Attempt, ...]
    controls: tuple[Attempt, ...]
    audit: tuple[bool, int] | None

    @property
    def refused(self) -> int:
        """Attempts that were refused."""
        return sum(attempt.result == "refused" for attempt in self.attempts)

    @property
    def drilled(self) -> bool | None:
        """Whether the drill was refused everything, by a role that may do what it may; None where it proves nothing."""
        if any(attempt.result == "succeeded" for attempt in self.attempts):
            return False
        controlled = all(control.result == "succeeded" for control in self.controls)
        return True if self.attempts and self.refused == len(self.attempts) and controlled else None

    @property
    def aims(self) -> tuple[tuple[str, int], ...]:
        """What the attempts aimed at, and how many at each."""
        return tuple(Counter(attempt.aim for attempt in self.attempts).items())


def isolation_of(document: Any) -> Isolation:
    """`isolation.json` as the report has it. Raises for what is no such document."""
    before, after = mapped(document.get("before")), mapped(document.get("after"))
    saw, drill, audit = (mapped(document.get(name)) for name in ("production_saw", "drill", "audit"))
    denied = document.get("own_calls_denied")
    return Isolation(
        profile=clip(text_of(document.get("profile")), 80),
        unchanged=_decided(document.get("production_unchanged")),
        digests=tuple(
            (clip(name, 80), _digest(before.get(name)), _digest(after.get(name))) for name in sorted({*before, *after})
        ),
        capture_only=_decided(saw.get("capture_only")),
        foreign=_calls(saw.get("others")),
        denied=_calls(denied),
        withheld=_calls(document.get("withheld_from_clones")),
        least_privilege=None if denied is None else not denied,
        attempts=tuple(map(_attempt, listed(drill.get("outcomes")))),
        controls=tuple(map(_attempt, listed(drill.get("controls")))),
        audit=(audit["proven"] is True, len(listed(audit.get("violations")))) if "proven" in audit else None,
    )


def claims(isolation: Isolation) -> list[tuple[str, bool | None]]:
    """Each claim in a sentence, and whether it was shown; None: undecided."""
    words = [
        (
            {
                True: "Production is what it was before the rehearsal.",
                False: "Production changed while the rehearsal ran.",
                None: "Nobody compared production before and after.",
            },
            isolation.unchanged,
        ),
        (
            {
                True: "Production's account saw capture calls only.",
                False: f"Production's account saw {count(len(isolation.foreign), 'other call')} than capture's.",
                None: "Nobody noted which calls production's account saw.",
            },
            isolation.capture_only,
        ),
        (
            {
                True: "No call of Twinstage's own was refused: its rights are sufficient.",
                False: f"{count(len(isolation.denied), 'call')} of Twinstage's own were refused.",
                None: "Nobody noted which calls were refused.",
            },
            isolation.least_privilege,
        ),
        ({True: _refused(isolation), False: _refused(isolation), None: _refused(isolation)}, isolation.drilled),
    ]
    told = [(sentences[passed], passed) for sentences, passed in words]
    if isolation.audit is not None:
        proven, violations = isolation.audit
        sentence = (
            "The twin's template is proven isolated."
            if proven
            else f"The twin's template has {count(violations, 'violation')}."
        )
        told.append((sentence, proven))
    return told


def _refused(isolation: Isolation) -> str:
    if not isolation.attempts:
        return "No attack was tried."
    return f"{isolation.refused} of {count(len(isolation.attempts), 'attempted attack')} by an over-privileged role of the twin were refused."


def notable(isolation: Isolation) -> list[Attempt]:
    """Attempts that were not refused, and controls that were: what a reader must see."""
    return [
        *(attempt for attempt in isolation.attempts if attempt.result != "refused"),
        *(control for control in isolation.controls if control.result != "succeeded"),
    ]


def _decided(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _digest(value: Any) -> str:
    return clip(text_of(value), 120)


def _calls(value: Any) -> tuple[Call, ...]:
    return tuple(map(_call, listed(value)[:KEPT]))


def _call(document: Mapping[str, Any]) -> Call:
    names = ("principal", "action", "resource", "why")
    return Call(*(clip(text_of(document.get(name)), 300) for name in names))


def _attempt(document: Mapping[str, Any]) -> Attempt:
    names = ("attempt", "aim", "call", "result", "error")
    return Attempt(*(clip(text_of(document.get(name)), 120) for name in names))
