"""Which resources a value of a template refers to."""

from __future__ import annotations

import re
from typing import Any, Final

from twinstage.isolation.audit.values import intrinsic, reference

_VARIABLE: Final = re.compile(r"\$\{([A-Za-z0-9]+)(?:\.[^}]*)?\}")


def referred(value: Any) -> set[str]:
    """The names in every Ref, Fn::GetAtt and Fn::Sub of a value: logical ids, and names of parameters."""
    target = reference(value)
    if target:
        return {target[0]}
    if intrinsic(value) == "Fn::Sub":
        given = value["Fn::Sub"]
        text = given[0] if isinstance(given, list) and given else given
        found = set(_VARIABLE.findall(text)) if isinstance(text, str) else set()
        return found | (referred(given[1:]) if isinstance(given, list) else set())
    members = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return {name for each in members for name in referred(each)}
