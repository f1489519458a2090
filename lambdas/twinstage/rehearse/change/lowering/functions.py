"""A template's function as an entry of a scenario's `change.functions`: code, handler, environment, timeout, memory.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from twinstage.isolation.audit.values import intrinsic
from twinstage.model.canonical import canonical_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.rehearse.change.lowering.values import Values

FUNCTION: Final = "AWS::Lambda::Function"
DEFAULT_TIMEOUT_S: Final = 3
DEFAULT_MEMORY_MB: Final = 128
_LOWERED: Final = frozenset({"Code", "Handler", "Environment", "Timeout", "MemorySize"})
_ASIDE: Final = frozenset({"Description", "FunctionName", "Tags"})


@dataclass(frozen=True)
class CodeReference:
    """Where a function's code is: `inline` is its one file's text, `path` a folder or zip beside the template, `key` an object that an assembly's manifest of assets may know."""

    inline: str | None = None
    path: str | None = None
    key: str | None = None


@dataclass(frozen=True)
class LoweredFunction:
    """What changes of a function: `settings` as `change.functions` has them, `code` where it is another one.

    `untold` are variables whose value nothing here tells, `unresolved` the settings as a whole.
    """

    settings: Mapping[str, Any]
    code: CodeReference | None = None
    untold: tuple[str, ...] = field(default=())
    unresolved: tuple[str, ...] = field(default=())


def function_of(old: Values, new: Values, logical_id: str) -> LoweredFunction:
    """What is otherwise in the new template."""
    before, after = old.properties(logical_id), new.properties(logical_id)
    settings: dict[str, Any] = {}
    unresolved = ["environment"] if _differ(before, after, "Environment") and not _listed(before, after) else []
    if _differ(before, after, "Handler"):
        settings["handler"] = after.get("Handler")
    for member, name, default in (
        ("Timeout", "timeout_s", DEFAULT_TIMEOUT_S),
        ("MemorySize", "memory_mb", DEFAULT_MEMORY_MB),
    ):
        if _differ(before, after, member):
            told = str(after.get(member, default))
            settings[name] = int(told) if told.isdecimal() else None
    unresolved += [name for name, value in settings.items() if intrinsic(value) or value is None]
    settings = {name: value for name, value in settings.items() if name not in unresolved}
    had, has = (_variables(each) if "environment" not in unresolved else {} for each in (before, after))
    differing = {name: has[name] for name in sorted(has) if canonical_json(had.get(name)) != canonical_json(has[name])}
    if known := {name: new.text(value) for name, value in differing.items() if intrinsic(value) is None}:
        settings["environment"] = known
    if gone := sorted(set(had) - set(has)):
        settings["unset"] = gone
    code = _code(new, logical_id, after) if _differ(before, after, "Code") else None
    untold = tuple(name for name, value in differing.items() if intrinsic(value))
    return LoweredFunction(settings, code, untold, tuple(unresolved))


def not_lowered(differing: frozenset[str]) -> list[str]:
    """Of the properties that differ, those that a rehearsal does not bring about."""
    return sorted(differing - _LOWERED - _ASIDE)


def _code(values: Values, logical_id: str, held: Mapping[str, Any]) -> CodeReference:
    code = held.get("Code")
    if isinstance(code, str):
        return CodeReference(path=code)
    if not isinstance(code, dict):
        return CodeReference()
    if isinstance(code.get("ZipFile"), str):
        return CodeReference(inline=code["ZipFile"])
    said = values.template.resources[logical_id].get("Metadata")
    path = said.get("aws:asset:path") if isinstance(said, dict) else None
    key = code.get("S3Key")
    return CodeReference(path=path if isinstance(path, str) else None, key=key if isinstance(key, str) else None)


def _variables(held: Mapping[str, Any]) -> Mapping[str, Any]:
    environment = held.get("Environment")
    found = environment.get("Variables") if isinstance(environment, dict) else None
    return found if isinstance(found, dict) else {}


def _listed(*held: Mapping[str, Any]) -> bool:
    """Whether each tells its variables one by one: neither they nor what holds them is an intrinsic."""
    found = [each.get("Environment") for each in held]
    within = [each.get("Variables") for each in found if isinstance(each, dict)]
    return not any(intrinsic(each) for each in (*found, *within))


def _differ(before: Mapping[str, Any], after: Mapping[str, Any], member: str) -> bool:
    return canonical_json(before.get(member)) != canonical_json(after.get(member))
