"""What an audit found, as a value and as the document of `twinstage schema audit`."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from twinstage.isolation.audit.identity import Identity, Profile
    from twinstage.isolation.audit.rule import Finding, Rule

SCHEMA = "twinstage:audit:1"
_WEAKNESSES = {
    "one-account": (
        (
            "production and its twins share one account: names and zone ids alone tell them apart, so that what is allowed on * "
            "(log deliveries, traces, lists of zones and networks) reaches production's too"
        ),
        "endpoint policies pin the account, which is production's as well",
        "a stolen credential of the account's administrators reaches both",
    ),
    "two-accounts": (),
}
_ALWAYS = (
    (
        "functions run outside the twin's VPC, since Route 53's API has no confirmed private endpoint: their roles and the boundary "
        "hold them, their network does not"
    ),
)


@dataclass(frozen=True)
class Violation:
    """One finding of one rule, in one file. `line` is 0 where nothing is known."""

    rule: Rule
    finding: Finding
    file: str
    line: int = 0

    def document(self) -> dict[str, Any]:
        """As JSON."""
        found = asdict(self.finding)
        return {
            "rule": self.rule.code,
            "title": self.rule.title,
            **{name: found[name] for name in ("resource", "role", "action", "witness", "message")},
            "mend": self.rule.mend,
            "file": self.file,
            "line": self.line,
            "pointer": self.finding.pointer,
        }


@dataclass(frozen=True)
class Audited:
    """What was found in one template: `statements` of IAM and `resources` were looked at, in `proof_ms`."""

    file: str
    identity: Identity
    violations: tuple[Violation, ...]
    statements: int
    resources: int
    proof_ms: float

    def document(self) -> dict[str, Any]:
        """As JSON, its violations counted."""
        return {
            "file": self.file,
            "stack": self.identity.kind,
            "run": self.identity.run,
            "account": self.identity.account,
            "statements": self.statements,
            "resources": self.resources,
            "violations": len(self.violations),
            "proof_ms": round(self.proof_ms, 1),
        }


@dataclass(frozen=True)
class AuditReport:
    """What was found in all templates, in their order. `proven` where nothing was."""

    audited: tuple[Audited, ...]
    actions: str

    @property
    def violations(self) -> tuple[Violation, ...]:
        """Of all templates, by template, then by rule."""
        return tuple(violation for each in self.audited for violation in each.violations)

    @property
    def proven(self) -> bool:
        """Whether no rule found anything."""
        return not self.violations

    @property
    def profile(self) -> Profile:
        """The weakest of the templates': one that does not know production's account knows no more than one account."""
        profiles: set[Profile] = {each.identity.profile for each in self.audited}
        return "two-accounts" if profiles == {"two-accounts"} else "one-account"

    @property
    def weaknesses(self) -> tuple[str, ...]:
        """What this profile does not prove."""
        return (*_WEAKNESSES[self.profile], *_ALWAYS)

    def document(self) -> dict[str, Any]:
        """As JSON: see `twinstage schema audit`."""
        return {
            "schema": SCHEMA,
            "profile": self.profile,
            "proven": self.proven,
            "violations": [violation.document() for violation in self.violations],
            "weaknesses": list(self.weaknesses),
            "statements": sum(each.statements for each in self.audited),
            "resources": sum(each.resources for each in self.audited),
            "proof_ms": round(sum(each.proof_ms for each in self.audited), 1),
            "action_table": self.actions,
            "templates": [each.document() for each in self.audited],
        }
