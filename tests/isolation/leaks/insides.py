"""Leaks inside the twin: through what the machine's definition says, and through roles that have another's part."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.isolation.leaks.leak import (
    PRODUCTION,
    REGION,
    RUN,
    TWIN,
    Leak,
    allow,
    clone,
    edit,
    leaks,
    of_type,
    one,
    role,
    statements,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.isolation.leaks.leak import Change, Document

MACHINE, FUNCTION, ROLE = "AWS::StepFunctions::StateMachine", "AWS::Lambda::Function", "AWS::IAM::Role"
CLONE = "-baseline-enactor"
RESULTS = f"arn:aws:s3:::twinstage-evidence-{TWIN}-{REGION}/runs/{RUN}/*"
PARTS = f"arn:aws:s3:::twinstage-evidence-{TWIN}-{REGION}/objects/*"
# Another's part, each within the run's boundary: whose role, what, on what.
PARTS_OF_OTHERS: tuple[tuple[str, str, str], ...] = (
    (CLONE, "dynamodb:PutItem", f"arn:aws:dynamodb:{REGION}:{TWIN}:table/twin-{RUN}-candidate-*"),
    (CLONE, "dynamodb:PutItem", f"arn:aws:dynamodb:{REGION}:{TWIN}:table/twin-{RUN}-ledger"),
    (CLONE, "lambda:InvokeFunction", f"arn:aws:lambda:{REGION}:{TWIN}:function:twin-{RUN}-Validate"),
    (CLONE, "states:StartExecution", f"arn:aws:states:{REGION}:{TWIN}:stateMachine:twin-{RUN}"),
    (CLONE, "s3:PutObject", RESULTS),
    (CLONE, "s3:DeleteObject", RESULTS),
    (CLONE, "s3:PutObject", PARTS),
    (CLONE, "logs:PutResourcePolicy", "*"),
    ("-Replay", "logs:PutResourcePolicy", "*"),
    ("-machine", "s3:PutObject", RESULTS),
    ("-machine", "dynamodb:Scan", f"arn:aws:dynamodb:{REGION}:{TWIN}:table/twin-{RUN}-baseline-*"),
)


def _holding(value: Any, member: str) -> Iterator[Document]:
    """Every object in a definition that has a member, outermost first."""
    if isinstance(value, dict):
        if member in value:
            yield value
        value = list(value.values())
    for each in value if isinstance(value, list) else ():
        yield from _holding(each, member)


def _defined(member: str, change: Callable[[Document], Any]) -> Change:
    """Change the first object of the machine's definition that has a member."""

    def changed(template: Document) -> None:
        machine = one(template, MACHINE)
        definition = json.loads(machine["DefinitionString"])
        change(next(_holding(definition, member)))
        machine["DefinitionString"] = json.dumps(definition)

    return changed


def _twice(template: Document) -> None:
    machine, call = one(template, MACHINE), '"Resource": "arn:aws:states:::lambda:invoke"'
    said = f'"Resource": "arn:aws:states:::sqs:sendMessage", {call}'
    machine["DefinitionString"] = machine["DefinitionString"].replace(call, said, 1)


def _logical(template: Document, kind: str, member: str, ending: str) -> str:
    return next(
        str(name)
        for name, each in template["Resources"].items()
        if each["Type"] == kind and each["Properties"][member].endswith(ending)
    )


def _swapped(template: Document) -> None:
    other = _logical(template, FUNCTION, "FunctionName", "-candidate-enactor")
    one(template, MACHINE)["DefinitionSubstitutions"]["ReplayFunction"] = {"Fn::GetAtt": [other, "Arn"]}


def _machine_with(ending: str) -> Change:
    def change(template: Document) -> None:
        one(template, MACHINE)["RoleArn"] = {"Fn::GetAtt": [_logical(template, ROLE, "RoleName", ending), "Arn"]}

    return change


