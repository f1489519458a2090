"""What a rule looks at: one template, and what is worked out of it once for all rules."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from twinstage.isolation.audit.grammar import Visit, visits
from twinstage.isolation.audit.grants import Grant, grants
from twinstage.isolation.audit.identity import SECTION
from twinstage.isolation.audit.own import Belongings
from twinstage.isolation.audit.own_twin import ARMS
from twinstage.isolation.audit.reach import Leak, Prover
from twinstage.isolation.audit.shapes import SHAPES
from twinstage.isolation.audit.template import listed, properties
from twinstage.isolation.audit.values import Resolver, reference

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from twinstage.isolation.audit.grammar import Shapes
    from twinstage.isolation.audit.identity import Identity
    from twinstage.isolation.audit.template import Template
    from twinstage.isolation.policy.actions import ActionTable


class Subject:
    """One template under audit. Whatever is in it, looking at it raises nothing."""

    def __init__(
        self, template: Template, identity: Identity, table: ActionTable, others: Sequence[Identity] = ()
    ) -> None:
        self.template, self.identity, self.table, self._others = template, identity, table, others
        self.resolver = Resolver(template, identity)
        self.prover = Prover(table, identity)
        self.belongings = Belongings(template, identity)

    @property
    def disagreeing(self) -> Iterator[tuple[str, list[str]]]:
        """Members of the identity that other stacks of the assembly say otherwise, with what they say."""
        for member, name in (("ProductionAccount", "production_account"), ("TwinAccount", "twin_account")):
            own = getattr(self.identity, name)
            said = {getattr(each, name) for each in self._others} - {own, ""}
            if own and said:
                yield member, sorted(said)

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

    @cached_property
    def zones(self) -> frozenset[str]:
        """The names of this template's zones, without their last dots."""
        held = (each.get("Name") for _, each in self.template.of_type("AWS::Route53::HostedZone"))
        return frozenset(name.rstrip(".") for name in held if isinstance(name, str) and name.rstrip("."))

    @cached_property
    def production_names(self) -> frozenset[str]:
        """What production calls the things that this template has twins of, as far as the twins' names say."""
        return self.production_tables | self.production_functions

    @cached_property
    def production_tables(self) -> frozenset[str]:
        """The tables among `production_names`."""
        return self._production("AWS::DynamoDB::Table", "TableName")

    @cached_property
    def production_functions(self) -> frozenset[str]:
        """The functions among `production_names`."""
        return self._production("AWS::Lambda::Function", "FunctionName")

    def _production(self, kind: str, member: str) -> frozenset[str]:
        prefixes = [self.identity.fill(f"twin-{{run}}-{arm}-") for arm in ARMS] if self.identity.run else []
        names = [self.resolver.text(held.get(member)) for _, held in self.template.of_type(kind)]
        own = (name.removeprefix(each) for name in names for each in prefixes if name.startswith(each))
        return frozenset(form for name in own for form in (name, name.lower(), name.upper()))

    def told(self, name: str) -> Mapping[str, Any]:
        """What the metadata of a resource says for the audit; nothing where it says nothing."""
        metadata = self.template.resources[name].get("Metadata")
        said = metadata.get(SECTION) if isinstance(metadata, dict) else None
        return said if isinstance(said, dict) else {}

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
