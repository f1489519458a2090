"""What changed between two versions, whom it breaks, what caused it, and what is downstream of it."""

from __future__ import annotations

import json
import operator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.twin.contract_parts import DCS, ODCS_3, read
from twinstage.model.canonical import canonical_json, digest
from twinstage.model.data_product import Bound, DataProduct, ProductTable, QualityRule
from twinstage.model.data_product_form import product_document
from twinstage.model.data_twin import TwinContent
from twinstage.twin.graph.build import TwinSources, build
from twinstage.twin.versions.contracts import contract_changes
from twinstage.twin.versions.differences import twin_differences
from twinstage.twin.versions.documents import MOST, document_changes, pipeline_changes
from twinstage.twin.versions.promises import rule_changes
from twinstage.twin.versions.reach import GraphReach

if TYPE_CHECKING:
    from collections.abc import Callable

    from twinstage.twin.versions.change import Change, Difference

MACHINE: dict[str, Any] = {
    "StartAt": "Load",
    "States": {
        "Load": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Next": "Each"},
        "Each": {
            "Type": "Map",
            "ItemProcessor": {"StartAt": "One", "States": {"One": {"Type": "Pass", "End": True}}},
            "End": True,
        },
    },
}


def changes(before: str, after: str) -> dict[tuple[str, str], str]:
    """(kind, path) -> whom it breaks, of two contracts."""
    found = contract_changes(read(before).product, read(after).product)
    return {(change.kind, change.path): change.breaks for change in found if not change.kind.startswith("major")}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "name: customer",
            "name: client",
            {("column-removed", "orders.customer"): "consumers", ("column-added", "orders.client"): ""},
        ),
        (
            "Type: string\n        physicalType: varchar(18)",
            "Type: integer",
            {("type-changed", "orders.customer"): "both"},
        ),
        ("logicalType: number", "logicalType: integer", {("type-narrowed", "orders.total"): "producers"}),
        ("logicalType: integer", "logicalType: number", {("type-widened", "orders.lines[].quantity"): "consumers"}),
        ("varchar(18)", "varchar(19)", {("physical-type-changed", "orders.customer"): ""}),
        ("required: true", "required: false", {("required-removed", "orders.id"): "consumers"}),
        ("unique: true", "unique: false", {("unique-removed", "orders.id"): "consumers"}),
        (
            "classification: restricted",
            "required: true\n        classification: restricted",
            {("required-added", "orders.customer"): "producers"},
        ),
        (
            "classification: restricted",
            "primaryKey: true\n        classification: restricted",
            {("key-changed", "orders"): "both"},
        ),
        ("classification: restricted", "classification: public", {("classification-changed", "orders.customer"): ""}),
        ("{minimum: 0}", "{minimum: 1}", {("limit-tightened", "orders.total/minimum"): "producers"}),
        ("{minimum: 0}", "{minimum: -1}", {("limit-loosened", "orders.total/minimum"): "consumers"}),
        ("{minimum: 0}", "{minimum: 0, maximum: 9}", {("limit-tightened", "orders.total/maximum"): "producers"}),
        ("{minimum: 0}", "{}", {("limit-loosened", "orders.total/minimum"): "consumers"}),
        ("mustBeGreaterThan: 10", "mustBeGreaterThan: 11", {("rule-tightened", "orders#rowCount"): "producers"}),
        ("mustBeGreaterThan: 10", "mustBeGreaterOrEqualTo: 10", {("rule-loosened", "orders#rowCount"): "consumers"}),
        ("mustBeGreaterThan: 10", "mustBeLessThan: 10", {("rule-changed", "orders#rowCount"): "both"}),
        ("[1, 5]", "[2, 4]", {("rule-tightened", "orders#fresh"): "producers"}),
        ("severity: warning", "severity: error", {("rule-tightened", "orders.total#nullValues"): "producers"}),
        ("value: 4\n", "value: 3\n", {("level-tightened", "latency@orders.id"): "producers"}),
        ("unit: h", "unit: d", {("level-loosened", "latency@orders.id"): "consumers"}),
        ("99.9%", "99.99%", {("level-tightened", "availability"): "producers"}),
        ("physicalName: orders_v1", "physicalName: orders_v2", {("physical-name-changed", "orders"): "both"}),
        ("status: active", "status: retired", {("status-changed", ""): "consumers"}),
        ("username: ann", "username: bob", {("owner-changed", ""): "", ("team-changed", ""): ""}),
    ],
)
def test_a_change_of_a_contract_is_named_and_says_whom_it_breaks(old: str, new: str, expected: dict[Any, str]) -> None:
    assert old in ODCS_3
    found = changes(ODCS_3, ODCS_3.replace(old, new, 1))
    named = {
        (kind, "" if kind in ("status-changed", "owner-changed", "team-changed") else path): breaks
        for (kind, path), breaks in found.items()
    }
    assert named == expected


