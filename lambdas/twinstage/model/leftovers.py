"""What of a twin stands in an account, and by what each thing is known to be a twin's: its name, its run tag, or a ledger."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

STACK_PREFIX = "twinstage-twin-"
STATE_MACHINE = "AWS::StepFunctions::StateMachine"
TTL_TAG = "twinstage:ttl-hours"
"""How long a twin may live, in hours from the creation of its stack."""

FUNCTION_LOGS, MACHINE_LOGS = "/aws/lambda/", "/aws/vendedlogs/states/"
_RUN = "(?P<run>[a-z0-9-]{1,20}?)"
# Arms first, and the shortest run that fits: no run id contains an arm's name. A state of the machine begins with a capital, which no run id has.
_OWN = re.compile(rf"twin-{_RUN}-(?:(?:baseline|candidate)-.+|ledger|boundary|machine|recorder|[A-Z][A-Za-z]+)")
_MACHINE = re.compile(f"twin-{_RUN}")


@dataclass(frozen=True, order=True)
class Thing:
    """One deployed resource: CloudFormation's type name and physical id, its own name ("" where the service gives it an id only), the run that its tag names ("" for none)."""

    kind: str
    id: str
    name: str = ""
    tagged: str = ""

    def document(self) -> dict[str, Any]:
        """As ledgers and reports carry it."""
        return {"kind": self.kind, "id": self.id} | ({"name": self.name} if self.name else {})


def thing_of(document: Mapping[str, Any]) -> Thing:
    """The inverse of `Thing.document`."""
    return Thing(document["kind"], document["id"], document.get("name", ""))


@dataclass(frozen=True, order=True)
class RunStack:
    """A twin's stack that stands, in whatever status. `ttl_hours` is None where its tag says nothing that can be read; `created_s` counts from the epoch."""

    run: str
    name: str
    status: str
    created_s: float
    ttl_hours: float | None


def run_in_name(kind: str, name: str) -> str | None:
    """The run whose twin a thing is, by its name; None for what no twin is called.

    Only whole names that a twin's construct gives: `twin-peaks` is nobody's twin, and neither is the role `twin-capture`.
    """
    if kind == STATE_MACHINE:
        found = _MACHINE.fullmatch(name)
    elif kind == "AWS::Logs::LogGroup" and name.startswith(MACHINE_LOGS):
        found = _MACHINE.fullmatch(name.removeprefix(MACHINE_LOGS))
    elif kind == "AWS::Logs::LogGroup":
        found = _OWN.fullmatch(name.removeprefix(FUNCTION_LOGS)) if name.startswith(FUNCTION_LOGS) else None
    else:
        found = _OWN.fullmatch(name)
    return found["run"] if found else None
