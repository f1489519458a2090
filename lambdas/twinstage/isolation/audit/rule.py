"""What a rule is, and what it finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from twinstage.isolation.audit.subject import Subject


@dataclass(frozen=True)
class Finding:
    """One place that breaks a rule. `resource` is a logical id, empty for the template as a whole; `role`, `action` and `witness` where IAM is what leads out."""

    pointer: str
    message: str
    resource: str = ""
    role: str = ""
    action: str = ""
    witness: str = ""


@dataclass(frozen=True)
class Rule:
    """`code` never changes its meaning. `title` says what holds, `why` what happens where it does not, `mend` the way out."""

    code: str
    title: str
    why: str
    mend: str
    check: Callable[[Subject], Iterable[Finding]]