@pytest.mark.parametrize(
    ("enum", "kind", "breaks"),
    [("[a]", "enum-narrowed", "producers"), ("[a, b, c]", "enum-widened", "consumers")],
)
def test_values_less_break_producers_and_values_more_consumers(enum: str, kind: str, breaks: str) -> None:
    assert changes(DCS, DCS.replace("enum: [a, b]", f"enum: {enum}")) == {(kind, "orders.customer"): breaks}


def test_a_new_column_that_is_required_breaks_producers() -> None:
    text = ODCS_3.replace(
        "      - name: customer\n",
        "      - name: fresh\n        logicalType: string\n        required: true\n      - name: customer\n",
    )
    assert changes(ODCS_3, text) == {("column-added", "orders.fresh"): "producers"}


def test_a_removed_column_says_it_all_of_what_was_in_it() -> None:
    text = ODCS_3[: ODCS_3.index("      - name: lines")] + ODCS_3[ODCS_3.index("slaProperties") :]
    assert changes(ODCS_3, text) == {("column-removed", "orders.lines"): "consumers"}


def test_a_table_that_is_gone_breaks_its_consumers() -> None:
    before = read(ODCS_3).product
    after = replace(before, tables=())
    assert [(c.kind, c.breaks) for c in contract_changes(before, after)] == [
        ("table-removed", "consumers"),
        ("major-version-not-raised", ""),
    ]
    assert [(c.kind, c.breaks) for c in contract_changes(after, before)] == [("table-added", "")]


def test_what_breaks_consumers_asks_for_another_major_version() -> None:
    before = read(ODCS_3).product
    kinds = [c.kind for c in contract_changes(before, replace(before, tables=(), version="2.0.0"))]
    assert kinds == ["version-changed", "table-removed"]


def test_a_contract_that_is_the_same_has_no_difference() -> None:
    assert changes(ODCS_3, "# again\n" + ODCS_3) == {}


NUMBERS = st.integers(-3, 3)
ORDERED: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "!=": operator.ne,
}
OUTSIDE = st.tuples(NUMBERS, NUMBERS).map(sorted).map(tuple)
BOUND = st.builds(Bound, st.sampled_from(list(ORDERED)), NUMBERS) | st.builds(Bound, st.just("outside"), OUTSIDE)
BOUNDS = st.lists(BOUND, min_size=1, max_size=3)


def passes(bounds: tuple[Bound, ...], value: float) -> bool:
    """Whether a value satisfies every bound, without a look at intervals."""
    return all(
        not b.value[0] <= value <= b.value[1] if isinstance(b.value, tuple) else ORDERED[b.operator](value, b.value)
        for b in bounds
    )


@settings(max_examples=300)
@given(before=BOUNDS.map(tuple), after=BOUNDS.map(tuple))
def test_a_rule_is_tightened_exactly_where_less_passes(before: tuple[Bound, ...], after: tuple[Bound, ...]) -> None:
    """The oracle tries every half between the numbers that bounds are drawn from, and one beyond."""
    tried = [n / 2 for n in range(-9, 10)]
    old, new = ({value for value in tried if passes(bounds, value)} for bounds in (before, after))
    tables = [ProductTable("t", quality=(QualityRule("r", "library", metric="m", bounds=b),)) for b in (before, after)]
    found = [change.kind for change in rule_changes(*tables)]
    if old != new:
        expected = "rule-tightened" if new < old else "rule-loosened" if old < new else "rule-changed"
        assert found == [expected]
    else:
        assert found == ([] if before == after else ["rule-told-otherwise"])


