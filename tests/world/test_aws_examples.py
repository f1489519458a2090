"""AWS's own examples of change batches, one for each older routing policy and its alias form, are accepted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from twinstage.world.memory.route53 import apply_changes, changes_from, record_sets, zone_from

EXAMPLES = Path(__file__).parents[2] / "../shared/data/dns/aws-api-examples/route53-examples.json"


@pytest.mark.skipif(not EXAMPLES.is_file(), reason=f"AWS's examples are not at {EXAMPLES}")
def test_awss_examples_are_accepted() -> None:
    examples = json.loads(EXAMPLES.read_text("utf-8"))["ChangeResourceRecordSets"]
    assert len(examples) == 10
    for example in examples:
        request = example["input"]
        changes = changes_from(request["ChangeBatch"]["Changes"])
        zone = apply_changes(zone_from([], id=request["HostedZoneId"], name="example.com"), changes)
        assert len(record_sets(zone)) == len(changes)
