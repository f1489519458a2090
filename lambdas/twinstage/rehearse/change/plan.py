"""A plan: every single change, what guards say of all of them together, and the digest by which a rehearsal or a promotion knows it again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal

from twinstage.model.canonical import canonical_json, digest
from twinstage.model.errors import InputError, InputProblem

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

SCHEMA_ID: Final = "twinstage:plan:1"
Kind = Literal["function", "record", "table", "contract", "resource"]
Action = Literal["add", "change", "remove"]
Category = Literal["breaking", "non-breaking", "undecided"]
"""`breaking`: something that works now will not. `undecided`: nothing that is known before it runs says so or the opposite."""


@dataclass(frozen=True)
class PlannedChange:
    """One change of one thing. `place` is where in the subject: a file, a variable, a JSON pointer.

    `forward_only` is a dimension of its own: what cannot be taken back without loss, whether it breaks anything or not. `rollback_s`: for how long caches show
    the change after it was taken back, in seconds; None where nothing caches it, or nobody knows.
    """

    kind: Kind
    subject: str
    action: Action
    category: Category
    reason: str
    before: Any = None
    after: Any = None
    place: str = ""
    forward_only: bool = False
    rollback_s: int | None = None

    def document(self) -> dict[str, Any]:
        """As one entry of `plan.json`."""
        return {
            "kind": self.kind,
            "subject": self.subject,
            "place": self.place,
            "action": self.action,
            "category": self.category,
            "forward_only": self.forward_only,
            "rollback_s": self.rollback_s,
            "reason": self.reason,
            "before": self.before,
            "after": self.after,
        }


@dataclass(frozen=True)
class Guard:
    """A question to a whole change whose wrong answer stops it: what was seen, the most that passes, the way out.

    `allowed`: whoever planned it lets it through all the same. `final`: nobody can.
    """

    id: str
    observed: str
    limit: str
    passed: bool
    way_out: str
    allowed: bool = False
    final: bool = False

    @property
    def refuses(self) -> bool:
        """Whether the change stops here."""
        return not (self.passed or self.allowed)

    def document(self) -> dict[str, Any]:
        """As one entry of `plan.json`."""
        return {
            "guard": self.id,
            "observed": self.observed,
            "limit": self.limit,
            "passed": self.passed,
            "allowed": self.allowed,
            "way_out": "" if self.passed else self.way_out,
        }


@dataclass(frozen=True)
class Plan:
    """A change as a whole. `against` is the digest of the state it was planned against; `made_of` maps each thing it is made of to its digest.

    `announced`: whoever relies on what breaks was told by a higher major version. Changes are in an order that does not depend on that of files.
    """

    subject: str
    against: str
    made_of: Mapping[str, str]
    changes: tuple[PlannedChange, ...]
    guards: tuple[Guard, ...] = ()
    announced: bool = False

    @property
    def breaking(self) -> bool:
        """Whether something breaks for somebody who was not told."""
        return not self.announced and any(change.category == "breaking" for change in self.changes)

    @property
    def refusing(self) -> tuple[Guard, ...]:
        """The guards that stop it."""
        return tuple(guard for guard in self.guards if guard.refuses)

    @cached_property
    def digest(self) -> str:
        """`sha256:<hex>` of everything else in the document: another byte of code, batch or template, or another state, is another plan."""
        return digest(self._content())

    def document(self) -> dict[str, Any]:
        """`plan.json`."""
        return {**self._content(), "digest": self.digest}

    def _content(self) -> dict[str, Any]:
        return {
            "schema": SCHEMA_ID,
            "subject": self.subject,
            "against": self.against,
            "made_of": dict(sorted(self.made_of.items())),
            "breaking": self.breaking,
            "announced": self.announced,
            "changes": [change.document() for change in self.changes],
            "guards": [guard.document() for guard in self.guards],
        }


def plan_of(
    subject: str,
    *,
    against: str,
    made_of: Mapping[str, str],
    changes: Iterable[PlannedChange],
    guards: Iterable[Guard] = (),
    allow: Collection[str] = (),
    announced: bool = False,
) -> Plan:
    """A plan of these changes, with the guards of `allow` let through.

    Raises InputError for a guard that this plan does not have, or that nobody can let through.
    """
    found = tuple(guards)
    problems = [
        InputProblem("--allow", 0, "", *_why_not(name, found))
        for name in sorted(set(allow))
        if not any(guard.id == name and not guard.final for guard in found)
    ]
    if problems:
        raise InputError(problems)
    decided = tuple(
        replace(guard, allowed=True) if guard.id in allow and not guard.passed else guard for guard in found
    )
    return Plan(subject, against, made_of, tuple(sorted(changes, key=_order)), decided, announced)


def _why_not(name: str, guards: tuple[Guard, ...]) -> tuple[str, str]:
    known = ", ".join(guard.id for guard in guards if not guard.final) or "none"
    if any(guard.id == name for guard in guards):
        return f"the guard {name} cannot be let through", "mend the change itself"
    return f"this plan has no guard {name}", f"its guards that may be let through: {known}"


def _order(change: PlannedChange) -> tuple[str, str, str, bytes]:
    return change.kind, change.subject, change.place, canonical_json(change.document())
