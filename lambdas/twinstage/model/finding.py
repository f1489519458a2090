"""Findings: a check's result with its evidence; and the verdict they add up to."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Criterion = Literal["evidence", "consistency", "performance", "safety"]
Arm = Literal["baseline", "candidate"]


class Verdict(StrEnum):
    """The three answers a rehearsal can give."""

    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    INCONCLUSIVE = "INCONCLUSIVE"


@dataclass(frozen=True)
class Finding:
    """A check's result.

    `passed` is None where the check could not be decided. `counts` says whether it bears on the verdict: what the baseline breaks is
    shown, not counted. `evidence` holds no wall time and no run id, so that equal rehearsals give equal findings.
    """

    check: str
    criterion: Criterion
    passed: bool | None
    message: str
    arm: Arm | None = None
    counts: bool = True
    evidence: Mapping[str, Any] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """As one entry of `findings.json`."""
        return {
            "check": self.check,
            "criterion": self.criterion,
            "arm": self.arm,
            "passed": self.passed,
            "counts": self.counts,
            "message": self.message,
            "evidence": dict(self.evidence),
        }


def finding_of(document: Mapping[str, Any]) -> Finding:
    """The inverse of `Finding.document`."""
    return Finding(**document)


def weigh(findings: Iterable[Finding]) -> Verdict:
    """The verdict over all findings.

    Missing or wrong evidence never rejects: it makes the run INCONCLUSIVE whatever else was found, since a violation seen through broken
    evidence proves nothing. Whole evidence alone approves nothing either: some counting check of a criterion must have passed.
    """
    counting = [f for f in findings if f.counts]
    if not counting or any(f.criterion == "evidence" and f.passed is not True for f in counting):
        return Verdict.INCONCLUSIVE
    if any(f.passed is False for f in counting):
        return Verdict.REJECTED
    judged = any(f.criterion != "evidence" for f in counting)
    return Verdict.APPROVED if judged and all(f.passed for f in counting) else Verdict.INCONCLUSIVE
