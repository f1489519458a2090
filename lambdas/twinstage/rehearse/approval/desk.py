"""The desk where a run's approval lies: its trail, in the run's results, read and added to.

A line is written under its own number, as new: of two who write at once one wins, and the other reads what is there now and asks the rules again. So everybody who decides, on whatever machine,
sees one order of decisions. The clock is passed in.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from twinstage.model.approval import ApprovalRequest, Decision
from twinstage.model.canonical import sha256_hex
from twinstage.model.errors import InputError, InputProblem, SafetyError
from twinstage.model.validation import schema_violations
from twinstage.rehearse.approval.asking import request_for
from twinstage.rehearse.approval.evidence import FILES, KEPT, evidence_of
from twinstage.rehearse.approval.record import change_record
from twinstage.rehearse.approval.rules import APPROVED, Counted, decide
from twinstage.rehearse.approval.trail import (
    CONCLUDED,
    DECIDED,
    ENDED,
    PROMOTED,
    REFUSED,
    REQUESTED,
    VOIDED,
    WAITING,
    after,
    entry_of,
    follow,
    refused,
)
from twinstage.world.jsons import get_json, put_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from twinstage.rehearse.approval.rules import Standing
    from twinstage.rehearse.approval.trail import Entry
    from twinstage.world.store import Store

FOLDER = "approval/"
TRAIL = FOLDER + "trail/"
TOKEN = FOLDER + "token.json"
COPIES = FOLDER + "evidence/"
RECORD = "approval.json"
# Longer than any two people quarrel over one line.
ATTEMPTS = 20


@dataclass(frozen=True)
class Said:
    """What came of it."""

    decision: Decision
    standing: Standing
    repeated: bool


class Desk:
    """One run's approval. `results` is the run's part of a store; `clock` says what time it is, RFC 3339 in UTC."""

    def __init__(self, results: Store, clock: Callable[[], str]) -> None:
        self.results, self.clock = results, clock

    def entries(self) -> list[Entry]:
        """The trail's lines, in order. Raises SafetyError where one cannot be read."""
        return [entry_of(self.results.get(key)) for key in self.results.list(TRAIL)]

    def standing(self) -> Standing | None:
        """Where the approval stands; None where nothing was asked. Raises SafetyError where the trail does not hold."""
        return follow(self.entries())

    def ask(self, request: ApprovalRequest) -> Standing:
        """Open the trail with a request. What is asked about is kept beside it. Asking the same again changes nothing. Raises SafetyError where another was asked."""
        entries = self.entries()
        if not entries:
            self._put(after(entries, REQUESTED, request.requested_at, request.document()))
        standing = _asked(self.standing())
        if replace(request, requested_at="", expires_at="") != replace(
            standing.request, requested_at="", expires_at=""
        ):
            raise SafetyError("ASKED", "another approval was asked for in this run", hint="rehearse again")
        for name in KEPT:
            # What is judged once more, and rendered once more, after this is another file.
            self.results.copy(FILES[name], COPIES + FILES[name])
        return standing

    def wait(self, token: str) -> None:
        """The machine waits with `token` from now on. The token itself is kept beside the trail, for whoever decides."""
        put_json(self.results, TOKEN, {"schema": "twinstage:task-token:1", "token": token, "sha256": hashed(token)})
        self._add(WAITING, {"token": hashed(token)})

    def token(self) -> str:
        """The token that the machine waits with. Raises InputError where there is none."""
        if not self.results.exists(TOKEN):
            raise _nothing_asked(TOKEN)
        return str(get_json(self.results, TOKEN)["token"])

    def say(self, by: str, word: str, reason: str = "") -> Said:
        """Decide: `word` is `approve` or `reject`. The same said again by the same person changes nothing.

        Raises SafetyError, with what was seen, what was expected and the way out, where it does not count: the trail keeps that too, while it is open.
        Raises InputError where no approval was asked for, and for words that no line holds.
        """
        _sayable({"decision": word, "by": by, "reason": reason})
        for _ in range(ATTEMPTS):
            entries = self.entries()
            standing = _asked(follow(entries))
            decision = self._decision(standing, by, word, reason)
            found = decide(standing, decision)
            if isinstance(found, Counted):
                if found.repeated or self._put(after(entries, DECIDED, decision.at, decision.document())):
                    return Said(decision, found.standing, found.repeated)
                continue
            if standing.outcome is None and not self._put(
                after(entries, REFUSED, decision.at, refused(decision, found))
            ):
                continue
            details = {"observed": found.observed, "expected": found.expected, "run": standing.request.run}
            message = f"{found.message}: observed {found.observed}; expected {found.expected}"
            raise SafetyError(found.code, message, hint=found.way_out, details=details)
        raise _crowded()

    def end(self, why: str) -> Standing:
        """The machine waits no longer. Gives where it ends: rejected, for the reason given, where nobody had decided."""
        if _asked(self.standing()).outcome is None:
            self._add(ENDED, {"why": why})
        return _asked(self.standing())

    def conclude(self, why: str, *, failed: bool = False) -> Standing:
        """The end of it, for the machine: what nobody decided is rejected, for the reason given, and what was approved is void where the wait `failed`, or what was asked is not what would be asked now.

        The last line of the trail says that the machine took the outcome. Concluding again changes nothing. Raises SafetyError where the results are of no run that asks anybody.
        """
        for _ in range(ATTEMPTS):
            entries = self.entries()
            standing = _asked(follow(entries))
            if standing.concluded:
                return standing
            self._put(after(entries, *self._next(standing, why, failed=failed)))
        raise _crowded()

    def _next(self, standing: Standing, why: str, *, failed: bool) -> tuple[str, str, Mapping[str, Any]]:
        """The line that an approval lacks to its conclusion: its kind, time and body."""
        at = self.clock()
        if standing.outcome is None:
            return ENDED, at, {"why": why}
        if standing.outcome.state == APPROVED:
            if failed:
                return VOIDED, at, {"why": why}
            if changed := self._changed(standing.request):
                return VOIDED, at, {"why": f"what was approved was changed afterwards: {', '.join(changed)}"}
        return CONCLUDED, at, {"state": standing.outcome.state}

    def _changed(self, request: ApprovalRequest, kept: str = "") -> list[str]:
        """The parts of the evidence that are not what was asked about; `request` where they are, and this run would ask otherwise: of others, or of fewer."""
        asked, now = request.evidence.parts, evidence_of(self.results, kept).parts
        changed = [name for name in sorted(asked) if asked[name] != now.get(name)]
        return changed or ["request"] * (request != request_for(self.results, request.requested_at, kept))

    def require_approval(self) -> Standing:
        """Where the approval stands, for whoever goes on with it. Raises SafetyError where it is not an approval of what lies here that the machine took, InputError where nothing was asked."""
        standing = _asked(self.standing())
        outcome = standing.outcome
        if outcome is None or outcome.state != APPROVED or not standing.concluded:
            told = f"{outcome.state}: {outcome.reason}" if outcome else "nobody has decided yet"
            told += "" if outcome is None or standing.concluded else ", and the run did not end with it"
            raise SafetyError("NOT_APPROVED", f"people have to approve this change: {told}", hint="rehearse again")
        if changed := self._changed(standing.request, COPIES):
            message = f"what was approved is not what lies here: {', '.join(changed)}"
            raise SafetyError("OTHER_EVIDENCE", message, hint="take another copy of the run, or rehearse again")
        return standing

    def promoted(self, body: Mapping[str, Any]) -> None:
        """Note what became of the approved change in production: `outcome`, `by` and more. The same said again changes nothing, nor does anything where nobody was asked."""
        if self.standing() is None:
            return
        self.require_approval()
        last = self.entries()[-1]
        if last.kind != PROMOTED or last.body != body:
            self._add(PROMOTED, body)
        self.file()

    def file(self) -> dict[str, Any]:
        """Write `approval.json`, the record for other systems, and the trail as one file; gives the record."""
        entries = self.entries()
        record = change_record(_asked(follow(entries)), entries, self._change())
        self.results.put(FOLDER + "trail.jsonl", b"".join(entry.line() + b"\n" for entry in entries))
        put_json(self.results, RECORD, record)
        return record

    def _change(self) -> Mapping[str, Any]:
        change = get_json(self.results, "input/scenario.json").get("change", {})
        return {"summary": change.get("summary", ""), "functions": sorted(change.get("functions", {}))}

    def _decision(self, standing: Standing, by: str, word: str, reason: str) -> Decision:
        token = self.token() if self.results.exists(TOKEN) else ""
        return Decision(
            run=str(get_json(self.results, "input/run.json")["run"]),
            request=standing.request.digest,
            token=hashed(token) if token else "",
            evidence=evidence_of(self.results),
            decision=word,
            by=by,
            at=self.clock(),
            reason=reason,
        )

    def _add(self, kind: str, body: Mapping[str, Any]) -> None:
        for _ in range(ATTEMPTS):
            if self._put(after(self.entries(), kind, self.clock(), body)):
                return
        raise _crowded()

    def _put(self, entry: Entry) -> bool:
        return self.results.put_new(f"{TRAIL}{entry.n:06d}.json", entry.line() + b"\n")


