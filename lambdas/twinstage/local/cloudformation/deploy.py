"""Brings a stack from what it is to what a template says, and back when that fails.

Resources are made one after the other, each after what it depends on; removed in the reverse order in which they were made. A
failure becomes an event with its reason and is rolled back, as on AWS: the caller reads the outcome from the stack's status.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from twinstage.local.cloudformation import plan
from twinstage.local.cloudformation.errors import Refused
from twinstage.local.cloudformation.intrinsics import Scope, resolve
from twinstage.local.cloudformation.stack import Live, Output, Stack

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from twinstage.local.cloudformation.maker import Maker
    from twinstage.local.cloudformation.resource import Made
    from twinstage.local.cloudformation.template import Declared, Template


@dataclass(frozen=True)
class Target:
    """What a stack is to become: a template, its parameters as text and as values, and the stack's tags."""

    template: Template
    texts: Mapping[str, str]
    values: Mapping[str, Any]
    tags: Mapping[str, str]
    exports: Callable[[str], str | None]

    def scope(self, stack: Stack) -> Scope:
        """What names mean in this template, for this stack."""
        pseudo = {
            "AWS::AccountId": stack.account,
            "AWS::NotificationARNs": [],
            "AWS::Partition": "aws",
            "AWS::Region": stack.region,
            "AWS::StackId": stack.stack_id,
            "AWS::StackName": stack.name,
            "AWS::URLSuffix": "amazonaws.com",
        }
        return Scope({**pseudo, **self.values}, self.template.mappings, self.template.conditions, {}, self.exports)


def _made(resources: Mapping[str, Live]) -> dict[str, Made]:
    return {name: live.made for name, live in resources.items()}


def _outputs(template: Template, scope: Scope) -> list[Output]:
    outputs = []
    for key, output in template.outputs.items():
        if "Condition" in output and not scope.holds(output["Condition"]):
            continue
        export = output.get("Export")
        name = resolve(export["Name"], scope) if export else None
        outputs.append(Output(key, str(resolve(output["Value"], scope)), output.get("Description"), name))
    return outputs


def _accept(stack: Stack, target: Target) -> None:
    """The stack takes the target's template, parameters and tags as its own."""
    stack.template, stack.texts, stack.values = target.template, dict(target.texts), dict(target.values)
    stack.tags = dict(target.tags)


def create(maker: Maker, target: Target, *, on_failure: str = "ROLLBACK") -> None:
    """Make every resource. On failure they are removed again, unless `on_failure` is DO_NOTHING; DELETE removes the stack too."""
    stack = maker.stack
    _accept(stack, target)
    maker.tell("CREATE_IN_PROGRESS", "User Initiated")
    scope = target.scope(stack)
    name = ""
    try:
        wanted = plan.enabled(target.template, scope)
        for name in plan.order(wanted):
            properties = resolve(wanted[name].properties, scope.over(_made(stack.resources)))
            stack.resources[name] = maker.create(wanted[name], properties)
        stack.outputs = _outputs(target.template, scope.over(_made(stack.resources)))
    except Refused as error:
        failed = f"The following resource(s) failed to create: [{name}]. {error.reason}"
        if on_failure == "DO_NOTHING":
            maker.tell("CREATE_FAILED", failed)
            return
        maker.tell("ROLLBACK_IN_PROGRESS", failed)
        remove(
            maker,
            "ROLLBACK_FAILED",
            "DELETE_COMPLETE" if on_failure == "DELETE" else "ROLLBACK_COMPLETE",
            creating=True,
        )
        return
    maker.tell("CREATE_COMPLETE")


