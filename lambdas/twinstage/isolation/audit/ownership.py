"""The form in which it is said what belongs to whom."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from twinstage.isolation.policy.operators import Operator

if TYPE_CHECKING:
    from twinstage.isolation.policy.document import Statement

_POSITIVE = (Operator("StringEquals"), Operator("StringLike"))


@dataclass(frozen=True)
class Condition:
    """A condition that a statement must have for what it allows to be one's own: on `key` (in lower case), every value as the pattern says.

    Only StringEquals and StringLike count, without IfExists and without a quantifier: a request without the key does not match them. That the action has the key
    at all is a rule of its own, by the action table.
    """

    key: str
    values: str

    def holds(self, statement: Statement) -> bool:
        """Whether a statement has it."""
        return any(
            each.operator in _POSITIVE
            and each.key == self.key
            and all(re.fullmatch(self.values, value) for value in each.values)
            for each in statement.conditions
        )


@dataclass(frozen=True)
class Own:
    """Actions of one service on ARNs (patterns with `*`, in which the identity is filled in). `why` says why that is no way out.

    `condition` must be in the statement; `apart` says that it holds only where production has an account of its own.
    """

    service: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    why: str
    condition: Condition | None = None
    apart: bool = False
