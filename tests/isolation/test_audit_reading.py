"""Templates as files: JSON, YAML with short forms, a whole cloud assembly; and whose a template is."""

from __future__ import annotations

import json
import re
import shutil
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.stacks.sample_twin import synthesize
from twinstage.isolation.audit.identity import Claims, identify
from twinstage.isolation.audit.prove import audit
from twinstage.isolation.audit.reading import read_templates
from twinstage.isolation.audit.template import read_template
from twinstage.model.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from twinstage.isolation.audit.report import AuditReport

YAML = """\
Metadata:
  Twinstage: {Stack: twin, Run: demo, TwinAccount: "222222222222", ProductionAccount: "111111111111", Region: us-east-1}
Resources:
  Vpc:
    Type: AWS::EC2::VPC
    Properties: {CidrBlock: 10.0.0.0/16, Tags: [{Key: "twinstage:run", Value: demo}]}
  Zone:
    Type: AWS::Route53::HostedZone
    Properties:
      Name: !Sub "${AWS::Region}.example."
      HostedZoneTags: [{Key: "twinstage:run", Value: demo}]
      VPCs:
        - {VPCId: !Ref Vpc, VPCRegion: us-east-1}
        - VPCId: !ImportValue production-vpc
          VPCRegion: !Ref AWS::Region
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: twin-demo-x
      PermissionsBoundary: !GetAtt Zone.Id
      AssumeRolePolicyDocument: {Statement: {Effect: Allow, Action: sts:AssumeRole, Principal: {Service: lambda.amazonaws.com}}}
"""


def audited(path: Path, claims: Claims | None = None) -> AuditReport:
    return audit(read_templates(path), claims, clock=time.process_time)


def problems(path: Path) -> list[str]:
    with pytest.raises(InputError) as refused:
        audited(path)
    return [str(problem) for problem in refused.value.problems]


def assembly(folder: Path, stacks: dict[str, dict[str, Any]], account: str = "222222222222") -> Path:
    """A cloud assembly with the platform's stack, deployed into `account`, and the twin's one level down."""
    inner = folder / "assembly-inner"
    inner.mkdir()
    for place, stack, deployed in ((folder, "platform", account), (inner, "twin", "222222222222")):
        (place / f"{stack}.template.json").write_text(json.dumps(stacks[stack]))
        artifact = {
            "type": "aws:cloudformation:stack",
            "environment": f"aws://{deployed}/us-east-1",
            "properties": {"templateFile": f"{stack}.template.json"},
        }
        (place / "manifest.json").write_text(json.dumps({"artifacts": {stack: artifact}}))
    document = json.loads((folder / "manifest.json").read_text())
    document["artifacts"]["inner"] = {"type": "cdk:cloud-assembly", "properties": {"directoryName": inner.name}}
    (folder / "manifest.json").write_text(json.dumps(document))
    return folder


def test_a_cloud_assembly_is_audited_with_what_is_nested_in_it(
    tmp_path: Path, stacks: dict[str, dict[str, Any]]
) -> None:
    report = audited(assembly(tmp_path, stacks))

    assert [each.identity.kind for each in report.audited] == ["twin", "platform"]
    assert report.proven


def test_a_stack_that_is_deployed_elsewhere_is_a_violation(tmp_path: Path, stacks: dict[str, dict[str, Any]]) -> None:
    report = audited(assembly(tmp_path, stacks, account="111111111111"))

    assert [violation.rule.code for violation in report.violations] == ["TWA027"]
    assert "account 111111111111" in report.violations[0].finding.message


@pytest.fixture(scope="module")
def synthesized(tmp_path_factory: pytest.TempPathFactory, context: dict[str, str]) -> Path:
    """A whole cloud assembly as the CDK writes it."""
    folder = tmp_path_factory.mktemp("assembly")
    synthesize(context, folder)
    return folder


def test_what_the_cdk_writes_is_deployed_by_its_own_account(synthesized: Path) -> None:
    assert audited(synthesized).proven


