"""Two rehearsals at once are disjoint: they share no name, and no role of one may touch a thing of the other, though one's name begins with the other's."""

from __future__ import annotations

import fnmatch
import json
from typing import Any

import pytest

from tests.stacks.sample_twin import Template, synthesize

NAMES = ("TableName", "RoleName", "FunctionName", "LayerName", "LogGroupName", "StateMachineName", "ManagedPolicyName")
# What belongs to every run of an account, or to nobody.
SHARED = (
    "Describe",
    "Get",
    "List",
    "CreateLogDelivery",
    "UpdateLogDelivery",
    "DeleteLogDelivery",
    "PutResourcePolicy",
    "PutTelemetry",
    "PutTrace",
)


@pytest.fixture(scope="module")
def other(context: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Template:
    given = {**context, "twinstage:run": "demo-2"}
    return synthesize(given, tmp_path_factory.mktemp("other"))["twinstage-twin-demo-2"]


def names(template: Template) -> set[str]:
    resources = template.document["Resources"].values()
    return {
        resource["Properties"][key] for resource in resources for key in NAMES if key in resource.get("Properties", {})
    }


def test_no_name_of_one_run_is_the_others(twin: Template, other: Template) -> None:
    assert len(names(twin)) == len(names(other)) > 30
    assert not names(twin) & names(other)


def changes(template: Template) -> list[tuple[str, str]]:
    """(role, resource) of whatever a role may change, and whatever anything in the run may at most."""
    boundary = [
        ("boundary", statement)
        for policy in template.properties("AWS::IAM::ManagedPolicy")
        for statement in policy["PolicyDocument"]["Statement"]
    ]
    found = []
    for role, statement in [*template.statements(), *boundary]:
        acting = [a for a in statement["Action"] if not a.partition(":")[2].startswith(SHARED)]
        if statement["Effect"] == "Allow" and acting:
            found += [(role, resource) for resource in statement["Resource"] if isinstance(resource, str)]
    return found


def test_no_role_of_one_run_may_change_a_named_thing_of_the_other(twin: Template, other: Template) -> None:
    """In both directions: `twin-demo-*` would be one that is wrong."""
    for mine, others in ((twin, other), (other, twin)):
        resources: set[Any] = names(others)
        for role, pattern in changes(mine):
            last = pattern.split(":", 5)[-1]
            named = last.partition("/")[2] if last.startswith(("table/", "stateMachine")) else last
            for name in resources:
                touched = fnmatch.fnmatchcase(name, named.removeprefix("function:").removeprefix("stateMachine:"))
                assert not touched or name.startswith("/aws/lambda/"), (role, pattern, name)


def test_results_lie_under_the_runs_own_prefix(twin: Template, other: Template) -> None:
    for mine, run in ((twin, "demo"), (other, "demo-2")):
        written = [r for _, r in changes(mine) if ":s3:::" in r and "/runs/" in r]
        assert written
        assert all(f"/runs/{run}/" in resource for resource in written)
        assert f"runs/{'demo-2' if run == 'demo' else 'demo'}/" not in json.dumps(mine.document)
