"""What would make a wrong twin is refused with its line and the way out; everything else is read, and told."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.twin.contract_parts import DCS, DCS_0_9, ODCS_2, ODCS_3, manifest, read
from twinstage.model.data_product_form import product_document, product_of
from twinstage.model.errors import InputError, InputProblem
from twinstage.model.validation import schema_violations
from twinstage.twin.contracts.contract import ReadContract, contract_of

REFUSED = [
    (
        "a table without a name",
        ODCS_3.replace("  - name: orders\n    physicalName: orders_v1", "  - description: none"),
        "name is required",
    ),
    ("a column without a name", ODCS_3.replace("- name: customer", "- businessName: customer"), "name is required"),
    ("two columns of one name", ODCS_3.replace("name: customer", "name: id"), "'id' is there already (line 3"),
    (
        "a key that is no flag",
        ODCS_3.replace("primaryKey: true", "primaryKey: perhaps"),
        "true or false, not 'perhaps'",
    ),
    (
        "a position that is no number",
        ODCS_3.replace("primaryKeyPosition: 1", "primaryKeyPosition: first"),
        "whole number",
    ),
    ("no id", ODCS_3.replace("id: orders\n", "", 1), "id is required"),
    ("a version of the future", ODCS_3.replace("v3.1.0", "v4.0.0"), "'v4.0.0' is no version that can be read"),
    ("a version of before", DCS.replace("1.2.0", "0.0.1", 1), "'0.0.1' is no version that can be read"),
    ("another kind", ODCS_3.replace("DataContract", "DataProduct"), "kind 'DataProduct' is no data contract"),
    ("a rule of no type", ODCS_3.replace("type: sql", "type: guess"), "'guess' is no type of a quality rule"),
    (
        "a bound that is no number",
        ODCS_3.replace("mustBeGreaterThan: 10", "mustBeGreaterThan: many"),
        "must be a number",
    ),
    ("a range of three", ODCS_3.replace("[1, 5]", "[1, 2, 5]"), "two numbers, the smaller first"),
    ("a range that goes down", ODCS_3.replace("[1, 5]", "[5, 1]"), "two numbers, the smaller first"),
    ("a schema that is no list", ODCS_3[: ODCS_3.index("schema:\n")] + "schema: orders\n", "schema must be a list"),
    ("a definition in itself", DCS.replace("id: {type: text,", "id: {$ref: '#/definitions/id',"), "contains itself"),
    (
        "a key of no field",
        DCS.replace("[shop, id]", "[shop, number]"),
        "'number' is in the primary key, and is no field",
    ),
    ("no data contract", "openapi: 3.1.0\n", "not a data contract of a standard that is known"),
    ("a list", "- a\n", "no object"),
    ("nothing", "", "no object"),
    ("half a file", ODCS_3[:200] + "\n  - [", "not YAML"),
    ("a key twice", ODCS_3 + "id: orders\n", "appears twice"),
    ("an anchor", ODCS_3.replace("id: orders", "id: &id orders", 1), "anchors and aliases are refused"),
]


@pytest.mark.parametrize(("text", "message"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_it_is_refused_with_its_line(text: str, message: str) -> None:
    with pytest.raises(InputError) as refused:
        read(text)
    problem = next(p for p in refused.value.problems if message in p.message)
    assert problem.line >= 1
    assert problem.file == "contract.yaml"
    assert problem.hint or "appears twice" in message


def test_every_problem_is_told_at_once_in_the_order_of_the_file() -> None:
    text = (
        ODCS_3.replace("- name: customer", "- businessName: customer")
        .replace("v3.1.0", "v3.1.0")
        .replace("[1, 5]", "[5]")
    )
    with pytest.raises(InputError) as refused:
        read(text.replace("primaryKey: true", "primaryKey: 7"))
    lines = [problem.line for problem in refused.value.problems]
    assert len(lines) == 3
    assert lines == sorted(lines)
    assert all("/schema/0" in problem.pointer for problem in refused.value.problems)


@pytest.mark.parametrize(
    ("text", "message", "stands"),
    [
        (ODCS_3.replace("domain:", "domian:"), "'domian' is not known here, and is not read", "domian"),
        (ODCS_3.replace("v3.1.0", "v3.9.0"), "v3.9.0 is newer than 3.1, and read as that", "v3.9.0"),
        (ODCS_3.replace("status: active\n", ""), "status is missing, which the standard requires", "apiVersion"),
        (ODCS_3.replace("version: 1.2.0", "version: 1.2"), "version is read as the text '1.2'", "version: 1.2"),
        (ODCS_3.replace("Type: number", "Type: amount"), "'amount' is not known: 'decimal(10,2)' is read", "total"),
        (ODCS_3.replace("mustBeGreaterThan: 10", "description: many"), "a rule without a bound", "metric: rowCount"),
        (DCS.replace("#/definitions/id", "https://example.test/id"), "is not in this file", "https://example.test/id"),
        (ODCS_3.replace("required: true", "required: 'yes'"), "'yes' is read as true", "required: 'yes'"),
    ],
    ids=["unknown", "newer", "missing", "number", "type", "bound", "reference", "word"],
)
def test_what_nothing_rests_on_is_told_with_its_line(text: str, message: str, stands: str) -> None:
    warning = next(w for w in read(text).warnings if message in w.message)
    assert stands in text.splitlines()[warning.line - 1]


def test_what_begins_with_x_belongs_to_whoever_wrote_it() -> None:
    assert read(ODCS_3 + "x-mine: {a: 1}\n").warnings == ()


def test_json_has_lines_too() -> None:
    document = yaml.safe_load(ODCS_3)
    document["schema"][0]["properties"][1]["primaryKey"] = "perhaps"
    text = json.dumps(document, indent=1)
    with pytest.raises(InputError) as refused:
        contract_of(text.encode(), "contract.json")
    (problem,) = refused.value.problems
    assert "perhaps" in text.splitlines()[problem.line - 1]


@pytest.mark.parametrize("data", [b"\xff\xfe", b"\x00", b"{", b'{"a": NaN}', b"[" * 5000, b"a: " * 9, b"\xef\xbb\xbf"])
def test_what_is_no_text_at_all_is_refused(data: bytes) -> None:
    with pytest.raises(InputError):
        contract_of(data, "contract")


@pytest.mark.parametrize("number", ["1e999999999", "-1e400", "1" * 400])
@pytest.mark.parametrize("place", ["mustBe", "examples", "value", "anything"])
def test_a_number_that_nobody_can_count_to_is_refused_wherever_it_is(number: str, place: str) -> None:
    document = yaml.safe_load(ODCS_3)
    table = document["schema"][0]
    told = {
        "mustBe": table["quality"][0],
        "examples": table["properties"][0],
        "value": document["slaProperties"][0],
        "anything": table["properties"][2]["logicalTypeOptions"],
    }[place]
    told[place] = "HERE"
    text = json.dumps(document, indent=1).replace('"HERE"', f"[{number}]" if place == "examples" else number)
    with pytest.raises(InputError, match="nobody can count to") as refused:
        contract_of(text.encode(), "c.json")
    assert refused.value.problems[0].line > 1


@pytest.mark.parametrize("schema", ["https://schemas.getdbt.com/dbt/catalog/v1.json", 7, ""])
def test_another_artifact_of_dbt_is_refused(schema: Any) -> None:
    with pytest.raises(InputError, match="no schema of a dbt manifest"):
        read({"metadata": {"dbt_schema_version": schema}, "nodes": {}})


def test_definitions_that_stand_for_far_more_than_the_file_holds_are_refused() -> None:
    """Definitions that each refer twice to the next would be 2**30 columns, if they were written out without a look at their number."""
    definitions = {
        f"d{n}": {"type": "record", "fields": {side: {"$ref": f"#/definitions/d{n + 1}"} for side in "ab"}}
        for n in range(30)
    }
    with pytest.raises(InputError, match="more than"):
        read(
            {
                "dataContractSpecification": "1.2.0",
                "id": "x",
                "info": {"title": "x", "version": "1"},
                "models": {"m": {"fields": {"f": {"$ref": "#/definitions/d0"}}}},
                "definitions": definitions,
            }
        )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
BASES = [*(yaml.safe_load(text) for text in (ODCS_3, ODCS_2, DCS, DCS_0_9)), manifest(4), manifest(12)]


def places(value: Any, around: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [around, *(place for key, inner in inside for place in places(inner, (*around, key)))]


@st.composite
def harmed(draw: st.DrawFn) -> Any:
    """A contract in which some places were removed, or hold anything else."""
    document = json.loads(json.dumps(draw(st.sampled_from(BASES)), default=str))
    for _ in range(draw(st.integers(1, 4))):
        path = draw(st.sampled_from([place for place in places(document) if place]))
        around = document
        for step in path[:-1]:
            around = around[step]
        if draw(st.booleans()) and isinstance(around, dict):
            del around[path[-1]]
        else:
            around[path[-1]] = draw(JSON)
    return document


def outcome(data: bytes) -> tuple[ReadContract | None, tuple[InputProblem, ...]]:
    """What reading came to, and what it had to say."""
    try:
        found = contract_of(data, "contract")
    except InputError as refused:
        return None, refused.problems
    return found, found.warnings


@settings(max_examples=100)
@given(document=harmed(), as_yaml=st.booleans())
def test_any_contract_is_a_product_or_refused_with_a_place(document: Any, as_yaml: bool) -> None:
    text = yaml.safe_dump(document, allow_unicode=True) if as_yaml else json.dumps(document)
    found, problems = outcome(text.encode("utf-8", "replace"))
    assert all(p.file == "contract" and p.message and (p.line or not as_yaml) for p in problems)
    if found is None:
        assert problems
        return
    assert product_of(json.loads(json.dumps(product_document(found.product)))) == found.product
    assert schema_violations("data-product", json.loads(json.dumps(product_document(found.product)))) == []
    names = [table.name for table in found.product.tables]
    assert len(names) == len(set(names))
    for table in found.product.tables:
        assert [column.key_position for column in table.key] == list(range(1, len(table.key) + 1))