def update(maker: Maker, target: Target) -> None:
    """Bring the resources to the target; on failure bring them back to what they were."""
    stack = maker.stack
    before = Target(stack.template, stack.texts, stack.values, stack.tags, target.exports) if stack.template else target
    resources, outputs = dict(stack.resources), list(stack.outputs)
    change = _Change(maker, target)
    maker.tell("UPDATE_IN_PROGRESS", "User Initiated")
    _accept(stack, target)
    try:
        change.apply()
        stack.outputs = _outputs(target.template, target.scope(stack).over(_made(stack.resources)))
    except Refused as error:
        maker.tell(
            "UPDATE_ROLLBACK_IN_PROGRESS", f"The following resource(s) failed to update: [{change.at}]. {error.reason}"
        )
        _accept(stack, before)
        try:
            change.undo()
        except Refused as second:
            maker.tell("UPDATE_ROLLBACK_FAILED", second.reason)
            return
        stack.resources, stack.outputs = resources, outputs
        maker.tell("UPDATE_ROLLBACK_COMPLETE")
        return
    maker.tell("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
    failed = change.clean()
    maker.tell("UPDATE_COMPLETE", failed)


class _Change:
    """One update under way. `at` is the resource it is working on; `undos` takes back what was done, the last one first."""

    def __init__(self, maker: Maker, target: Target) -> None:
        self.maker, self.target, self.at = maker, target, ""
        self.retagged = dict(maker.stack.tags) != dict(target.tags)
        self.undos: list[Callable[[], object]] = []
        self.replaced: list[Live] = []
        self.wanted: dict[str, Declared] = {}

    def apply(self) -> None:
        """Make and change what the target wants; nothing is removed yet."""
        stack = self.maker.stack
        scope = self.target.scope(stack)
        self.wanted = plan.enabled(self.target.template, scope)
        current = dict(stack.resources)
        stack.resources = {}
        leaving = {name: live for name, live in current.items() if name not in self.wanted}
        for name in plan.order(self.wanted):
            self.at = name
            declared = self.wanted[name]
            properties = resolve(declared.properties, scope.over(_made(stack.resources)))
            stack.resources[name] = self._bring(declared, properties, current.get(name))
        self.replaced += list(leaving.values())

    def _bring(self, declared: Declared, properties: dict[str, Any], live: Live | None) -> Live:
        if live is None:
            return self._new(declared, properties, 0)
        if self.maker.must_replace(live, declared, properties):
            made = self._new(declared, properties, live.generation + 1)
            self.replaced.append(live)
            return made
        kept = Live(
            **{
                **vars(live),
                "deletion_policy": declared.deletion_policy,
                "replace_policy": declared.replace_policy,
            }
        )
        if live.properties == properties and not (self.retagged and self.maker.takes_tags(live)):
            return kept
        self.undos.append(lambda: self.maker.update(Live(**{**vars(live), "properties": properties}), live.properties))
        return self.maker.update(kept, properties)

    def _new(self, declared: Declared, properties: dict[str, Any], generation: int) -> Live:
        made = self.maker.create(declared, properties, generation)
        self.undos.append(lambda: self.maker.remove(made))
        return made

    def undo(self) -> None:
        """Take back everything that was done."""
        while self.undos:
            self.undos.pop()()

    def clean(self) -> str:
        """Remove what was replaced or is no longer wanted; what could not be removed is told, as on AWS it does not fail."""
        failed = []
        for live in reversed(self.replaced):
            policy = live.replace_policy if live.logical_id in self.wanted else live.deletion_policy
            if policy != "Delete":
                self.maker.retain(live)
                continue
            try:
                self.maker.remove(live)
            except Refused as error:
                failed.append(f"{live.logical_id}: {error.reason}")
        return "; ".join(failed)


def delete(maker: Maker) -> None:
    """Remove every resource that is not to be retained. What cannot be removed stays in the stack, which is DELETE_FAILED."""
    maker.tell("DELETE_IN_PROGRESS", "User Initiated")
    remove(maker, "DELETE_FAILED", "DELETE_COMPLETE")


def remove(maker: Maker, failed: str, complete: str, *, creating: bool = False) -> None:
    """Remove the stack's resources and end in the status `complete`, or `failed` with every reason."""
    stack = maker.stack
    reasons = []
    for live in reversed(list(stack.resources.values())):
        if live.deletion_policy == "Retain" or (live.deletion_policy == "RetainExceptOnCreate" and not creating):
            maker.retain(live)
            del stack.resources[live.logical_id]
            continue
        try:
            maker.remove(live)
        except Refused as error:
            reasons.append(f"{live.logical_id}: {error.reason}")
        else:
            del stack.resources[live.logical_id]
    if reasons:
        names = ", ".join(reason.partition(":")[0] for reason in reasons)
        maker.tell(failed, f"The following resource(s) failed to delete: [{names}]. {' '.join(reasons)}")
        return
    stack.outputs = []
    maker.tell(complete)
