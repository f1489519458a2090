"""Bad contracts and settings: what `twin create` and `config show` are given."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.bad_input.case import Bad
from tests.bad_input.good import write

if TYPE_CHECKING:
    from pathlib import Path

_HEAD = "apiVersion: v3.1.0\nkind: DataContract\nid: x\nversion: 1.0.0\nstatus: active\n"
_FAN = {
    f"d{n}": {"type": "record", "fields": {s: {"$ref": f"#/definitions/d{n + 1}"} for s in "ab"}} for n in range(30)
}


def contract(name: str, content: str | bytes, *says: str) -> Bad:
    """A contract with this content."""

    def build(folder: Path) -> list[str]:
        write(folder / "given.yaml", content)
        return ["twin", "create", "--contract", "given.yaml"]

    return Bad(name, build, ("given.yaml", *says))


def setting(name: str, text: str, *says: str) -> Bad:
    """One setting that is given."""
    return Bad(name, lambda _: ["config", "show", "--set", text], says)


CONTRACT_INPUTS = [
    contract("contract-empty", "", "not a data contract"),
    contract("contract-not-utf-8", b"id: \xff\n", "given.yaml:1", "not UTF-8"),
    contract("contract-alias-bomb", _HEAD + "a: &a [x]\nb: [*a, *a]\n", "given.yaml:6", "anchors and aliases"),
    contract("contract-key-twice", _HEAD + "id: y\n", "given.yaml:6", "appears twice"),
    contract("contract-depth-bomb", "[" * 500_000, "nested deeper"),
    contract("contract-number-bomb", _HEAD + f"slaProperties: [{{property: a, value: {'9' * 400}}}]\n", "given.yaml:6"),
    contract("contract-of-the-future", _HEAD.replace("v3.1.0", "v9.0.0"), "given.yaml:1", "/apiVersion"),
    contract("contract-table-without-name", _HEAD + "schema:\n  - {description: x}\n", "given.yaml:7", "/schema/0"),
    contract(
        "contract-definitions-bomb",
        json.dumps(
            {
                "dataContractSpecification": "1.2.0",
                "id": "x",
                "info": {"title": "x", "version": "1"},
                "models": {"m": {"fields": {"f": {"$ref": "#/definitions/d0"}}}},
                "definitions": _FAN,
            }
        ),
        "more than 10000 fields",
    ),
    setting("setting-unknown", "sed=1", "there is no setting", "seed"),
    setting("setting-number-bomb", "seed=" + "9" * 5000, "seed cannot be"),
]
