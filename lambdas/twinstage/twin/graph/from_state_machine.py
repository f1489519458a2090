"""A Step Functions definition as a graph: the machine contains its states, states feed the states that may come next, tasks use what they name.

A state's task says by its resource what it does (`arn:aws:states:::dynamodb:putItem`) and in its parameters to what. What a parameter leaves open (a JSONPath, a JSONata expression,
a `${Placeholder}` that a deployment fills in) is a node that is not resolved, known by the machine and by what stands there.
Source: https://docs.aws.amazon.com/step-functions/latest/dg/integrate-services.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from twinstage.model.graph import Graph, Node, attributes, qualified
from twinstage.model.validation import pointer
from twinstage.twin.graph import names
from twinstage.twin.graph.draft import Draft
from twinstage.twin.graph.mentions import Known, named_by_arn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Document = Mapping[str, Any]

_INTEGRATION: Final = re.compile(r"arn:aws[a-z-]*:states:::(?:aws-sdk:)?([A-Za-z0-9]+):([A-Za-z0-9]+)(?:\..*)?")
_READS: Final = re.compile(r"(get|batchGet|describe|list|head|query|scan|select|search|transactGet|receive)[A-Z]?.*")
_PLACEHOLDER: Final = re.compile(r"\$\{([^}]+)\}")
_KINDS: Final = {"lambda": "function", "dynamodb": "table", "states": "pipeline", "sfn": "pipeline"}
_NAMED_BY: Final = {
    "lambda": ("FunctionName",),
    "dynamodb": ("TableName",),
    "states": ("StateMachineArn",),
    "sfn": ("StateMachineArn",),
    "sqs": ("QueueUrl",),
    "sns": ("TopicArn",),
    "s3": ("Bucket",),
    "kinesis": ("StreamName", "StreamARN"),
    "glue": ("JobName", "TableName", "Name", "DatabaseName"),
    "events": ("EventBusName",),
    "ecs": ("TaskDefinition",),
    "batch": ("JobDefinition",),
}
"""The parameters that name what a service is asked about, the first that is there."""


def from_state_machine(definition: Document, name: str, file: str, values: Mapping[str, str] | None = None) -> Graph:
    """What the definition of the machine `name` says. `values` fill its `${Placeholders}`, as a deployment does.

    The definition is taken as it is: what is no state is passed over, since whether a machine is valid is not asked here.
    """
    return _Machine(name, file, values or {}).graph(definition)


class _Machine:
    """A machine on its way into the graph."""

    def __init__(self, name: str, file: str, values: Mapping[str, str]) -> None:
        self.name, self.values = name, values
        self.draft = Draft(file)
        self.node = names.state_machine(name)

    def graph(self, definition: Document) -> Graph:
        self.draft.node(self.node, "")
        self._states(definition, "", self.node)
        return self.draft.graph()

    def stage(self, state: str) -> Node:
        """A state: its name is unique within its machine."""
        return Node("stage", qualified(names.STATES, self.name, state))

    def _states(self, part: Document, place: str, outer: Node) -> None:
        """The states of a machine, of a branch or of a map, all contained in `outer`."""
        states = part.get("States")
        for state, told in states.items() if isinstance(states, dict) else ():
            if not isinstance(told, dict):
                continue
            where = place + pointer(("States", state))
            stage = self.draft.node(self.stage(state), where, attributes(type=str(told.get("Type", ""))))
            self.draft.edge(outer, "contains", stage, where)
            for following, says in _following(told):
                self.draft.edge(stage, "feeds", self.stage(following), where, says)
            for inner, at in _inner(told):
                self._states(inner, where + at, stage)
                if isinstance(inner.get("StartAt"), str):
                    self.draft.edge(stage, "feeds", self.stage(inner["StartAt"]), where + at, "starts")
            for used, at in (("Task", ""), ("ItemReader", "/ItemReader"), ("ResultWriter", "/ResultWriter")):
                task = told if used == "Task" else told.get(used)
                if isinstance(task, dict) and isinstance(task.get("Resource"), str):
                    self._task(stage, task, where + at)

    def _task(self, stage: Node, task: Document, place: str) -> None:
        resource = self._filled(task["Resource"])
        found = _INTEGRATION.fullmatch(resource)
        if found is None:
            self._invoked(stage, resource, place)
            return
        service, action = found[1], found[2]
        parameters = task.get("Parameters", task.get("Arguments"))
        text, dynamic = _named(service.lower(), parameters if isinstance(parameters, dict) else {})
        target = self._target(service.lower(), action, self._filled(text), dynamic=dynamic)
        self.draft.node(target, place)
        self.draft.edge(stage, _kind(service.lower(), action, target), target, place, f"{service}:{action}")

    def _invoked(self, stage: Node, resource: str, place: str) -> None:
        """A task whose resource is an ARN itself, of a function or an activity, or stands for one."""
        target = named_by_arn(resource, Known())
        if target is None and names.is_placeholder(resource):
            target = self._open("function", resource)
        target = target or names.resource(names.STATES, resource.rpartition(":")[2])
        self.draft.node(target, place)
        self.draft.edge(stage, "invokes", target, place, "the task's resource")

    def _target(self, service: str, action: str, text: str, *, dynamic: bool) -> Node:
        """What a task is about. A service of its own, such as a translation, names nothing of the account."""
        if not text:
            return names.resource(service, action)
        if dynamic and "StateMachine.Id" in text:
            return self.node
        if dynamic or names.is_placeholder(text):
            return self._open(_KINDS.get(service, "resource"), text)
        return named_by_arn(text, Known()) or _plainly(service, text)

    def _open(self, kind: str, text: str) -> Node:
        """What is left open: the same text means the same within one machine only."""
        return Node(kind, qualified(names.STATES, self.name, text), resolved=False)

    def _filled(self, text: str) -> str:
        return _PLACEHOLDER.sub(lambda found: self.values.get(found[1], found[0]), text)


def _plainly(service: str, text: str) -> Node:
    """What a plain name names; that it exists is known to nobody here."""
    match _KINDS.get(service):
        case "function":
            return names.function(text.partition(":")[0], resolved=False)
        case "table":
            return names.dynamodb_table(text, resolved=False)
        case "pipeline":
            return names.state_machine(text.rpartition(":")[2], resolved=False)
        case _:
            # A queue is named by its URL.
            return names.resource(service, text.rstrip("/").rpartition("/")[2].rpartition(":")[2], resolved=False)


def _following(state: Document) -> Iterator[tuple[str, str]]:
    """The states that may come after one, and when."""
    if isinstance(state.get("Next"), str):
        yield state["Next"], "next"
    if isinstance(state.get("Default"), str):
        yield state["Default"], "by default"
    for group, says in (("Choices", "by choice"), ("Catch", "after an error")):
        several = state.get(group)
        for each in several if isinstance(several, list) else ():
            if isinstance(each, dict) and isinstance(each.get("Next"), str):
                yield each["Next"], says


def _inner(state: Document) -> Iterator[tuple[Document, str]]:
    """The machines within a state: branches of a Parallel, the processor of a Map (`Iterator` is its old name)."""
    branches = state.get("Branches")
    for at, branch in enumerate(branches if isinstance(branches, list) else ()):
        if isinstance(branch, dict):
            yield branch, f"/Branches/{at}"
    for member in ("ItemProcessor", "Iterator"):
        if isinstance(state.get(member), dict):
            yield state[member], f"/{member}"


def _named(service: str, parameters: Document) -> tuple[str, bool]:
    """What the parameters name, and whether only a running execution knows it."""
    for parameter in _NAMED_BY.get(service, ()):
        if isinstance(parameters.get(parameter), str):
            text = parameters[parameter]
            return text, text.startswith("{%")
        if isinstance(parameters.get(f"{parameter}.$"), str):
            return parameters[f"{parameter}.$"], True
    return "", False


def _kind(service: str, action: str, target: Node) -> str:
    if service == "lambda" or target.kind == "pipeline":
        return "invokes"
    # A call of a service that names nothing of the account answers, and keeps nothing that others would read.
    own = target.kind == "resource" and target.name == qualified(service, action)
    return "reads" if own or _READS.fullmatch(action) else "writes"
