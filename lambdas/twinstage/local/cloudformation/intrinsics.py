"""CloudFormation's intrinsic functions.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html. A function that is not
here, a name that is not declared and an attribute that a type does not have are refused, never passed over.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from twinstage.local.cloudformation.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from twinstage.local.cloudformation.resource import Made

NO_VALUE: Final = object()
SUBSTITUTION = re.compile(r"\$\{(!?)([^{}]*)\}")
DYNAMIC_REFERENCE = re.compile(r"\{\{resolve:([a-z-]+):")


@dataclass(frozen=True)
class Scope:
    """What names mean while a template is resolved. `values` holds parameters and pseudo parameters."""

    values: Mapping[str, Any]
    mappings: Mapping[str, Any] = field(default_factory=dict)
    conditions: Mapping[str, Any] = field(default_factory=dict)
    resources: Mapping[str, Made] = field(default_factory=dict)
    exports: Callable[[str], str | None] = lambda _name: None

    def over(self, resources: Mapping[str, Made]) -> Scope:
        """The same scope over these resources."""
        return replace(self, resources=resources)

    def holds(self, condition: str) -> bool:
        """Whether a condition of the template is true."""
        if condition not in self.conditions:
            raise Refused(f"Template format error: Unresolved condition {condition}")
        return truth(self.conditions[condition], self)


def ref(name: str, scope: Scope) -> Any:
    """What `{"Ref": name}` is."""
    if name == "AWS::NoValue":
        return NO_VALUE
    if name in scope.values:
        return scope.values[name]
    if name in scope.resources:
        return scope.resources[name].physical_id
    raise Refused(
        f"Template format error: Unresolved resource dependencies [{name}] in the Resources block of the template"
    )


def _get_att(argument: Any, scope: Scope) -> Any:
    name, attribute = argument.split(".", 1) if isinstance(argument, str) else argument
    if name not in scope.resources:
        raise Refused(f"Template error: instance of Fn::GetAtt references undefined resource {name}")
    attribute = resolve(attribute, scope)
    if attribute not in scope.resources[name].attributes:
        raise Refused(f"Template error: resource {name} does not support attribute type {attribute} in Fn::GetAtt")
    return scope.resources[name].attributes[attribute]


def _if(argument: Any, scope: Scope) -> Any:
    condition, then, otherwise = argument
    return resolve(then if scope.holds(condition) else otherwise, scope)


def _join(argument: Any, scope: Scope) -> str:
    separator, parts = argument
    return str(separator).join(str(part) for part in resolve(parts, scope))


def _split(argument: Any, scope: Scope) -> list[str]:
    separator, text = argument
    return str(resolve(text, scope)).split(separator)


def _select(argument: Any, scope: Scope) -> Any:
    index, values = resolve(argument, scope)
    return values[int(index)]


def _sub(argument: Any, scope: Scope) -> str:
    text, local = (argument, {}) if isinstance(argument, str) else argument
    own = {name: resolve(value, scope) for name, value in local.items()}

    def value(match: re.Match[str]) -> str:
        literal, name = match[1], match[2].strip()
        if literal:
            return "${" + match[2] + "}"
        if name in own:
            return str(own[name])
        return str(_get_att(name, scope) if "." in name else ref(name, scope))

    return SUBSTITUTION.sub(value, text)


def _find_in_map(argument: Any, scope: Scope) -> Any:
    name, *keys = (resolve(part, scope) for part in argument)
    found: Any = scope.mappings.get(name)
    for key in keys:
        if not isinstance(found, dict) or key not in found:
            raise Refused(f"Template error: Unable to get mapping for {name}::{'::'.join(map(str, keys))}")
        found = found[key]
    return found


def _import_value(argument: Any, scope: Scope) -> str:
    name = resolve(argument, scope)
    value = scope.exports(name)
    if value is None:
        raise Refused(f"No export named {name} found.")
    return value


def _get_azs(argument: Any, scope: Scope) -> list[str]:
    region = resolve(argument, scope) or scope.values["AWS::Region"]
    return [f"{region}{letter}" for letter in "abc"]


FUNCTIONS: Final[Mapping[str, Callable[[Any, Scope], Any]]] = {
    "Ref": ref,
    "Fn::GetAtt": _get_att,
    "Fn::If": _if,
    "Fn::Join": _join,
    "Fn::Split": _split,
    "Fn::Select": _select,
    "Fn::Sub": _sub,
    "Fn::FindInMap": _find_in_map,
    "Fn::ImportValue": _import_value,
    "Fn::GetAZs": _get_azs,
    "Fn::Base64": lambda argument, scope: base64.b64encode(str(resolve(argument, scope)).encode()).decode(),
    "Fn::ToJsonString": lambda argument, scope: json.dumps(resolve(argument, scope), separators=(",", ":")),
}


def _called(name: str, argument: Any, scope: Scope) -> Any:
    try:
        return FUNCTIONS[name](argument, scope)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise Refused(f"Template error: {name} cannot take {json.dumps(argument, default=str)}: {error}") from error


def resolve(value: Any, scope: Scope) -> Any:
    """A value of a template with every intrinsic function computed. A member whose value is AWS::NoValue is left out."""
    if isinstance(value, dict):
        if len(value) == 1:
            name, argument = next(iter(value.items()))
            if name in FUNCTIONS:
                return _called(name, argument, scope)
            if name.startswith("Fn::"):
                raise Refused(f"Template error: function {name} is not supported by the embedded AWS")
        resolved = {key: resolve(member, scope) for key, member in value.items()}
        return {key: member for key, member in resolved.items() if member is not NO_VALUE}
    if isinstance(value, list):
        return [member for member in (resolve(member, scope) for member in value) if member is not NO_VALUE]
    if isinstance(value, str) and (dynamic := DYNAMIC_REFERENCE.search(value)):
        raise Refused(f"Dynamic reference {{{{resolve:{dynamic[1]}:...}}}} is not supported by the embedded AWS")
    return value


def _same(argument: Any, scope: Scope) -> bool:
    left, right = (resolve(side, scope) for side in argument)
    return bool(_plain(left) == _plain(right))


def _plain(value: Any) -> Any:
    """CloudFormation compares scalars as text."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


