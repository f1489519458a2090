"""The audit trail of an approval: JSON lines, each of which names the SHA-256 of the line before it, and nothing but added to.

What happened is read from the trail alone: `follow` goes through it with the rules, so that a line that the rules would not have taken, or that was changed, moved or left out,
is found. The kinds of lines are `requested`, `waiting`, `decided`, `refused` (a decision that did not count),
`ended` (the machine waits no longer), `voided` (what was decided on is not there any more) and `concluded` (the machine took the outcome: the last line that decides anything). After
an approval there are lines `promoted`: what became of it in production.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from twinstage.model.approval import decision_of, request_of
from twinstage.model.canonical import canonical_json, sha256_hex
from twinstage.model.errors import SafetyError
from twinstage.model.reading.json_document import MALFORMED, record
from twinstage.model.validation import schema_violations
from twinstage.rehearse.approval.rules import APPROVED, Counted, decide, ended, opened, voided, waiting

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from twinstage.model.approval import Decision
    from twinstage.rehearse.approval.rules import Refusal, Standing

REQUESTED, WAITING, DECIDED, REFUSED, ENDED, VOIDED, CONCLUDED, PROMOTED = (
    "requested",
    "waiting",
    "decided",
    "refused",
    "ended",
    "voided",
    "concluded",
    "promoted",
)
OUTCOMES = ("promoted", "stopped", "returned")
"""What may become of an approved change in production."""
FIRST = "sha256:" + "0" * 64
"""What the first line names as the line before it."""


@dataclass(frozen=True)
class Entry:
    """One line: its number from 1, the digest of the line before it, when it was written, its kind, and what it says."""

    n: int
    previous: str
    at: str
    kind: str
    body: Mapping[str, Any]

    def line(self) -> bytes:
        """The line, without its end."""
        return canonical_json(
            {"n": self.n, "previous": self.previous, "at": self.at, "kind": self.kind, "body": dict(self.body)}
        )

    @property
    def digest(self) -> str:
        """What the next line names this one by."""
        return f"sha256:{sha256_hex(self.line())}"


def after(entries: Sequence[Entry], kind: str, at: str, body: Mapping[str, Any]) -> Entry:
    """The line that comes next."""
    return Entry(len(entries) + 1, entries[-1].digest if entries else FIRST, at, kind, body)


def refused(decision: Decision, refusal: Refusal) -> dict[str, Any]:
    """What the trail keeps of a decision that did not count."""
    return {
        "by": decision.by,
        "decision": decision.decision,
        "code": refusal.code,
        "observed": refusal.observed,
        "expected": refusal.expected,
    }


def entry_of(line: bytes) -> Entry:
    """One line, read. Raises SafetyError where it is none."""
    try:
        document = record(line.decode())
        entry = Entry(document["n"], document["previous"], document["at"], document["kind"], document["body"])
        written = entry.line()
    except (*MALFORMED, KeyError, TypeError, ValueError) as error:
        raise _broken(0, f"a line that cannot be read: {error}") from error
    if written != line.rstrip(b"\n"):
        raise _broken(entry.n, "it holds more than it should")
    return entry


def follow(entries: Sequence[Entry]) -> Standing | None:
    """Where an approval stands after these lines; None where nothing was asked yet. Raises SafetyError where the trail does not hold."""
    standing: Standing | None = None
    previous = FIRST
    for n, entry in enumerate(entries, start=1):
        if (entry.n, entry.previous) != (n, previous):
            raise _broken(n, "it does not follow the line before it")
        try:
            standing = _next(standing, entry)
        except KeyError as error:
            raise _broken(n, f"{entry.kind} without {error}") from error
        previous = entry.digest
    return standing


def _next(standing: Standing | None, entry: Entry) -> Standing:
    if standing is None or standing.concluded:
        return _first_or_after(standing, entry)
    if entry.kind in (REQUESTED, PROMOTED):
        raise _broken(entry.n, f"{entry.kind} has no place here")
    if entry.kind == CONCLUDED:
        if standing.outcome is None or standing.outcome.state != entry.body["state"]:
            raise _broken(entry.n, "it concludes what was not decided")
        return replace(standing, concluded=True)
    if entry.kind == WAITING:
        return waiting(standing, str(entry.body["token"]))
    if entry.kind in (ENDED, VOIDED):
        return (ended if entry.kind == ENDED else voided)(standing, entry.at, str(entry.body["why"]))
    if entry.kind == DECIDED:
        _valid("approval-decision", entry)
        found = decide(standing, decision_of(entry.body))
        if not isinstance(found, Counted) or found.repeated:
            raise _broken(entry.n, "it holds a decision that does not count")
        return found.standing
    if entry.kind != REFUSED:
        raise _broken(entry.n, f"{entry.kind!r} is no kind of line")
    return standing


def _first_or_after(standing: Standing | None, entry: Entry) -> Standing:
    """The line that begins a trail, and those after its conclusion: what became of an approved change."""
    if standing is None and entry.kind == REQUESTED:
        _valid("approval-request", entry)
        return opened(request_of(entry.body))
    approved = standing is not None and standing.outcome is not None and standing.outcome.state == APPROVED
    if standing is not None and approved and entry.kind == PROMOTED and entry.body["outcome"] in OUTCOMES:
        return standing
    raise _broken(entry.n, f"{entry.kind} has no place here")


def _valid(name: str, entry: Entry) -> None:
    if violations := schema_violations(name, entry.body):
        raise _broken(entry.n, "; ".join(f"{place or '/'}: {message}" for place, message in violations))


def _broken(n: int, why: str) -> SafetyError:
    return SafetyError(
        "TRAIL_BROKEN",
        f"the audit trail does not hold at line {n}: {why}",
        hint="it was changed since it was written: take another copy of the run, or rehearse again",
        details={"line": n},
    )
