"""Who approved a run's change, or did not, read from `approval.json`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from twinstage.report.documents import listed, mapped, text_of
from twinstage.report.text import count, joined

if TYPE_CHECKING:
    from collections.abc import Mapping

PENDING = "pending"


@dataclass(frozen=True)
class Word:
    """What one person said; `code` is why it does not count, empty where it does."""

    at: str
    by: str
    decision: str
    reason: str
    code: str = ""


@dataclass(frozen=True)
class Approval:
    """An approval that is over. `words` are those that count and then those that do not; `evidence` the digests, by name; `head` that of the trail's last line."""

    state: str
    by: tuple[str, ...]
    at: str
    reason: str
    submitter: str
    risk: str
    reasons: tuple[str, ...]
    needed: int
    words: tuple[Word, ...]
    evidence: Mapping[str, str]
    entries: int
    head: str

    @property
    def sentence(self) -> str:
        """How it ended, in words."""
        people = joined(list(self.by)) if self.by else "nobody"
        reason = f": {self.reason.rstrip('.')}" if self.reason else ""
        return f"The change was {self.state} by {people}{reason}."

    @property
    def asked(self) -> str:
        """What was asked, in words."""
        people = f"{count(self.needed, 'person', 'people')} had to approve" if self.needed else "nobody had to approve"
        return f"{self.submitter} submitted it; its risk is {self.risk} ({'; '.join(self.reasons)}), so {people}."


def approval_of(document: Any) -> Approval | None:
    """Out of `approval.json`; None while it is undecided: a report that people decide on does not change under their eyes."""
    outcome, risk, trail = mapped(document["outcome"]), mapped(document["risk"]), mapped(document["trail"])
    if outcome["state"] == PENDING:
        return None
    return Approval(
        state=text_of(outcome["state"]),
        by=tuple(map(text_of, listed(outcome["by"]))),
        at=text_of(outcome["at"]),
        reason=text_of(outcome["reason"]),
        submitter=text_of(document["submitter"]),
        risk=text_of(risk["level"]),
        reasons=tuple(map(text_of, listed(risk["reasons"]))),
        needed=int(mapped(document["policy"])["needed"]),
        words=(*map(_counts, listed(document["decisions"])), *map(_refused, listed(document["refused"]))),
        evidence={name: text_of(value) for name, value in sorted(mapped(document["evidence"]).items())},
        entries=int(trail["entries"]),
        head=text_of(trail["head"]),
    )


def _counts(said: Mapping[str, Any]) -> Word:
    return Word(text_of(said["at"]), text_of(said["by"]), text_of(said["decision"]), text_of(said["reason"]))


def _refused(said: Mapping[str, Any]) -> Word:
    reason = f"observed {text_of(said['observed'])}; expected {text_of(said['expected'])}"
    return Word(text_of(said["at"]), text_of(said["by"]), text_of(said["decision"]), reason, text_of(said["code"]))
