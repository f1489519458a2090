"""Makes, changes and removes the single resources of one stack, and writes its history."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from twinstage.local.cloudformation.errors import Refused, ResourceFailed
from twinstage.local.cloudformation.resource import CallFailed, Clients, Made, Order, ResourceType
from twinstage.local.cloudformation.stack import TYPE, Event, Live, Stack

if TYPE_CHECKING:
    from twinstage.local.cloudformation.template import Declared

Clock = Callable[[], datetime]


def unique(account: str, region: str, stack: str, logical_id: str, generation: int) -> str:
    """12 upper-case base32 characters: the same stack made again gets the same physical names, unlike on AWS."""
    seed = "\0".join((account, region, stack, logical_id, str(generation)))
    return base64.b32encode(hashlib.sha256(seed.encode()).digest()).decode()[:12]


@contextmanager
def _readable() -> Iterator[None]:
    """A property of another form than its type has, such as text for a list, fails its resource, not the service."""
    try:
        yield
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise ResourceFailed(
            f"A property is not of the form that it must have ({type(error).__name__}: {error})"
        ) from error


@dataclass(frozen=True)
class Maker:
    """Works on one stack. `kept` holds the names of resources that outlived earlier stacks: they are not given again."""

    stack: Stack
    types: Mapping[str, ResourceType]
    clients: Clients
    clock: Clock
    kept: set[str]

    def tell(self, status: str, reason: str = "") -> None:
        """A new status of the stack itself."""
        self.stack.status, self.stack.reason = status, reason
        self._event(self.stack.name, self.stack.stack_id, TYPE, status, reason)

    def event(self, live: Live, status: str, reason: str = "") -> None:
        """A new status of one resource."""
        live.status, live.changed = status, self.clock()
        self._event(live.logical_id, live.made.physical_id, live.type, status, reason)

    def _event(self, logical_id: str, physical_id: str, kind: str, status: str, reason: str) -> None:
        number = f"{len(self.stack.events):06d}"
        entry = Event(f"{logical_id}-{status}-{number}", self.clock(), logical_id, physical_id, kind, status, reason)
        self.stack.events.append(entry)

    def _order(self, logical_id: str, properties: Mapping[str, Any], generation: int) -> Order:
        stack = self.stack
        return Order(
            account=stack.account,
            region=stack.region,
            stack_name=stack.name,
            logical_id=logical_id,
            unique=unique(stack.account, stack.region, stack.name, logical_id, generation),
            properties=properties,
            stack_tags=stack.tags,
            clients=self.clients,
        )

    def create(self, declared: Declared, properties: dict[str, Any], generation: int = 0) -> Live:
        """Make a resource. One that fails half-way is removed again before ResourceFailed is raised."""
        kind = self.types[declared.type]
        while (
            unique(self.stack.account, self.stack.region, self.stack.name, declared.logical_id, generation) in self.kept
        ):
            generation += 1
        order = self._order(declared.logical_id, properties, generation)
        live = Live(
            logical_id=declared.logical_id,
            type=declared.type,
            properties=properties,
            made=Made(""),
            status="CREATE_IN_PROGRESS",
            changed=self.clock(),
            deletion_policy=declared.deletion_policy,
            replace_policy=declared.replace_policy,
            generation=generation,
        )
        self.event(live, "CREATE_IN_PROGRESS")
        try:
            with _readable():
                live.made = kind.create(order)
        except Refused as error:
            self.event(live, "CREATE_FAILED", error.reason)
            raise
        try:
            with _readable():
                kind.configure(order, live.made, {})
                live.made = kind.refreshed(order, live.made)
        except Refused as error:
            self.event(live, "CREATE_FAILED", error.reason)
            self.remove(live)
            raise
        self.event(live, "CREATE_COMPLETE", live.made.notice)
        return live

    def must_replace(self, live: Live, declared: Declared, properties: Mapping[str, Any]) -> bool:
        """Whether the change needs a new resource in the place of the old one."""
        if live.type != declared.type:
            return True
        changed = {
            name for name in {*properties, *live.properties} if properties.get(name) != live.properties.get(name)
        }
        kind = self.types[declared.type]
        return bool(changed - kind.mutable) or kind.replaced_by(live.properties, properties)

    def takes_tags(self, live: Live) -> bool:
        """Whether a change of the stack's tags reaches this resource."""
        return "Tags" in self.types[live.type].mutable

    def update(self, live: Live, properties: dict[str, Any]) -> Live:
        """Change a resource in place; the old record stays as it was."""
        kind = self.types[live.type]
        order = self._order(live.logical_id, properties, live.generation)
        changed = replace(live, properties=properties)
        self.event(changed, "UPDATE_IN_PROGRESS")
        try:
            with _readable():
                kind.configure(order, live.made, live.properties)
                changed.made = kind.refreshed(order, live.made)
        except Refused as error:
            self.event(changed, "UPDATE_FAILED", error.reason)
            raise
        self.event(changed, "UPDATE_COMPLETE", changed.made.notice)
        return changed

    def remove(self, live: Live) -> None:
        """Remove a resource; one that somebody else removed first counts as removed. Raises ResourceFailed."""
        kind = self.types[live.type]
        self.event(live, "DELETE_IN_PROGRESS")
        try:
            with _readable():
                kind.delete(self._order(live.logical_id, live.properties, live.generation), live.made)
        except ResourceFailed as error:
            if not (isinstance(error, CallFailed) and error.code in kind.gone):
                self.event(live, "DELETE_FAILED", error.reason)
                raise
        self.event(live, "DELETE_COMPLETE")

    def retain(self, live: Live) -> None:
        """Leave a resource to the account, as its policy asks."""
        self.kept.add(unique(self.stack.account, self.stack.region, self.stack.name, live.logical_id, live.generation))
        self.event(live, "DELETE_SKIPPED")
