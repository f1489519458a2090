"""Leaks through the code that runs, the names that things have, and the logs they write to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.isolation.leaks.leak import (
    PRODUCTION,
    REGION,
    TWIN,
    Leak,
    clone,
    edit,
    leaks,
    logical_id,
    of_type,
    one,
    role,
)
from tests.isolation.leaks.told import function, variables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.isolation.leaks.leak import Change, Document

LAYER, GROUP, MACHINE = "AWS::Lambda::LayerVersion", "AWS::Logs::LogGroup", "AWS::StepFunctions::StateMachine"
ASSETS = f"{TWIN}-{REGION}"


def code_leaks() -> Iterator[Leak]:
    """Every one, in a fixed order."""
    yield from leaks("twin", "package", dict(_packages()))
    yield from leaks("twin", "handler", dict(_handlers()))
    yield from leaks("twin", "name", dict(_names()))
    yield from leaks("twin", "log", dict(_logs()))
    yield from leaks("twin", "handed on", dict(_handed_on()))
    yield from leaks(
        "platform", "handler", {"of another function": _handler("sweep", "twinstage.handlers.prepare.handler")}
    )


def _code(**changes: Any) -> Change:
    return lambda template: clone(template)["Code"].update(changes)


def _packages() -> Iterator[tuple[str, Change]]:
    yield "a bucket whose name anybody can take", _code(S3Bucket=f"cdk-taken-assets-{ASSETS}")
    yield "production's bucket as a qualifier", _code(S3Bucket=f"cdk-x-assets-{PRODUCTION}-{REGION}-assets-{ASSETS}")
    yield "a bucket put together", _code(S3Bucket={"Fn::Sub": "cdk-taken-assets-${AWS::AccountId}-${AWS::Region}"})
    yield "another package of a clone", _code(S3Key=f"{'a' * 64}.zip")
    yield (
        "another package of a stage",
        lambda t: function(t, "-Replay")["Properties"]["Code"].update(S3Key=f"{'a' * 64}.zip"),
    )
    yield "another package of the recorder", lambda t: one(t, LAYER)["Content"].update(S3Key=f"{'a' * 64}.zip")
    yield (
        "the recorder out of production's bucket",
        lambda t: one(t, LAYER)["Content"].update(S3Bucket=f"cdk-hnb659fds-assets-{PRODUCTION}-{REGION}"),
    )
    yield "a version of a package", _code(S3ObjectVersion="x")
    yield "a package under a stranger's key", _code(SourceKMSKeyArn=f"arn:aws:kms:{REGION}:{PRODUCTION}:key/x")
    yield (
        "another bootstrap",
        lambda t: t["Parameters"]["BootstrapVersion"].update(Default="/cdk-bootstrap/taken/version"),
    )


def _handler(ending: str, handler: str) -> Change:
    return lambda template: function(template, ending)["Properties"].update(Handler=handler)


def _handlers() -> Iterator[tuple[str, Change]]:
    yield "of a clone without its recorder", _handler("-baseline-enactor", "index.handler")
    yield "of another stage", _handler("-Replay", "twinstage.handlers.cleanup.handler")
    yield (
        "of another module, recorded",
        lambda t: variables(t, "-baseline-enactor").update(TWINSTAGE_HANDLER="os.system"),
    )
    yield "by reference", lambda t: clone(t).update(Handler={"Ref": "AWS::Region"})
    yield "of nobody's", lambda t: clone(t).pop("Handler")
    yield "without the recorder's layer", lambda t: clone(t).pop("Layers")
    yield "with no layer", lambda t: clone(t).update(Layers=[])
    yield (
        "a layer of a stage",
        lambda t: function(t, "-Replay")["Properties"].update(Layers=[{"Ref": logical_id(t, LAYER)}]),
    )
    yield "of which nothing is told", lambda t: function(t, "-baseline-planner").pop("Metadata")
    yield "another runtime", lambda t: clone(t).update(Runtime="provided.al2023")


def _names() -> Iterator[tuple[str, Change]]:
    other = "twin-demo-2-"
    yield "another run's boundary", edit("AWS::IAM::ManagedPolicy", ManagedPolicyName=f"{other}boundary")
    yield "another run's layer", edit(LAYER, LayerName=f"{other}recorder")
    yield "another run's log", edit(GROUP, LogGroupName=f"/aws/lambda/{other}baseline-enactor")
    yield "another run's function", lambda t: clone(t).update(FunctionName=f"{other}baseline-enactor")
    yield "another run's role", lambda t: role(t, "-Replay").update(RoleName=f"{other}Replay")
    yield "another region's zone of availability", edit("AWS::EC2::Subnet", AvailabilityZone="eu-west-1a")
    yield "a zone's name in other letters", edit("AWS::Route53::HostedZone", Name="ex\u0430mple1.internal.")


def _group(template: Document, ending: str) -> str:
    groups = ((name, each) for name, each in template["Resources"].items() if each["Type"] == GROUP)
    return next(str(name) for name, each in groups if each["Properties"]["LogGroupName"].endswith(ending))


def _logs() -> Iterator[tuple[str, Change]]:
    yield (
        "the other arm's",
        lambda t: clone(t).update(LoggingConfig={"LogGroup": {"Ref": _group(t, "-candidate-enactor")}}),
    )
    yield "a stage's", lambda t: clone(t).update(LoggingConfig={"LogGroup": {"Ref": _group(t, "-Replay")}})
    yield (
        "a clone's, for the machine",
        lambda t: one(t, MACHINE)["LoggingConfiguration"]["Destinations"][0].update(
            CloudWatchLogsLogGroup={"LogGroupArn": {"Fn::GetAtt": [_group(t, "-baseline-enactor"), "Arn"]}}
        ),
    )


def _defined(change: Callable[[Document], object]) -> Change:
    def changed(template: Document) -> None:
        machine = one(template, MACHINE)
        definition = json.loads(machine["DefinitionString"])
        change(definition["States"])
        machine["DefinitionString"] = json.dumps(definition)

    return changed


def _handed_on() -> Iterator[tuple[str, Change]]:
    elsewhere = {"bucket": "elsewhere", "key": "k"}
    yield "a bucket to a map", _defined(lambda s: s["Arms"]["ItemSelector"].update(parts=elsewhere))
    yield "a bucket assigned", _defined(lambda s: s["Prepare"]["Assign"].update(explore=elsewhere))
    yield "a bucket as an answer", _defined(lambda s: s["Prepare"].update(Output={"parts": elsewhere}))
    joined = "{% {'parts': {'bucket': 'else' & 'where', 'key': 'k'}} %}"
    yield "a bucket put together", _defined(lambda s: s["Prepare"].update(Output=joined))
    yield "a table of production's", _defined(lambda s: s["Prepare"]["Arguments"]["Payload"].update(plans="dns-plans"))
    yield "a host", _defined(lambda s: s["Prepare"]["Arguments"]["Payload"].update(to="db.example.net"))
    yield "what runs as it is made", _defined(lambda s: s["Prepare"].update(Output="{% $eval($states.input.code) %}"))
    yield (
        "a token to who asks nobody",
        _defined(lambda s: s["Prepare"].update(Resource=f"{s['Prepare']['Resource']}.waitForTaskToken")),
    )

    def listed(template: Document) -> None:
        machine = one(template, MACHINE)
        machine["DefinitionString"] = machine["DefinitionString"].replace(
            '"InputType": "JSON"', '"InputType": "MANIFEST"', 1
        )

    yield "a list of objects for items", listed
    yield (
        "a second role of one name",
        lambda t: of_type(t, "AWS::IAM::Role")[-1]["Properties"].update(Path="/production/"),
    )
