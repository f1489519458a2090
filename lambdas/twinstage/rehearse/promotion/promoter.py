"""A promotion, carried out: versions are published, the alias is shifted in steps and watched at each, record sets follow; where it goes wrong, all of it goes back.

What was begun is known from the journal, and what is done from production itself: a promotion that was killed at any place goes on, or goes back.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from twinstage.model.errors import SafetyError
from twinstage.rehearse.promotion.functions import FunctionWork
from twinstage.rehearse.promotion.journal import BEGAN, DID, ENDS, PROMOTED, RETURNED, STOPPED, WATCHED
from twinstage.rehearse.promotion.parties import LOOK, Stopped, require_unmoved
from twinstage.rehearse.promotion.records import RecordsWork
from twinstage.rehearse.promotion.rules import WHOLE
from twinstage.rehearse.promotion.verified import require_guards, require_time
from twinstage.rehearse.promotion.watch import watch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.rehearse.promotion.journal import Began
    from twinstage.rehearse.promotion.order import Order
    from twinstage.rehearse.promotion.parties import Parties
    from twinstage.rehearse.promotion.rules import Choices

BEFORE: Final = timedelta(hours=1)
"""How long before a promotion the version that served is looked at, too."""


@dataclass(frozen=True)
class Outcome:
    """What it came to: `promoted`, `stopped` (and returned by itself) or `returned`. `versions`: function -> the version that was published. `repeated`: it was so already."""

    outcome: str
    why: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    repeated: bool = False


class Promoter:
    """Carries one order out. `packages` are the new packages by function. Nothing here is done twice, however often it is called."""

    def __init__(
        self, order: Order, packages: Mapping[str, bytes], choices: Choices, parties: Parties, by: str
    ) -> None:
        self.order, self._packages, self._choices, self._by = order, packages, choices, by
        self._parties, self._journal = parties, parties.journal
        self._records = RecordsWork(order.records, parties)

    def promote(self) -> Outcome:
        """Promote, or go on with it; a promotion that was stopped only goes back. Raises SafetyError where it is refused."""
        began = self._journal.began
        if began is not None and self._journal.outcome == PROMOTED and self._same(began):
            return Outcome(PROMOTED, "it was promoted before", self._versions(), repeated=True)
        if began is None or self._journal.outcome in ENDS:
            began = self._begin()
        else:
            self._require_same(began)
            for body in self._journal.said(STOPPED):
                return self._return(began, "stopped", str(body["why"]))
            self._require_guards()
            # Of what nothing is done nothing was watched either, and nothing is let through, whatever the journal says: nobody signs it.
            if self._untouched():
                began = self._begin()
        try:
            self._go(began)
        except Stopped as stop:
            return self._stop(began, stop.message)
        except SafetyError as refused:
            if refused.code != "PRODUCTION_MOVED":
                raise
            return self._stop(began, refused.message)
        self._note(began, PROMOTED, "")
        self._journal.add(PROMOTED)
        return Outcome(PROMOTED, "", self._versions())

    def back(self) -> Outcome:
        """Take it back, wherever it is."""
        began = self._journal.began
        if began is None or self._journal.outcome == RETURNED:
            return Outcome(RETURNED, "there is nothing to take back", repeated=True)
        self._require_same(began)
        why = "it was taken back by hand"
        # So that a way back that is killed is not gone forward again.
        if not any(self._journal.said(STOPPED)):
            self._journal.add(STOPPED, why=why)
        return self._return(began, RETURNED, why)

    def _stop(self, began: Began, why: str) -> Outcome:
        self._parties.say(f"stopped: {why}")
        self._journal.add(STOPPED, why=why)
        return self._return(began, "stopped", why)

    def _begin(self) -> Began:
        """Look at everything before anything is done; then note that it begins."""
        require_time(self.order, self._parties.clock().strftime("%Y-%m-%dT%H:%M:%SZ"))
        self._require_guards()
        versions = {work.name: work.first_version() for work in self._works(self._choices.alias)}
        require_unmoved(self._records.not_captured(), "the record sets that the snapshot has")
        self._require_alias_only()
        self._journal.add(
            BEGAN, order=self.order.digest, alias=self._choices.alias, versions=versions, by=self._by,
            steps=list(self._choices.steps), back="twinstage promote RUN --back",
        )  # fmt: skip
        began = self._journal.began
        assert began is not None  # noqa: S101  it was just written
        return began

    def _same(self, began: Began) -> bool:
        return (began.order, began.alias) == (self.order.digest, self._choices.alias)

    def _require_same(self, began: Began) -> None:
        if not self._same(began):
            observed, expected = f"{began.order} at {began.alias}", f"{self.order.digest} at {self._choices.alias}"
            details = {"observed": observed, "expected": expected}
            message = f"another promotion is under way: observed {observed}; expected {expected}"
            raise SafetyError("OTHER_EVIDENCE", message, hint="give its alias, and `--back`", details=details)

    def _untouched(self) -> bool:
        """Whether production is wholly as it was captured."""
        works = self._works(self._choices.alias)
        return all(work.untouched() for work in works) and not any(self._records.not_captured())

    def _require_guards(self) -> None:
        require_guards(self.order)
        if self.order.tables and "tables" not in self._choices.allow:
            named = ", ".join(self.order.tables)
            hint = "apply their schemas as you deploy tables; then give --allow tables"
            details = {"observed": named, "expected": "no table changes"}
            message = (
                f"tables are not promoted by this tool: observed changes of {named}; expected none, or --allow tables"
            )
            raise SafetyError("GUARD", message, hint=hint, details=details)

    def _require_alias_only(self) -> None:
        """Whoever names no alias would get the new code at once."""
        if "unqualified" in self._choices.allow:
            return
        since = self._parties.clock() - BEFORE
        counted = {each.name: self._parties.watching.unqualified(each.name, since) for each in self.order.functions}
        if called := [f"{name} {counts.invocations} times" for name, counts in counted.items() if counts.invocations]:
            observed = f"in the last hour {', '.join(called)}"
            details = {"observed": observed, "expected": "invocations of the alias only"}
            hint = f"have callers name the alias {self._choices.alias}, or give --allow unqualified"
            message = f"somebody invokes without an alias, and would get the new code at once: observed {observed}; expected invocations of the alias only"
            raise SafetyError("GUARD", message, hint=hint, details=details)

    def _go(self, began: Began) -> None:
        works = self._works(began.alias)
        new = {work.name: work.publish(self._packages.get(work.name)) for work in works}
        shifted = [work for work in works if new[work.name] != began.versions[work.name]]
        seen = {str(body["after"]) for body in self._journal.said(WATCHED)}
        for share in self._choices.steps if shifted else ():
            if f"{share} %" not in seen:
                for work in shifted:
                    work.route(began.versions[work.name], new[work.name], share)
                self._parties.say(f"{share} % of {began.alias}: {', '.join(work.name for work in shifted)}")
                self._watch(began, new, f"{share} %", each=share == WHOLE)
        # What was watched by the journal need not be what serves.
        for work in shifted:
            work.route(began.versions[work.name], new[work.name], WHOLE)
        self._records.forward()
        if self.order.records and shifted and "records" not in seen:
            self._parties.say(f"record sets of {', '.join(order.zone for order in self.order.records)} are changed")
            self._watch(began, new, "records", each=False)

    def _watch(self, began: Began, new: Mapping[str, str], after: str, *, each: bool) -> None:
        pairs = {
            name: (began.versions[name], version) for name, version in new.items() if version != began.versions[name]
        }
        counted = watch(pairs, began, self._choices, self._parties, each=each)
        self._journal.add(WATCHED, after=after, **counted)

    def _return(self, began: Began, outcome: str, why: str) -> Outcome:
        """Take back what is done, the last first. Raises SafetyError, with what was left, where somebody else's doing is in the way."""
        left = list(self._records.back())
        versions = self._versions()
        for work in reversed(self._works(began.alias)):
            left += work.back(began.versions[work.name], versions.get(work.name))
        if left:
            observed = "; ".join(left)
            details = {"observed": observed, "expected": "production as this promotion left it"}
            raise SafetyError(
                "NOT_BACK", f"not everything could be taken back: observed {observed}", hint=LOOK, details=details
            )
        self._parties.say("everything is back where it was")
        self._note(began, outcome, why)
        self._journal.add(RETURNED, outcome=outcome, why=why)
        return Outcome(outcome, why, versions)

    def _note(self, began: Began, outcome: str, why: str) -> None:
        """Before the journal's last line: where this is the last thing that was done, it is done again."""
        body = {"outcome": outcome, "why": why, "by": self._by, "order": self.order.digest}
        self._parties.note({**body, "began": began.at.strftime("%Y-%m-%dT%H:%M:%SZ")})

    def _works(self, alias: str) -> list[FunctionWork]:
        description = f"twinstage {self.order.head['run']} {self.order.digest}"
        return [FunctionWork(each, alias, self._parties, description) for each in self.order.functions]

    def _versions(self) -> dict[str, str]:
        """Function -> the version that this promotion published."""
        return {body["subject"]: body["version"] for body in self._journal.said(DID) if body["what"] == "publish"}