def test_states_of_a_pipeline_are_compared_wherever_they_are() -> None:
    after = json.loads(json.dumps(MACHINE))
    after["States"]["Each"]["ItemProcessor"]["States"]["One"]["Type"] = "Succeed"
    after["States"]["Load"]["TimeoutSeconds"] = 5
    after["States"]["Save"] = {"Type": "Pass", "End": True}
    after["Comment"] = "other"
    assert {(c.kind, c.path, c.breaks) for c in pipeline_changes(MACHINE, after)} == {
        ("state-does-other", "Each/One/Type", "consumers"),
        ("state-set-otherwise", "Load/TimeoutSeconds", ""),
        ("state-added", "Save", ""),
    }
    assert [c.kind for c in pipeline_changes(after, MACHINE) if c.breaks] == ["state-removed", "state-does-other"]


def test_another_function_is_something_else_even_where_only_parameters_name_it() -> None:
    before, after = json.loads(json.dumps(MACHINE)), json.loads(json.dumps(MACHINE))
    before["States"]["Load"]["Parameters"] = {"FunctionName": "load", "Payload": {"n": 1}}
    after["States"]["Load"]["Parameters"] = {"FunctionName": "load-2", "Payload": {"n": 1}}
    (one,) = pipeline_changes(before, after)
    assert (one.kind, one.path, one.breaks) == ("state-does-other", "Load/Parameters", "consumers")
    after["States"]["Load"]["Parameters"] = {"FunctionName": "load", "Payload": {"n": True}}
    (one,) = pipeline_changes(before, after)
    assert (one.kind, one.breaks) == ("state-set-otherwise", "")


def test_what_is_said_of_a_whole_machine_is_compared_too_also_of_one_inside_a_state() -> None:
    after = json.loads(json.dumps(MACHINE)) | {"TimeoutSeconds": 9, "StartAt": "Each"}
    after["States"]["Each"]["ItemProcessor"]["ProcessorConfig"] = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    after["States"]["Load"]["ResultPath"] = None
    assert [(c.kind, c.path) for c in pipeline_changes(MACHINE, after)] == [
        ("state-set-otherwise", "Load/ResultPath"),
        ("start-changed", "StartAt"),
        ("machine-set-otherwise", "TimeoutSeconds"),
        ("machine-set-otherwise", "Each/ProcessorConfig"),
    ]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from(["a", "~/"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "~", "/"]), inner, max_size=3)
    ),
    max_leaves=8,
)


def patched(document: Any, changes: list[Change]) -> Any:
    """The document with every change done to it."""
    root = json.loads(json.dumps({"": document}))
    for change in changes:
        *path, last = ["", *(step.replace("~1", "/").replace("~0", "~") for step in change.path.split("/")[1:])]
        around = root
        for step in path:
            around = around[int(step) if isinstance(around, list) else step]
        if change.kind == "removed":
            del around[last]
        else:
            around[int(last) if isinstance(around, list) else last] = change.after
    return root[""]