def truth(condition: Any, scope: Scope) -> bool:
    """Whether a condition, or an assertion of a rule, holds."""
    if isinstance(condition, bool):
        return condition
    if not isinstance(condition, dict) or len(condition) != 1:
        raise Refused(f"Template format error: {json.dumps(condition)} is not a condition")
    name, argument = next(iter(condition.items()))
    if name not in CONDITIONS:
        raise Refused(f"Template error: condition function {name} is not supported by the embedded AWS")
    return CONDITIONS[name](argument, scope)


def _contains(argument: Any, scope: Scope) -> bool:
    values, wanted = argument
    return _plain(resolve(wanted, scope)) in [_plain(value) for value in resolve(values, scope)]


CONDITIONS: Final[Mapping[str, Callable[[Any, Scope], bool]]] = {
    "Condition": lambda argument, scope: scope.holds(argument),
    "Fn::Equals": _same,
    "Fn::Not": lambda argument, scope: not truth(argument[0], scope),
    "Fn::And": lambda argument, scope: all(truth(part, scope) for part in argument),
    "Fn::Or": lambda argument, scope: any(truth(part, scope) for part in argument),
    "Fn::Contains": _contains,
}


def references(value: Any) -> Iterator[tuple[str, str | None]]:
    """Every (name, attribute or None) that a value refers to, in both branches of each Fn::If."""
    if isinstance(value, list):
        for member in value:
            yield from references(member)
        return
    if not isinstance(value, dict):
        return
    for key, member in value.items():
        if key == "Ref":
            yield member, None
        elif key == "Fn::GetAtt":
            name, attribute = member.split(".", 1) if isinstance(member, str) else member
            yield name, attribute if isinstance(attribute, str) else None
        elif key == "Fn::Sub":
            yield from _sub_references(member)
        else:
            yield from references(member)


def _sub_references(argument: Any) -> Iterator[tuple[str, str | None]]:
    text, local = (argument, {}) if isinstance(argument, str) else argument
    for literal, name in SUBSTITUTION.findall(text):
        if not literal and name.strip() not in local:
            resource, _, attribute = name.strip().partition(".")
            yield resource, attribute or None
    yield from references(local)
