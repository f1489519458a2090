"""What a rule looks at: one template, and what is worked out of it once for all rules."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from twinstage.isolation.audit.grammar import Visit, visits
from twinstage.isolation.audit.grants import Grant, grants
from twinstage.isolation.audit.own import Belongings
from twinstage.isolation.audit.reach import Leak, Prover
from twinstage.isolation.audit.shapes import SHAPES
from twinstage.isolation.audit.template import listed, properties
from twinstage.isolation.audit.values import Resolver, reference

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from twinstage.isolation.audit.grammar import Shapes
    from twinstage.isolation.audit.identity import Identity
    from twinstage.isolation.audit.template import Template
    from twinstage.isolation.policy.actions import ActionTable


class Subject:
    """One template under audit. Whatever is in it, looking at it raises nothing."""

    def __init__(self, template: Template, identity: Identity, table: ActionTable) -> None:
        self.template, self.identity, self.table = template, identity, table
        self.resolver = Resolver(template, identity)
        self.prover = Prover(table, identity)
        self.belongings = Belongings(template, identity)

    @property
    def shapes(self) -> Shapes:
        """What the resources of this kind of stack may look like."""
        return SHAPES[self.identity.kind]

    @cached_property
    def visits(self) -> tuple[Visit, ...]:
        """Every place of every resource of a known type."""
        return tuple(visits(self.template, self.shapes))

    @cached_property
    def grants(self) -> tuple[Grant, ...]:
        """Every policy."""
        return grants(self.template, self.identity, self.resolver)

    def leaks(self, grant: Grant) -> Iterator[Leak]:
        """What a policy allows outside of what is its holder's own."""
        return self.prover.leaks(grant.statements, lambda statement: self.belongings.of(grant.holder, statement))

    def refers(self, value: Any, kind: str, attributes: frozenset[str] = frozenset()) -> str | None:
        """The logical id of the resource of this template, of type `kind`, that a value refers to; None where it does not."""
        target = reference(value)
        if target is None or self.type_of(target[0]) != kind or (target[1] and target[1] not in attributes):
            return None
        # A Ref gives the id that a function or a role does not take, where an attribute is asked for by name.
        return target[0] if target[1] or "Arn" not in attributes else None

    def type_of(self, name: str) -> str | None:
        """The type of a resource, None where there is none of that logical id."""
        resource = self.template.resources.get(name)
        return None if resource is None else str(resource["Type"])

    def properties(self, name: str) -> Mapping[str, Any]:
        """The properties of a resource that is there."""
        return properties(self.template.resources[name])

    def objects(self, value: Any) -> list[Mapping[str, Any]]:
        """The objects in a list, or a single one; what is no object is an empty one, which no rule takes for safe."""
        return [each if isinstance(each, dict) else {} for each in listed(value)]
