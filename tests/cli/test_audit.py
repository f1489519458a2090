"""`twinstage audit`: what it says, its one document, its exit codes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from twinstage.model.validation import schema_violations

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Ran

METADATA = {
    "Twinstage": {
        "Stack": "twin",
        "Run": "demo",
        "TwinAccount": "222222222222",
        "ProductionAccount": "111111111111",
        "Region": "us-east-1",
    }
}
LOG = {
    "Type": "AWS::Logs::LogGroup",
    "Properties": {
        "LogGroupName": "/aws/lambda/twin-demo-Replay",
        "Tags": [{"Key": "twinstage:run", "Value": "demo"}],
    },
}


@pytest.fixture
def template(tmp_path: Path) -> Callable[..., Path]:
    def written(**resources: Any) -> Path:
        file = tmp_path / "twin.template.json"
        file.write_text(json.dumps({"Metadata": METADATA, "Resources": {"Log": LOG, **resources}}))
        return file

    return written


def test_a_template_from_which_nothing_leads_is_proven(
    twinstage: Callable[..., Ran], template: Callable[..., Path]
) -> None:
    ran = twinstage("audit", str(template()))

    assert ran.code == 0
    assert ran.out.startswith("proven: 0 IAM statements and 1 resources of 1 templates")
    assert "profile: two-accounts" in ran.out


def test_a_violation_is_told_with_its_place_why_it_matters_and_how_to_mend_it(
    twinstage: Callable[..., Ran], template: Callable[..., Path]
) -> None:
    ran = twinstage("audit", str(template(Gateway={"Type": "AWS::EC2::InternetGateway"})))

    assert ran.code == 1
    for told in ("TWA001", "/Resources/Gateway/Type", "why:", "mend:", "1 violations"):
        assert told in ran.out


def test_the_document_is_what_its_schema_says(twinstage: Callable[..., Ran], template: Callable[..., Path]) -> None:
    ran = twinstage("audit", str(template(Gateway={"Type": "AWS::EC2::InternetGateway"})), "--json")

    assert ran.code == 1
    assert schema_violations("audit", ran.document) == []
    assert (ran.document["proven"], ran.document["resources"]) == (False, 2)
    assert [found["rule"] for found in ran.document["violations"]] == ["TWA001"]


def test_options_say_whose_a_template_is(twinstage: Callable[..., Ran], template: Callable[..., Path]) -> None:
    one = twinstage("audit", str(template()), "--production-account", "222222222222", "--json")
    other = twinstage("audit", str(template()), "--run", "other")

    assert (one.code, one.document["profile"]) == (0, "one-account")
    assert other.code == 1


def test_what_is_no_template_is_bad_input(twinstage: Callable[..., Ran], tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("{")

    assert twinstage("audit", str(tmp_path / "x.json")).code == 2
    assert twinstage("audit", str(tmp_path / "none")).code == 2
