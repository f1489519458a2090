"""A stack's parameters: what is declared, what was given, and what they mean.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from twinstage.local.cloudformation.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from twinstage.local.cloudformation.template import Template

SSM = "AWS::SSM::Parameter::Value<"


def given(requested: list[dict[str, Any]], previous: Mapping[str, str], template: Template) -> dict[str, str]:
    """Parameter texts by name as they are asked for; `UsePreviousValue` keeps the text, not what it once resolved to."""
    texts: dict[str, str] = {}
    for parameter in requested:
        name = parameter["ParameterKey"]
        if name not in template.parameters:
            raise Refused(f"Parameters: [{name}] do not exist in the template")
        if not parameter.get("UsePreviousValue"):
            texts[name] = parameter.get("ParameterValue", "")
        elif name in previous:
            texts[name] = previous[name]
    for name, declared in template.parameters.items():
        if name not in texts and "Default" in declared:
            default = declared["Default"]
            texts[name] = str(default).lower() if isinstance(default, bool) else str(default)
    missing = sorted(set(template.parameters) - set(texts))
    if missing:
        raise Refused(f"Parameters: [{', '.join(missing)}] must have values")
    return texts


def _allowed(name: str, text: str, declared: Mapping[str, Any]) -> None:
    allowed = [
        str(value).lower() if isinstance(value, bool) else str(value) for value in declared.get("AllowedValues", ())
    ]
    if allowed and text not in allowed:
        raise Refused(f"Parameter '{name}' must be one of AllowedValues")
    pattern = declared.get("AllowedPattern")
    if pattern and not re.fullmatch(pattern, text):
        reason = declared.get("ConstraintDescription", f"must match pattern {pattern}")
        raise Refused(f"Parameter '{name}' failed to satisfy constraint: {reason}")


def _value(name: str, text: str, kind: str, stored: Callable[[str], str]) -> Any:
    if kind.startswith(SSM):
        return _value(name, stored(text), kind.removeprefix(SSM).removesuffix(">"), stored)
    if kind == "CommaDelimitedList" or kind.startswith("List<"):
        return [part.strip() for part in text.split(",")]
    if kind == "Number" and not re.fullmatch(r"[-+]?\d+(\.\d+)?", text):
        raise Refused(f"Parameter '{name}' must be a number")
    if kind in ("String", "Number") or kind.startswith("AWS::"):
        return text
    raise Refused(f"Template format error: Unrecognized parameter type: {kind}")


def values(template: Template, texts: Mapping[str, str], stored: Callable[[str], str]) -> dict[str, Any]:
    """Parameter values by name. `stored` reads an SSM parameter by its name."""
    resolved: dict[str, Any] = {}
    for name, declared in template.parameters.items():
        _allowed(name, texts[name], declared)
        resolved[name] = _value(name, texts[name], declared.get("Type", "String"), stored)
    return resolved
