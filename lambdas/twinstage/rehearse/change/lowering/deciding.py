"""What of a template decides over resources that themselves stay as they are: conditions, mappings, parameters, macros.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from twinstage.isolation.audit.values import intrinsic
from twinstage.model.canonical import canonical_json
from twinstage.rehearse.change.lowering.references import referred

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from twinstage.isolation.audit.template import Template

# Whose value follows from the sections Conditions and Mappings, or from a macro.
_BY_SECTION: Final = frozenset({"Condition", "Fn::FindInMap", "Fn::If", "Fn::Transform"})


@dataclass(frozen=True)
class Deciding:
    """What is decided otherwise afterwards. `parameters` are declared otherwise, and nobody gives them; `macros`: others work on the template."""

    parameters: frozenset[str]
    macros: bool

    def speaks_of(self, resource: Mapping[str, Any], held: Any) -> bool:
        """Whether a resource may be another one though its text is the same. `held` are its properties, with everything that is known put in."""
        return "Condition" in resource or _by_section(held) or bool(referred(held) & self.parameters)


def deciding(before: Template, after: Template, given: Collection[str]) -> Deciding | None:
    """What is decided otherwise in the second template; None where nothing is. `given` are parameters whose values somebody gives: they stay."""
    old, new = (_parameters(each) for each in (before, after))
    parameters = frozenset(name for name in {*old, *new} - {*given} if old.get(name) != new.get(name))
    macros = _differ(before, after, "Transform")
    if parameters or macros or any(_differ(before, after, section) for section in ("Conditions", "Mappings")):
        return Deciding(parameters, macros)
    return None


def _by_section(held: Any) -> bool:
    if intrinsic(held) in _BY_SECTION:
        return True
    members = held.values() if isinstance(held, dict) else held if isinstance(held, list) else ()
    return any(_by_section(each) for each in members)


def _parameters(template: Template) -> dict[str, tuple[Any, Any]]:
    """What each parameter comes to where nobody gives it: its default, and how that is read."""
    held = template.document.get("Parameters")
    entries = held.items() if isinstance(held, dict) else ()
    return {name: (each.get("Type"), each.get("Default")) for name, each in entries if isinstance(each, dict)}


def _differ(before: Template, after: Template, section: str) -> bool:
    return canonical_json(before.document.get(section)) != canonical_json(after.document.get(section))
