"""A synthesized CloudFormation template as a graph: functions and what their environment names, tables, event sources, rules, state machines.

What a role is granted is what its function *may* do: such edges are not resolved.
"""

from __future__ import annotations

import json
import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final

from twinstage.model.dns_name import canonical_name
from twinstage.model.graph import Graph, Node, attributes, merge, qualified
from twinstage.model.reading.json_document import MALFORMED, state
from twinstage.twin.graph import names
from twinstage.twin.graph.draft import Draft
from twinstage.twin.graph.from_snapshot import uses, zone_node
from twinstage.twin.graph.from_state_machine import from_state_machine
from twinstage.twin.graph.mentions import Known, mentioned
from twinstage.twin.graph.template_names import TemplateNames

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_READS: Final = re.compile(r"(Get|BatchGet|Query|Scan|Describe|List|Receive|ConditionCheck|PartiQLSelect).*")
_SERVICES: Final = {
    "AWS::SQS::Queue": "sqs",
    "AWS::SNS::Topic": "sns",
    "AWS::S3::Bucket": "s3",
    "AWS::Kinesis::Stream": "kinesis",
    "AWS::Events::Rule": "events",
    "AWS::Events::EventBus": "events",
    "AWS::Scheduler::Schedule": "scheduler",
}


def from_template(template: Mapping[str, Any], file: str) -> Graph:
    """What a template says. What is no resource of a known type is passed over: that is the audit's to judge, not the graph's."""
    return _Template(template, file).graph()


