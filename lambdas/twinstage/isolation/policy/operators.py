"""Condition operators by name.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Quantifier = Literal["", "ForAllValues", "ForAnyValue"]
BASES = (
    "StringEquals",
    "StringEqualsIgnoreCase",
    "StringLike",
    "NumericEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "DateEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "Bool",
    "BinaryEquals",
    "IpAddress",
    "ArnEquals",
    "ArnLike",
    "Null",
)
# The operators that have a negated form, under the name of that form.
_NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
    "NotIpAddress": "IpAddress",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
}
_IF_EXISTS = "IfExists"


@dataclass(frozen=True)
class Operator:
    """`base` is the operator that compares one value (`StringLike`); the rest says how its answers are put together."""

    base: str
    negated: bool = False
    if_exists: bool = False
    quantifier: Quantifier = ""

    def __str__(self) -> str:
        names = {base: name for name, base in _NEGATED.items()}
        name = names[self.base] if self.negated else self.base
        prefix = f"{self.quantifier}:" if self.quantifier else ""
        return prefix + name + (_IF_EXISTS if self.if_exists else "")


def parse_operator(written: str) -> Operator | None:
    """`ForAnyValue:StringNotLikeIfExists` as a value; None when IAM has no such operator. Null takes neither affix."""
    quantifier, colon, name = written.rpartition(":")
    if colon and quantifier not in ("ForAllValues", "ForAnyValue"):
        return None
    base = name.removesuffix(_IF_EXISTS)
    if_exists = base != name
    negated = base in _NEGATED
    base = _NEGATED.get(base, base)
    if base not in BASES or (base == "Null" and (if_exists or quantifier)):
        return None
    return Operator(base, negated, if_exists, quantifier or "")  # type: ignore[arg-type]  # narrowed two lines above