def _sayable(said: Mapping[str, str]) -> None:
    """Raises InputError with every part that the form of a decision has no room for: such a line would break the trail for everybody."""
    violations = schema_violations("approval-decision", said)
    problems = [(place, message) for place, message in violations if place]
    problems += [(f"/{name}", "is not text") for name, text in said.items() if _half(text)]
    if problems:
        raise InputError([InputProblem("decision", 0, *each, "say it shorter, in plain text") for each in problems])


def _half(text: str) -> bool:
    """Whether there is half a character in a text: what a terminal sent was not UTF-8."""
    return any(unicodedata.category(letter) == "Cs" for letter in text)


def hashed(token: str) -> str:
    """The SHA-256 of a task token: the trail names a token by it."""
    return f"sha256:{sha256_hex(token.encode())}"


def _asked(standing: Standing | None) -> Standing:
    if standing is None:
        raise _nothing_asked(TRAIL)
    return standing


def _nothing_asked(key: str) -> InputError:
    return InputError(
        [
            InputProblem(
                key,
                0,
                "",
                "no approval was asked for in this run",
                "the scenario needs an `approval` section, and the run a verdict APPROVED",
            )
        ]
    )


def _crowded() -> SafetyError:
    return SafetyError("CROWDED", "others write to the audit trail all the time", hint="try again")
