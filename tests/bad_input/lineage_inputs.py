"""Bad lineage, graphs, pipelines and templates: what `impact` and `graph export` are given."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.bad_input.case import Bad
from tests.bad_input.good import write

if TYPE_CHECKING:
    from pathlib import Path

_MANIFEST = {"metadata": {"dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v12.json"}, "nodes": {}}
_GRAPH = {"schema": "twinstage:graph:1", "digest": "sha256:" + "0" * 64, "nodes": [], "edges": []}


def given(name: str, option: str, content: str | bytes, *says: str) -> Bad:
    """A file of one kind, with this content."""

    def build(folder: Path) -> list[str]:
        write(folder / "given.json", content)
        return ["graph", "export", f"--{option}", "given.json"]

    return Bad(name, build, ("given.json", *says))


LINEAGE_INPUTS = [
    given("lineage-empty", "lineage", "", "there is no event in it"),
    given("lineage-duplicate-member", "lineage", '{\n"job": 1,\n"job": 2}', "given.json:3", "appears twice"),
    given("lineage-depth-bomb", "lineage", '{"inputs":' + "[" * 500_000, "nested deeper"),
    given("lineage-nan", "lineage", '{"job": {"name": NaN}}', "given.json:1", "not a JSON number"),
    given("lineage-not-utf-8", "lineage", b'{"job": {"name": "\xff"}}', "not JSON"),
    given("lineage-half-a-character", "lineage", '{"job": {"name": "\\ud800"}}', "/job/name", "surrogate"),
    given("lineage-control-characters", "lineage", '{"eventType": "\\u001b[2J\\u202e"}', "/eventType"),
    given("lineage-number-bomb", "lineage", '{"eventTime": 1e999999999}', "/eventTime"),
    given("lineage-second-line", "lineage", '{"job": {"name": "j"}}\n{"job": []}\n', "given.json:2", "/job"),
    given(
        "lineage-many-problems",
        "lineage",
        json.dumps({"inputs": [{"name": 5}] * 2000}),
        "/inputs/0/name",
    ),
    given("lineage-placeholders", "lineage", '{"eventTime": "{{ now }}", "job": {"name": "j"}}', "/eventTime"),
    given(
        "manifest-of-another-artifact",
        "lineage",
        json.dumps({"metadata": {"dbt_schema_version": "https://schemas.getdbt.com/dbt/catalog/v1.json"}}),
        "this is dbt's catalog",
    ),
    given("dbt-manifest-wrong-node", "lineage", json.dumps(_MANIFEST | {"nodes": {"a": 5}}), "/nodes/a"),
    given("graph-of-another-schema", "graph", json.dumps(_GRAPH | {"schema": "x"}), "/schema"),
    given("graph-changed-by-hand", "graph", json.dumps(_GRAPH), "/digest", "changed after it was written"),
    given("graph-depth-bomb", "graph", "[" * 500_000, "nested deeper"),
    given("pipeline-without-states", "pipeline", '{"StartAt": "A"}', "/States", "it has no states"),
    given("pipeline-depth-bomb", "pipeline", '{"States":' * 100_000, "nested deeper"),
    given("template-without-resources", "template", "{}", "/Resources", "it has no resources"),
    given("contract-that-is-none", "contract", "{}", "given.json"),
]