def _granted(ending: str, action: str, resource: str) -> Change:
    return lambda template: statements(template, ending).append(allow(action, resource))


def _trusts(ending: str, service: str) -> Change:
    return lambda template: role(template, ending)["AssumeRolePolicyDocument"]["Statement"][0].update(
        Principal={"Service": service}
    )


def _definitions() -> Iterator[tuple[str, Change]]:
    literal = {"Bucket": "{% 'production' %}", "Key": "k"}
    yield "arguments worked out", _defined("Arguments", lambda s: s.update(Arguments="{% {'FunctionName': 'x'} %}"))
    yield "arguments of the input's", _defined("Arguments", lambda s: s.update(Arguments="{% $states.input %}"))
    yield "no arguments", _defined("Arguments", lambda s: s.pop("Arguments"))
    yield "a name by JSONPath", _defined("FunctionName", lambda a: a.update({"FunctionName.$": "$.name"}))
    yield (
        "parameters by JSONPath",
        _defined("Arguments", lambda s: s.update(QueryLanguage="JSONPath", Parameters=s.pop("Arguments"))),
    )
    yield "JSONPath throughout", _defined("StartAt", lambda d: d.update(QueryLanguage="JSONPath"))
    yield "a function's version", _defined("FunctionName", lambda a: a.update(Qualifier="1"))
    yield "a bucket as a literal", _defined("Bucket", lambda a: a.update(literal))
    yield "a bucket put together", _defined("Bucket", lambda a: a.update(Bucket="{% 'pro' & 'duction' %}"))
    yield "a reader's arguments", _defined("ReaderConfig", lambda r: r.update(Arguments="{% $states.input %}"))
    yield "another bucket's owner", _defined("Bucket", lambda a: a.update(ExpectedBucketOwner=PRODUCTION))
    yield "a reader as a task", _defined("Arguments", lambda s: s.update(Resource="arn:aws:states:::s3:getObject"))
    yield "a list of resources", _defined("Arguments", lambda s: s.update(Resource=["arn:aws:states:::http:invoke"]))
    yield (
        "results elsewhere",
        _defined("ItemReader", lambda s: s.update(ResultWriter={"Resource": "arn:aws:states:::s3:putObject"})),
    )
    yield "a zone for a stage", _defined("Payload", lambda a: a["Payload"].update(zone="Z0PRODUCTION1234567"))
    yield "a zone assigned", _defined("Assign", lambda s: s["Assign"].update(zone="Z0PRODUCTION1234567"))
    yield "an ARN in capitals", _defined("Payload", lambda a: a["Payload"].update(to="ARN:AWS:SQS"))
    yield "a task that is named twice", _twice
    yield "a clone in the place of a stage", _swapped


def inside_leaks() -> Iterator[Leak]:
    """Every one, in a fixed order."""
    yield from leaks("twin", "definition", dict(_definitions()))
    others = {f"{ending} may {action} on {on}": _granted(ending, action, on) for ending, action, on in PARTS_OF_OTHERS}
    yield from leaks("twin", "part", others)
    changes = {
        "the machine with a stage's role": _machine_with("-Prepare"),
        "the machine with a clone's role": _machine_with(CLONE),
        "a clone's role for a machine": _trusts(CLONE, "states.amazonaws.com"),
        "the machine's role for functions": _trusts("-machine", "lambda.amazonaws.com"),
        "a package by another name": lambda t: clone(t)["Code"].update(S3Key="production.zip"),
        "a network without groups": lambda t: clone(t).update(VpcConfig={}),
    }
    yield from leaks("twin", "part", changes)
    permission = "AWS::Lambda::Permission"
    yield from leaks("capture", "standing", {"everybody may call": edit(permission, Principal=None)})
    yield from leaks("platform", "standing", {"a session of half a day": _half_a_day})


def _half_a_day(template: Document) -> None:
    of_type(template, ROLE)[-1]["Properties"]["MaxSessionDuration"] = 43200