class Kept:
    """Contents under their digests, and versions made of them."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def keep(self, document: Any) -> str:
        self.kept[digest(document)] = canonical_json(document)
        return digest(document)

    def content(self, product: DataProduct, machine: Any = None, **more: Any) -> TwinContent:
        pipeline = canonical_json(machine) if machine else None
        graph = build(TwinSources(product=product, pipeline=pipeline))
        parts = {"pipeline": self.keep(machine)} if machine else {}
        return TwinContent(
            contract=self.keep(product_document(product)), graph=self.keep(graph.document()), **parts, **more
        )

    def between(self, before: TwinContent, after: TwinContent, **more: Any) -> tuple[Difference, ...]:
        return twin_differences(before, after, self.kept.get, **more)


def test_what_is_derived_has_the_inputs_that_changed_as_its_causes() -> None:
    kept, product = Kept(), read(ODCS_3).product
    before = kept.content(product, MACHINE, infrastructure="sha256:a")
    after = kept.content(
        read(ODCS_3.replace("name: customer", "name: client")).product, MACHINE, infrastructure="sha256:b"
    )
    found = kept.between(before, after)
    assert {one.change.part for one in found} == {"contract", "graph", "infrastructure"}
    assert {one.causes for one in found} == {("contract",)}
    machine = json.loads(json.dumps(MACHINE)) | {"StartAt": "Each"}
    both = kept.between(before, kept.content(replace(product, tables=()), machine, infrastructure="sha256:b"))
    assert {one.causes for one in both if one.change.part == "infrastructure"} == {("contract", "pipeline")}


def test_where_no_input_changed_the_tool_is_the_cause() -> None:
    kept, product = Kept(), read(ODCS_3).product
    before = kept.content(product, infrastructure="sha256:a")
    (one,) = kept.between(before, replace(before, infrastructure="sha256:b"))
    assert (one.change.kind, one.causes) == ("infrastructure-changed", ("tool",))
    (first,) = kept.between(replace(before, infrastructure=""), before)
    assert (first.change.kind, first.causes) == ("infrastructure-added", ("deployment",))


def test_templates_that_are_kept_are_compared_by_place() -> None:
    kept, product = Kept(), read(ODCS_3).product
    old, new = ({"Resources": {"Table": {"Type": "AWS::DynamoDB::Table", "Tags": [n]}}} for n in (1, 2))
    before = kept.content(product, infrastructure=kept.keep(old))
    (one,) = kept.between(before, replace(before, infrastructure=kept.keep(new)))
    assert (one.change.kind, one.change.path, one.change.before, one.change.after) == (
        "changed",
        "/Resources/Table/Tags/0",
        1,
        2,
    )


def test_of_very_many_changes_of_a_document_the_first_are_told() -> None:
    found = list(document_changes("infrastructure", {}, {f"{n:04}": n for n in range(MOST + 5)}))
    assert len(found) == MOST + 1
    assert (found[0].path, found[-1].kind) == ("/0000", "and-more")


@given(before=JSON, after=JSON)
def test_documents_differ_exactly_where_a_change_says_so(before: Any, after: Any) -> None:
    """Putting what each change says into the old document makes it the new one."""
    made = patched(before, list(document_changes("pipeline", before, after)))
    assert json.dumps(made, sort_keys=True) == json.dumps(after, sort_keys=True)


def test_configuration_and_data_are_parts_of_a_version_too() -> None:
    kept, product = Kept(), read(ODCS_3).product
    before = kept.content(product, configuration={"seed": 1}, snapshot="sha256:a")
    after = replace(before, configuration={"seed": 2, "rows": 3}, snapshot="sha256:b", owner="ann")
    assert {(o.change.part, o.change.kind, o.change.path, o.causes) for o in kept.between(before, after)} == {
        ("configuration", "setting-changed", "seed", ("configuration",)),
        ("configuration", "setting-added", "rows", ("configuration",)),
        ("configuration", "owner-changed", "owner", ("configuration",)),
        ("data", "data-changed", "", ("snapshot",)),
    }
    assert kept.between(before, before) == ()


def test_a_pipeline_that_comes_or_goes_is_one_difference() -> None:
    kept, product = Kept(), read(ODCS_3).product
    without, with_it = kept.content(product), kept.content(product, MACHINE)
    assert [o.change.kind for o in kept.between(without, with_it) if o.change.part == "pipeline"] == ["pipeline-added"]
    assert [o.change.kind for o in kept.between(with_it, without) if o.change.part == "pipeline"] == [
        "pipeline-removed"
    ]


def test_the_blast_radius_is_what_is_downstream_in_the_graph_and_unknown_is_not_nothing() -> None:
    kept, product = Kept(), read(ODCS_3).product
    before = kept.content(product)
    after = kept.content(read(ODCS_3.replace("logicalType: number", "logicalType: integer")).product)
    reach = GraphReach(build(TwinSources(product=product)))
    (one,) = [o for o in kept.between(before, after, downstream=reach) if o.change.breaks]
    assert one.affected is not None
    assert any(node.startswith("data-product:") for node in one.affected)
    assert any(node.startswith("check:") and "total" in node for node in one.affected)
    assert reach("elsewhere", "") is None
    (without,) = [o for o in kept.between(before, after) if o.change.breaks]
    assert without.affected is None
    assert without.document()["affected"] is None
