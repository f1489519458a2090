"""Nothing is deployed that the isolation proof finds a way out of."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from twinstage.isolation.audit.prove import audit
from twinstage.isolation.audit.reading import read_templates
from twinstage.model.errors import SafetyError

if TYPE_CHECKING:
    from pathlib import Path

    from twinstage.isolation.audit.report import AuditReport

MOST_TOLD = 5


def proven(assembly: Path, stack: str) -> AuditReport:
    """The proof of one stack of an assembly. Raises SafetyError with what leads out of it."""
    file = f"{stack}.template.json"
    templates = [template for template in read_templates(assembly) if template.file.endswith(file)]
    report = audit(templates, clock=time.process_time)
    if not templates or not report.proven:
        found = [f"{each.rule.code} {each.finding.pointer}: {each.finding.message}" for each in report.violations]
        more = [f"and {len(found) - MOST_TOLD} more"] if len(found) > MOST_TOLD else []
        raise SafetyError(
            "NOT_ISOLATED",
            "\n  ".join([f"{stack} is not proven isolated, and is not deployed:", *found[:MOST_TOLD], *more]),
            hint=f"twinstage audit {assembly / file} tells why, and how to mend it",
            details={"violations": [each.document() for each in report.violations]},
        )
    return report
