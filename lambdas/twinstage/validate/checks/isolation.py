"""What was found of the isolation while a twin ran, put into a verdict that was reached inside it.

A twin cannot judge what stands around it: these findings come after its own. They are evidence, so that one that fails makes the run
INCONCLUSIVE whatever else was found.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.model.finding import Finding, finding_of, weigh
from twinstage.world.jsons import get_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from twinstage.world.store import Store

FILE = "isolation.json"


def isolation_findings(results: Store) -> list[Finding]:
    """What a run's `isolation.json` found; nothing where the run was not watched. A file that cannot be read decides nothing."""
    if not results.exists(FILE):
        return []
    try:
        return [finding_of(document) for document in get_json(results, FILE)["findings"]]
    except (KeyError, TypeError, ValueError) as error:
        return [Finding("isolation", "evidence", None, f"{FILE} cannot be read: {type(error).__name__}: {error}")]


def merged(reached: Sequence[Finding], isolation: Sequence[Finding]) -> list[Finding]:
    """All findings in the order of a verdict: the evidence of the twin, that of its isolation, and then the criteria."""
    evidence = [finding for finding in reached if finding.criterion == "evidence"]
    return [*evidence, *isolation, *(finding for finding in reached if finding.criterion != "evidence")]


def with_isolation(verdict: Mapping[str, Any], isolation: Sequence[Finding]) -> dict[str, Any]:
    """A verdict's document with these findings among its own, weighed anew."""
    findings = merged([finding_of(document) for document in verdict["findings"]], isolation)
    return {
        **verdict,
        "verdict": str(weigh(findings)),
        "findings": [finding.document() for finding in findings],
    }
