"""The stacks of one account in one region."""

from __future__ import annotations

import threading
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from twinstage.local.cloudformation.errors import Refused
from twinstage.local.cloudformation.stack import ChangeSet, Stack

if TYPE_CHECKING:
    from datetime import datetime

NAMESPACE = uuid.UUID("6d0c9d1c-1f5e-5f4b-9c63-1d2a5b7f3e10")


@dataclass
class Region:
    """Stacks by id in the order of their creation, deleted ones included. `kept` names what outlived its stack."""

    account: str
    name: str
    stacks: dict[str, Stack] = field(default_factory=dict)
    kept: set[str] = field(default_factory=set)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def all(self) -> list[Stack]:
        """Every stack as of now: other requests add stacks meanwhile."""
        return list(self.stacks.values())

    def find(self, name_or_id: str) -> Stack:
        """A stack by its id, or by its name while it is not deleted. Raises Refused with AWS's words."""
        if name_or_id in self.stacks:
            return self.stacks[name_or_id]
        for stack in self.all():
            if stack.name == name_or_id and stack.status != "DELETE_COMPLETE":
                return stack
        raise Refused(f"Stack with id {name_or_id} does not exist")

    def exists(self, name: str) -> bool:
        """Whether a stack of that name is not deleted."""
        return any(stack.name == name and stack.status != "DELETE_COMPLETE" for stack in self.all())

    def add(self, name: str, created: datetime, status: str) -> Stack:
        """A new, empty stack. Raises Refused when its name is taken."""
        if self.exists(name):
            raise Refused(f"Stack [{name}] already exists", error="AlreadyExistsException")
        count = sum(stack.name == name for stack in self.all())
        number = uuid.uuid5(NAMESPACE, f"{self.account}/{self.name}/{name}/{count}")
        stack_id = f"arn:aws:cloudformation:{self.name}:{self.account}:stack/{name}/{number}"
        stack = Stack(stack_id, name, self.account, self.name, created, status)
        self.stacks[stack_id] = stack
        return stack

    def change_set_id(self, stack: Stack, name: str) -> str:
        """The ARN of a change set, unique among those of its stack."""
        number = uuid.uuid5(NAMESPACE, f"{stack.stack_id}/{name}/{len(stack.events)}")
        return f"arn:aws:cloudformation:{self.name}:{self.account}:changeSet/{name}/{number}"

    def change_set(self, stack_name: str | None, name_or_id: str) -> tuple[Stack, ChangeSet]:
        """A change set by its ARN, or by its name within its own stack: other stacks may have one of the same name."""
        stacks = [self.find(stack_name)] if stack_name else self.all()
        for stack in stacks:
            for change_set in list(stack.change_sets.values()):
                if name_or_id == change_set.change_set_id or (stack_name and name_or_id == change_set.name):
                    return stack, change_set
        raise Refused(f"ChangeSet [{name_or_id}] does not exist", error="ChangeSetNotFoundException")

    def export(self, name: str) -> str | None:
        """The value that a stack exports under this name."""
        for stack in self.all():
            for output in stack.outputs:
                if output.export == name:
                    return output.value
        return None