@pytest.mark.parametrize(
    ("file", "before", "after"),
    [
        ("manifest.json", "222222222222:role/cdk-hnb659fds-deploy-role", "111111111111:role/cdk-hnb659fds-deploy-role"),
        (
            "manifest.json",
            "role/cdk-hnb659fds-cfn-exec-role-222222222222",
            "role/cdk-hnb659fds-cfn-exec-role-333333333333",
        ),
        ("manifest.json", "s3://cdk-hnb659fds-assets-222222222222-us-east-1", "s3://templates"),
        ("twinstage-twin-demo.assets.json", '"cdk-hnb659fds-assets-222222222222-us-east-1"', '"elsewhere"'),
        ("twinstage-twin-demo.assets.json", '"region": "us-east-1"', '"region": "eu-west-1"'),
        ("twinstage-twin-demo.template.json", "PACKAGE", "a" * 64),
    ],
)
def test_what_is_deployed_by_another_or_from_elsewhere_is_a_violation(
    file: str, before: str, after: str, synthesized: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(synthesized, tmp_path / "assembly")
    text = (folder / file).read_text()
    package = re.search(r'(?<="S3Key": ")[0-9a-f]{64}', text) if before == "PACKAGE" else None
    changed = text.replace(package[0] if package else before, after)
    assert changed != text
    (folder / file).write_text(changed)

    assert "TWA027" in {violation.rule.code for violation in audited(folder).violations}


def test_yaml_with_short_forms_is_read_and_findings_have_lines(tmp_path: Path) -> None:
    file = tmp_path / "template.yaml"
    file.write_text(YAML)

    found = {(each.rule.code, each.line) for each in audited(file).violations}

    assert ("TWA018", 14) in found  # the imported VPC
    assert ("TWA011", 20) in found  # a boundary that is none
    assert ("TWA004", 10) in found  # a name by Fn::Sub is not one that is written out


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.json", "{", "not JSON"),
        ("a.json", '{"Resources": {}, "Resources": {}}', "appears twice"),
        ("a.json", "[]", "not a template"),
        ("a.json", '{"Resources": {}}', "at least one"),
        ("a.json", '{"Resources": {"A": {"Type": 7}, "B": []}}', "/Resources/B"),
        ("a.json", '{"Resources": {"A": {"Type": "T", "Properties": []}}}', "properties are an object"),
        ("a.yaml", "a: &x 1\nb: *x\n", "anchors"),
        ("a.yaml", "Resources: {A: 1, A: 2}", "twice"),
        ("a.yaml", "a: [", "not YAML"),
        ("a.yaml", "[" * 5000, "not YAML"),
    ],
)
def test_what_is_no_template_is_refused(tmp_path: Path, name: str, text: str, told: str) -> None:
    (tmp_path / name).write_text(text)

    assert told in "\n".join(problems(tmp_path / name))


def test_a_folder_that_is_no_assembly_is_refused(tmp_path: Path) -> None:
    assert "cannot be read" in problems(tmp_path)[0]
    (tmp_path / "manifest.json").write_text('{"artifacts": {}}')
    assert "without a stack" in problems(tmp_path)[0]
    artifact = {"type": "aws:cloudformation:stack", "properties": {"templateFile": "../outside.json"}}
    (tmp_path / "manifest.json").write_text(json.dumps({"artifacts": {"x": artifact}}))
    assert "is not in this assembly" in problems(tmp_path)[0]


def test_nobody_knows_whose_a_template_is(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"Resources": {"A": {"Type": "AWS::EC2::VPC"}}}')

    told = problems(tmp_path / "a.json")

    assert any("give --run" in each for each in told)
    assert any("give --twin-account" in each for each in told)


def test_a_template_that_says_nothing_of_itself_is_judged_by_its_tags_and_arns(
    stacks: dict[str, dict[str, Any]],
) -> None:
    silent = {name: value for name, value in stacks["twin"].items() if name != "Metadata"}

    identity = identify(read_template("x", silent), Claims())

    assert (identity.kind, identity.run, identity.twin_account) == ("twin", "demo", "222222222222")
    assert identity.profile == "one-account"


def test_what_the_caller_claims_goes_before_what_the_template_says(stacks: dict[str, dict[str, Any]]) -> None:
    report = audit([read_template("x", stacks["twin"])], Claims(run="other"), clock=time.process_time)

    assert not report.proven
    assert {violation.rule.code for violation in report.violations} >= {"TWA006", "TWA013", "TWA014", "TWA024"}


def test_one_account_is_a_weaker_profile_that_is_named(stacks: dict[str, dict[str, Any]]) -> None:
    both = Claims(production_account="222222222222")

    report = audit([read_template("x", stacks["twin"])], both, clock=time.process_time)

    assert report.profile == "one-account"
    assert any("share one account" in weakness for weakness in report.weaknesses)
    assert report.document()["profile"] == "one-account"


@pytest.mark.parametrize("stack", ["platform", "twin"])
def test_stacks_of_one_assembly_agree_on_whose_accounts_they_stand_between(
    stack: str, tmp_path: Path, stacks: dict[str, dict[str, Any]]
) -> None:
    other = {
        **stacks[stack],
        "Metadata": {"Twinstage": {**stacks[stack]["Metadata"]["Twinstage"], "ProductionAccount": "333333333333"}},
    }

    report = audited(assembly(tmp_path, {**stacks, stack: other}))

    assert {violation.rule.code for violation in report.violations} == {"TWA032"}
    assert len(report.violations) == len(report.audited)


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("AWS::CloudFormation::Stack", "stands in another template"),
        ("Custom::AutoDelete", "decided by a function"),
        ("AWS::CloudFormation::Macro", "rewrites templates"),
        ("Our::Net::Isolated::MODULE", "stands in a registry"),
        ("AWS::CloudFormation::StackSet", "stands in another template"),
        ("Third::Party::Thing", "somebody's extension"),
    ],
)
def test_what_deploys_something_that_stands_elsewhere_is_refused_with_its_reason(
    kind: str, told: str, stacks: dict[str, dict[str, Any]]
) -> None:
    nested = {**stacks["twin"], "Resources": {**stacks["twin"]["Resources"], "Added": {"Type": kind}}}

    [violation] = audit([read_template("x", nested)], clock=time.process_time).violations

    assert violation.rule.code == "TWA001"
    assert told in violation.finding.message
