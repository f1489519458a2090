"""What a rehearsal shows of its isolation while it runs, and the findings that follow.

(a) production is what it was; (b) production's account saw capture calls only; (c) nothing of our own was refused, so that the rights
are sufficient, as the audit and the drill show that they are tight; (d) the drill was refused everything. Whatever of these is not
shown is evidence that fails: such a run is never approved.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from twinstage.model.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from twinstage.isolation.drill.outcomes import Drill

SCHEMA = "twinstage:isolation:1"
SHOWN = 20


@dataclass(frozen=True)
class Access:
    """One decision of the gate. `account` is the caller's, `owner` its user's or role's ARN, `resource_account` the resource's."""

    account: str
    owner: str
    action: str
    resource: str
    resource_account: str
    allowed: bool
    why: str

    def document(self) -> dict[str, str]:
        """As an entry of `isolation.json`."""
        return {"principal": self.owner, "action": self.action, "resource": self.resource, "why": self.why}


@dataclass(frozen=True)
class Parties:
    """Who is who in a rehearsal's log. Role names, and the two accounts."""

    production: str
    twin: str
    run: str
    capture_role: str
    capture_function: str
    operator: str
    drill: str
    arms: tuple[str, ...]

    def is_capture(self, access: Access) -> bool:
        """Whether a call in production's account is one that capture makes: as its role, as its function, or asking for either."""
        if access.owner in (self._role(self.capture_role), self._role(self.capture_function)):
            return True
        if access.action in ("sts:AssumeRole", "sts:TagSession"):
            return access.resource == self._role(self.capture_role)
        asks = access.owner == f"arn:aws:iam::{self.production}:user/{self.operator}"
        return (
            asks and access.action == "lambda:InvokeFunction" and access.resource.endswith(f":{self.capture_function}")
        )

    def is_drill(self, access: Access) -> bool:
        """Whether the drill made the call."""
        return access.owner == f"arn:aws:iam::{self.twin}:role/{self.drill}"

    def is_clone(self, access: Access) -> bool:
        """Whether a clone of production's functions made the call: what it lacks was withheld from it on purpose."""
        name = access.owner.partition(f"arn:aws:iam::{self.twin}:role/")[2]
        return any(name.startswith(f"twin-{self.run}-{arm}-") for arm in self.arms)

    def _role(self, name: str) -> str:
        return f"arn:aws:iam::{self.production}:role/{name}"


@dataclass
class Tally:
    """The gate's log, taken one decision at a time, in bounded memory. Each list holds distinct decisions, SHOWN at most."""

    parties: Parties
    decisions: int = 0
    production_calls: int = 0
    foreign: dict[Access, int] = field(default_factory=dict)
    denied: dict[Access, int] = field(default_factory=dict)
    withheld: dict[Access, int] = field(default_factory=dict)

    def add(self, access: Access) -> None:
        """Take one decision."""
        self.decisions += 1
        if self.parties.is_drill(access):
            return
        if not access.allowed:
            _count(self.withheld if self.parties.is_clone(access) else self.denied, access)
        elif self.parties.production in (access.account, access.resource_account):
            self.production_calls += 1
            if not self.parties.is_capture(access):
                _count(self.foreign, access)


def _count(seen: dict[Access, int], access: Access) -> None:
    if access in seen or len(seen) < SHOWN:
        seen[access] = seen.get(access, 0) + 1


@dataclass(frozen=True)
class Evidence:
    """Everything there is. `before`, `after`: production's digests by what was digested; `audit`: the audit's document, where one was made."""

    profile: str
    before: Mapping[str, str]
    after: Mapping[str, str]
    tally: Tally
    drill: Drill
    audit: Mapping[str, Any] | None = None

    def document(self) -> dict[str, Any]:
        """`isolation.json`: no time and no duration, so that equal rehearsals give equal bytes."""
        tally = self.tally
        return {
            "schema": SCHEMA,
            "profile": self.profile,
            "production_unchanged": self.unchanged,
            "before": dict(self.before),
            "after": dict(self.after),
            "production_saw": {"capture_only": not tally.foreign, "others": _listed(tally.foreign)},
            "own_calls_denied": _listed(tally.denied),
            "withheld_from_clones": _listed(tally.withheld),
            "drill": self.drill.document(),
            "audit": dict(self.audit) if self.audit is not None else None,
            "findings": [finding.document() for finding in findings(self)],
        }

    @property
    def unchanged(self) -> bool | None:
        """Whether production's digests are equal; None where nothing was digested."""
        return dict(self.before) == dict(self.after) if self.before else None


def _listed(seen: Mapping[Access, int]) -> list[dict[str, Any]]:
    ordered = sorted(seen, key=lambda access: (access.owner, access.action, access.resource))
    return [access.document() for access in ordered]


def findings(evidence: Evidence) -> list[Finding]:
    """One finding a claim, and one for the audit where there was one. Each counts as evidence: none of them can reject, and any can prevent approval."""
    return [*_findings(evidence)]


def _findings(evidence: Evidence) -> Iterator[Finding]:
    tally, drill = evidence.tally, evidence.drill
    changed = sorted(name for name in evidence.before if evidence.before[name] != evidence.after.get(name))
    message = "production is what it was" if not changed else f"production changed: {', '.join(changed)}"
    yield _finding("isolation-production", evidence.unchanged, message, changed)
    message = "production's account saw capture calls only"
    if tally.foreign:
        message = f"production's account saw other calls than capture's: {_told(tally.foreign)}"
    yield _finding("isolation-capture-only", not tally.foreign, message, _listed(tally.foreign))
    message = "no call of our own was refused"
    if tally.denied:
        message = f"calls of our own were refused: {_told(tally.denied)}"
    yield _finding("isolation-least-privilege", not tally.denied, message, _listed(tally.denied))
    yield _drill(drill)
    if evidence.audit is not None:
        proven = bool(evidence.audit["proven"])
        violations = len(evidence.audit["violations"])
        message = f"the twin's template is proven isolated ({evidence.profile})"
        told = message if proven else f"the twin's template lets {violations} things out"
        yield _finding("isolation-audit", proven, told, [])


def _drill(drill: Drill) -> Finding:
    count = len(drill.attempts)
    message = f"all {count} attempts on production, other runs and the twin's own limits were refused"
    if drill.succeeded:
        message = f"{len(drill.succeeded)} of {count} attempts came through: {', '.join(o.attempt.name for o in drill.succeeded[:SHOWN])}"
    elif drill.unproven:
        names = ", ".join(f"{o.attempt.name} ({o.error})" for o in drill.unproven[:SHOWN])
        message = f"{len(drill.unproven)} calls of the drill were stopped by something else than a refusal: {names}"
    elif not count:
        message = "there was no drill"
    return _finding("isolation-drill", drill.passed, message, [o.document() for o in drill.succeeded])


def _finding(check: str, passed: bool | None, message: str, shown: list[Any]) -> Finding:
    return Finding(check, "evidence", passed, message, evidence={"found": shown} if shown else {})


def _told(seen: Iterable[Access]) -> str:
    first = sorted({f"{access.action} by {access.owner.rpartition(':')[2]}" for access in seen})
    return ", ".join(first[:SHOWN])
