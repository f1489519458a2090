"""What of a template decides over resources whose own text stays: nothing that may become another one is passed over in silence."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rehearse.template_parts import function, lowered, record
from twinstage.model.errors import InputError
from twinstage.rehearse.change.lowering.lowered import ANYTHING, CONDITIONAL, DECIDED, Lowered

LARGE = ({"IsLarge": {"Fn::Equals": ["a", "a"]}}, {"IsLarge": {"Fn::Equals": ["a", "b"]}})
RACKS = ({"Racks": {"one": {"address": "192.0.2.1"}}}, {"Racks": {"one": {"address": "192.0.2.2"}}})
SIZE = ({"Size": {"Type": "String", "Default": "1"}}, {"Size": {"Type": "String", "Default": "2"}})
EITHER = {"Fn::If": ["IsLarge", "192.0.2.1", "192.0.2.2"]}
FOUND = {"Fn::FindInMap": ["Racks", "one", "address"]}


def reasons(found: Lowered) -> dict[str, str]:
    return {name: each.why for each in found.not_lowered for name in each.logical_ids}


def test_a_resource_that_comes_under_a_condition_is_told() -> None:
    standing = record("a.example.", "192.0.2.1")
    found = lowered({"R": standing}, {"R": {**standing, "Condition": "Never"}})
    assert found.steps == ()
    assert reasons(found) == {"R": CONDITIONAL}


@pytest.mark.parametrize(
    ("held", "sections"),
    [
        ({**record("a.example.", "192.0.2.1"), "Condition": "IsLarge"}, {"Conditions": LARGE}),
        ({**record("a.example.", "192.0.2.1"), "Condition": "IsLarge"}, {"Parameters": SIZE}),
        (record("a.example.", EITHER), {"Conditions": LARGE}),  # type: ignore[arg-type]  # an intrinsic
        (record("a.example.", FOUND), {"Mappings": RACKS}),  # type: ignore[arg-type]  # an intrinsic
        (record("a.example.", {"Fn::Join": ["", [FOUND]]}), {"Mappings": RACKS}),  # type: ignore[arg-type]  # an intrinsic
    ],
)
def test_what_is_decided_otherwise_is_told_of_each_resource_that_it_speaks_of(
    held: dict[str, Any], sections: dict[str, Any]
) -> None:
    others = {"Other": record("b.example.", "192.0.2.3"), "F": function()}
    found = lowered({"R": held, **others}, {"R": held, **others}, **sections)
    assert found.steps == ()
    assert reasons(found) == {"R": DECIDED}
    assert lowered({"R": held}, {"R": held}) == Lowered()


def test_another_macro_may_make_anything_of_a_template() -> None:
    found = lowered({"F": function()}, {"F": function()}, Transform=(None, "Twice"))
    assert reasons(found) == {"Transform": ANYTHING}


def test_an_intrinsic_where_a_plain_value_stood_is_never_taken_for_the_value() -> None:
    plain = function(Timeout=10, MemorySize=256, Environment={"Variables": {"A": "1", "B": "2"}})
    imported = {"Fn::ImportValue": "x"}
    chosen = {"Fn::If": ["IsLarge", {"Variables": {"A": "1"}}, {"Ref": "AWS::NoValue"}]}
    after = function(Timeout=EITHER, MemorySize=imported, Handler=imported, Environment=chosen)
    changed = lowered({"F": plain}, {"F": after}).functions["registrar"][1]
    assert changed.settings == {}
    assert sorted(changed.unresolved) == ["environment", "handler", "memory_mb", "timeout_s"]

    within = function(Environment={"Variables": {"Fn::If": ["IsLarge", {"A": "1"}, {"A": "2"}]}})
    assert lowered({"F": function()}, {"F": within}).functions["registrar"][1].unresolved == ("environment",)
    assert lowered({"F": within}, {"F": within}) == Lowered()


def test_a_record_whose_condition_comes_with_it_is_refused_where_nothing_tells_its_value() -> None:
    with pytest.raises(InputError):
        lowered({"R": record("a.example.", "192.0.2.1")}, {"R": record("a.example.", EITHER)})  # type: ignore[arg-type]  # an intrinsic