class _Template:
    """A template on its way into the graph."""

    def __init__(self, template: Mapping[str, Any], file: str) -> None:
        self.names = TemplateNames(template)
        self.file = file
        self.draft = Draft(file)
        self.nodes = {logical_id: node for logical_id in self.names.resources if (node := self._node(logical_id))}
        by_kind = [(node.kind, node.label) for node in self.nodes.values()]
        self.known = Known(
            tables=frozenset(label for kind, label in by_kind if kind == "table"),
            functions=frozenset(label for kind, label in by_kind if kind == "function"),
            zones={key: node.label for key, node in self.nodes.items() if node.kind == "zone"},
        )

    def graph(self) -> Graph:
        machines = []
        for logical_id, node in self.nodes.items():
            place = f"/Resources/{logical_id}"
            self.draft.node(node, place, attributes(logical_id=logical_id, type=self.names.type(logical_id)))
            if node.kind == "function":
                self._environment(node, logical_id, place)
                self._granted(node, logical_id)
            elif node.kind == "pipeline":
                machines.append(self._machine(node, logical_id))
            elif node.kind == "table":
                self._columns(node, logical_id, place)
            self._targets(node, logical_id, place)
        for logical_id in self.names.resources:
            if self.names.type(logical_id) == "AWS::Lambda::EventSourceMapping":
                self._event_source(logical_id)
        return merge([self.draft.graph(), *machines])

    def _node(self, logical_id: str) -> Node | None:
        kind, name = self.names.type(logical_id), self.names.name(logical_id)
        match kind:
            case "AWS::Lambda::Function" | "AWS::Serverless::Function":
                return names.function(name)
            case "AWS::DynamoDB::Table" | "AWS::DynamoDB::GlobalTable":
                return names.dynamodb_table(name)
            case "AWS::StepFunctions::StateMachine" | "AWS::Serverless::StateMachine":
                return names.state_machine(name)
            case "AWS::Route53::HostedZone":
                return zone_node(logical_id, canonical_name(name))
            case _ if kind in _SERVICES:
                return names.resource(_SERVICES[kind], name)
            case _:
                return None

    def _environment(self, function: Node, logical_id: str, place: str) -> None:
        environment = self.names.properties(logical_id).get("Environment")
        variables = environment.get("Variables") if isinstance(environment, dict) else None
        for variable, value in sorted(variables.items()) if isinstance(variables, dict) else ():
            where = f"{place}/Properties/Environment/Variables/{variable}"
            found = {node.id: node for node in mentioned(self.names.text(value), self.known)}
            referred = self.nodes.get(self.names.referred(value))
            if referred is not None:
                found[referred.id] = referred
            for node_id in sorted(found):
                self.draft.node(found[node_id], where)
                uses(self.draft, function, found[node_id], where)

    def _columns(self, table: Node, logical_id: str, place: str) -> None:
        told = self.names.properties(logical_id).get("AttributeDefinitions")
        pairs = [
            (str(each["AttributeName"]), self.names.text(each.get("AttributeType")))
            for each in (told if isinstance(told, list) else ())
            if isinstance(each, dict) and isinstance(each.get("AttributeName"), str)
        ]
        self.draft.columns(table, pairs, f"{place}/Properties/AttributeDefinitions")

    def _machine(self, node: Node, logical_id: str) -> Graph:
        properties = self.names.properties(logical_id)
        given = properties.get("DefinitionSubstitutions")
        values = {key: self.names.text(value) for key, value in (given if isinstance(given, dict) else {}).items()}
        definition = properties.get("Definition")
        if not isinstance(definition, dict):
            try:
                definition = state(self.names.text(properties.get("DefinitionString")))
            except MALFORMED:
                definition = None
        if not isinstance(definition, dict):
            # Elsewhere (a bucket), or made by what only a deployment knows: the machine is there, its states are not known.
            return Graph()
        return from_state_machine(definition, node.label, self.file, values)

    def _event_source(self, logical_id: str) -> None:
        properties = self.names.properties(logical_id)
        place = f"/Resources/{logical_id}"
        target = self._meant(properties.get("FunctionName"), "function")
        source = self._meant(properties.get("EventSourceArn"), "resource")
        for node in (source, target):
            self.draft.node(node, place)
        self.draft.edge(source, "feeds", target, place, "an event source")

    def _targets(self, node: Node, logical_id: str, place: str) -> None:
        """What a rule, a schedule or a topic sends to."""
        properties = self.names.properties(logical_id)
        several = properties.get("Targets", properties.get("Subscription"))
        one = properties.get("Target")
        for each in (*(several if isinstance(several, list) else ()), one):
            arn = each.get("Arn", each.get("Endpoint")) if isinstance(each, dict) else None
            if arn is not None:
                target = self._meant(arn, "resource")
                self.draft.node(target, place)
                self.draft.edge(node, "feeds", target, place, "a target")

    def _meant(self, value: Any, kind: str) -> Node:
        """What a value refers to: a resource of this template, or one that an ARN names, or nobody knows which."""
        own = self.nodes.get(self.names.referred(value))
        text = self.names.text(value)
        found = [own] if own is not None else mentioned(text, self.known)
        return found[0] if found else Node(kind, qualified("template", text or json.dumps(value)), resolved=False)

    def _granted(self, function: Node, logical_id: str) -> None:
        role = self.names.referred(self.names.properties(logical_id).get("Role"))
        for place, statement in self._statements(role):
            if statement.get("Effect") != "Allow":
                continue
            for resource in _listed(statement.get("Resource")):
                target = self.nodes.get(self.names.referred(resource)) or next(
                    iter(mentioned(self.names.text(resource), self.known)), None
                )
                for action in _listed(statement.get("Action")):
                    if target is not None and isinstance(action, str):
                        self.draft.node(target, place)
                        self._may(function, action, target, place)

    def _may(self, function: Node, action: str, target: Node, place: str) -> None:
        verb = action.partition(":")[2] or action
        if target.kind in ("function", "pipeline"):
            if fnmatchcase("InvokeFunction", verb) or verb.startswith("Start"):
                self.draft.edge(function, "invokes", target, place, f"granted {action}", resolved=False)
            return
        if _READS.fullmatch(verb) or verb == "*":
            self.draft.edge(function, "reads", target, place, f"granted {action}", resolved=False)
        if not _READS.fullmatch(verb):
            self.draft.edge(function, "writes", target, place, f"granted {action}", resolved=False)

    def _statements(self, role: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """The statements of a role's own policies, and of policies that are attached to it, each with its place."""
        policies = [
            (f"/Resources/{role}/Properties/Policies/{at}/PolicyDocument", each.get("PolicyDocument"))
            for at, each in enumerate(_listed(self.names.properties(role).get("Policies")))
            if isinstance(each, dict)
        ]
        for logical_id in self.names.resources:
            if self.names.type(logical_id) in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
                properties = self.names.properties(logical_id)
                if any(self.names.referred(each) == role for each in _listed(properties.get("Roles"))):
                    place = f"/Resources/{logical_id}/Properties/PolicyDocument"
                    policies.append((place, properties.get("PolicyDocument")))
        for place, document in policies:
            statements = _listed(document.get("Statement")) if isinstance(document, dict) else []
            for at, statement in enumerate(statements):
                if role and isinstance(statement, dict):
                    yield f"{place}/Statement/{at}", statement


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
