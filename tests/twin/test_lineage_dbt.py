"""dbt's manifest: what it says of models, tests and what follows what, and how it is refused."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.twin.lineage_parts import manifest, write
from tests.twin.pipelines_data import files, needs_data
from twinstage.model.errors import InputError
from twinstage.twin.lineage.dbt import Dependence, dbt_of, is_manifest, read_dbt

if TYPE_CHECKING:
    from pathlib import Path

VALUES = st.none() | st.integers() | st.text(max_size=3) | st.lists(st.text(max_size=3), max_size=2)


@needs_data
def test_every_recorded_manifest_is_read_and_every_other_artifact_refused_by_its_name() -> None:
    versions = set()
    for file in files("dbt"):
        if "manifest" in file.name:
            versions.add(read_dbt(file).version)
            assert is_manifest(file.read_bytes())
        else:
            with pytest.raises(InputError) as refused:
                read_dbt(file)
            assert all(problem.line > 0 for problem in refused.value.problems)
            if "run_results" in file.name:
                assert "run-results" in str(refused.value)
    assert {2, 3, 4, 11, 12} <= versions


def test_a_dependence_that_the_child_map_does_not_have_is_disputed() -> None:
    document = manifest(
        {"model.a": ["model.b"], "model.b": []},
        model__a={},
        model__b={"depends_on": {"nodes": ["model.a"]}},
        model__c={"depends_on": {"nodes": ["model.b", "macro.x"]}},
    )
    assert dbt_of(json.dumps(document).encode(), "m").dependences == (
        Dependence("model.a", "model.b", "/child_map/model.a"),
        Dependence("model.b", "model.c", "/nodes/model.c/depends_on", disputed=True),
    )


def test_without_a_child_map_what_nodes_depend_on_is_taken_as_said() -> None:
    document = manifest(None, model__a={}, model__b={"depends_on": ["model.a"]})
    assert dbt_of(json.dumps(document).encode(), "m").dependences == (
        Dependence("model.a", "model.b", "/nodes/model.b/depends_on"),
    )


def test_names_of_relations_have_no_quotes_and_are_put_together_where_there_is_none() -> None:
    document = manifest(
        None,
        model__a={"relation_name": '"shop"."public"."a"'},
        model__b={"database": "shop", "schema": "public", "alias": "bee"},
        test__c={"database": "shop", "schema": "public"},
    )
    assert [node.relation for node in dbt_of(json.dumps(document).encode(), "m").nodes] == [
        "shop.public.a",
        "shop.public.bee",
        "",
    ]


def test_problems_have_lines_and_pointers(tmp_path: Path) -> None:
    text = json.dumps(manifest({"model.a": ["model.b"]}, model__a={"columns": {"x": 5}}), indent=1)
    with pytest.raises(InputError) as refused:
        read_dbt(write(tmp_path / "manifest.json", text))
    (problem,) = refused.value.problems
    assert problem.pointer == "/nodes/model.a/columns/x"
    assert text.splitlines()[problem.line - 1].strip() == '"x": 5'


@given(st.dictionaries(st.sampled_from(["depends_on", "columns", "owner", "group", "relation_name"]), VALUES), VALUES)
def test_no_manifest_crashes_the_reader(node: dict[str, Any], child_map: Any) -> None:
    document = manifest(None, model__a=node) | {"child_map": child_map}
    with contextlib.suppress(InputError):
        assert dbt_of(json.dumps(document).encode(), "m").nodes
