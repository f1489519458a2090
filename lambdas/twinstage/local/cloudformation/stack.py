"""A stack and what happened to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from twinstage.local.cloudformation.resource import Made
    from twinstage.local.cloudformation.template import Template

TYPE = "AWS::CloudFormation::Stack"


@dataclass(frozen=True)
class Event:
    """One line of a stack's history."""

    event_id: str
    timestamp: datetime
    logical_id: str
    physical_id: str
    type: str
    status: str
    reason: str = ""


@dataclass
class Live:
    """One resource that the stack holds. `properties` are as they were resolved; `generation` counts its replacements."""

    logical_id: str
    type: str
    properties: dict[str, Any]
    made: Made
    status: str
    changed: datetime
    deletion_policy: str = "Delete"
    replace_policy: str = "Delete"
    generation: int = 0


@dataclass(frozen=True)
class Output:
    """An output of a stack, with the name it is exported under, if any."""

    key: str
    value: str
    description: str | None = None
    export: str | None = None


@dataclass
class ChangeSet:
    """A proposed change to one stack. `changes` are (action, logical id, type)."""

    change_set_id: str
    name: str
    kind: str
    template: Template
    texts: dict[str, str]
    tags: dict[str, str]
    created: datetime
    status: str
    execution_status: str
    reason: str = ""
    description: str | None = None
    changes: tuple[tuple[str, str, str], ...] = ()


@dataclass
class Stack:
    """A stack: its template, and its resources in the order they were made."""

    stack_id: str
    name: str
    account: str
    region: str
    created: datetime
    status: str
    reason: str = ""
    template: Template | None = None
    texts: dict[str, str] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    role_arn: str | None = None
    capabilities: list[str] = field(default_factory=list)
    protected: bool = False
    updated: datetime | None = None
    deleted: datetime | None = None
    resources: dict[str, Live] = field(default_factory=dict)
    outputs: list[Output] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    change_sets: dict[str, ChangeSet] = field(default_factory=dict)
