"""The change from one template, or one cloud assembly, to another, stack by stack: what stands, and what is to stand."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from twinstage.model.canonical import digest
from twinstage.rehearse.change.broadening import broadened, broadening_guard
from twinstage.rehearse.change.stack_rules import accepted_guard
from twinstage.rehearse.change.templates import state_guard, template_changes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.isolation.audit.template import Template
    from twinstage.rehearse.change.plan import Guard, PlannedChange

_SUFFIX: Final = ".template.json"


@dataclass(frozen=True)
class StackChange:
    """Templates by the name of their file, before and after; `digests` has the digest of each file's bytes, before and after. Templates of one name are one stack's."""

    before: Mapping[str, Template]
    after: Mapping[str, Template]
    digests: tuple[Mapping[str, str], Mapping[str, str]]

    @property
    def pairs(self) -> tuple[tuple[Template | None, Template | None], ...]:
        """Each stack's template before and after, in the order of the names; None where there is none."""
        return tuple((self.before.get(name), self.after.get(name)) for name in sorted({*self.before, *self.after}))

    @property
    def made_of(self) -> dict[str, str]:
        """The digest of each template that is to stand."""
        return {f"template/{name}": each for name, each in self.digests[1].items()}

    @property
    def against(self) -> str:
        """The digest over all templates that stand."""
        return digest(dict(self.digests[0]))

    @cached_property
    def _found(self) -> tuple[tuple[PlannedChange, ...], tuple[PlannedChange, ...]]:
        """(what becomes of resources, what is allowed newly or no longer)."""
        changes: list[PlannedChange] = []
        allowed: list[PlannedChange] = []
        for name in sorted({*self.before, *self.after}):
            was, is_ = self.before.get(name), self.after.get(name)
            stack = name.removesuffix(_SUFFIX)
            changes += template_changes(stack, was.document if was else {}, is_.document if is_ else {})
            allowed += broadened(stack, was, is_)
        return tuple(changes), tuple(allowed)

    @property
    def changes(self) -> tuple[PlannedChange, ...]:
        """Everything that becomes another one."""
        return (*self._found[0], *self._found[1])

    @property
    def guards(self) -> tuple[Guard, ...]:
        """The guards of templates."""
        return accepted_guard(self.pairs), state_guard(self._found[0]), broadening_guard(self._found[1])
