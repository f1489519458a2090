"""What a twin has otherwise than production: each with its reason, none left unsaid."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Substitution:
    """One field of one thing that is not production's, and why. `service` is AWS's name of the service in an SDK."""

    service: str
    subject: str
    field: str
    reason: str

    def document(self) -> dict[str, str]:
        """As `fidelity.json` lists it."""
        return {"service": self.service, "subject": self.subject, "field": self.field, "reason": self.reason}
