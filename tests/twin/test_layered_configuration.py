"""Every setting has the value of the strongest layer that gives it; everything that is wrong with any layer is told at once."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twinstage.model.errors import InputError
from twinstage.twin.configuration import SETTINGS, Layer, configuration, of_environment, of_scenario

LAYERS = ("scenario", "environment", "flag")


def test_without_layers_every_setting_has_its_default() -> None:
    found = configuration([])
    assert {one.setting.name: (one.value, one.layer, one.origin) for one in found.settings} == {
        setting.name: (setting.default, "default", "") for setting in SETTINGS
    }


@given(given=st.tuples(*(st.none() | st.integers(0, 99) for _ in LAYERS)))
def test_the_strongest_layer_that_has_a_value_gives_it_and_the_others_are_hidden(given: tuple[int | None, ...]) -> None:
    layers = [
        Layer(name, {} if value is None else {"seed": value}, "f.yaml")  # type: ignore[arg-type]  # one of the names
        for name, value in zip(LAYERS, given, strict=True)
    ]
    (one,) = [one for one in configuration(layers).settings if one.setting.name == "seed"]
    said = [("default", 0)] + [(name, value) for name, value in zip(LAYERS, given, strict=True) if value is not None]
    assert [(one.layer, one.value), *one.hidden] == said[::-1]


def test_each_value_says_where_it_stands() -> None:
    scenario = of_scenario({"configuration": {"sample_rows": 3}}, "s.yaml", {"/configuration/sample_rows": 7})
    environment = of_environment({"TWINSTAGE_SEED": "5", "TWINSTAGE_HOME": "/x", "HOME": "/y", "TWINSTAGE_OWNER": ""})
    found = configuration([scenario, environment, Layer("flag", {"owner": "ann"}, "--set")])
    assert {one.setting.name: (one.value, one.origin) for one in found.settings if one.layer != "default"} == {
        "sample_rows": (3, "s.yaml:7"),
        "seed": (5, "TWINSTAGE_SEED"),
        "owner": ("ann", "--set owner"),
    }
    assert found["seed"] == 5
    assert found.of_twin() == {"sample_rows": 3, "seed": 5}


def test_every_problem_of_every_layer_is_told_at_once_with_the_nearest_names() -> None:
    scenario = of_scenario({"configuration": {"sample_row": 3, "seed": -1}}, "s.yaml", {"/configuration/seed": 4})
    environment = of_environment({"TWINSTAGE_TTL_HOUR": "5", "TWINSTAGE_SEED": "many"})
    with pytest.raises(InputError) as refused:
        configuration([scenario, environment, Layer("flag", {"zzz": "1"}, "--set")])
    assert {(p.file, p.line, p.message, p.hint) for p in refused.value.problems} == {
        ("s.yaml", 0, "there is no setting 'sample_row'", "nearest: sample_rows"),
        ("s.yaml", 4, "seed cannot be -1", "give a whole number from 0"),
        ("TWINSTAGE_TTL_HOUR", 0, "there is no setting 'ttl_hour'", "nearest: ttl_hours"),
        ("TWINSTAGE_SEED", 0, "seed cannot be 'many'", "give a whole number from 0"),
        ("--set", 0, "there is no setting 'zzz'", "settings: store, registry, owner, ttl_hours, sample_rows, seed"),
    }


@pytest.mark.parametrize("value", [True, None, 0, -1, "0", "1e9", "x", 9000, float("nan"), float("inf"), [], {}])
def test_no_such_value_is_a_time_to_live(value: Any) -> None:
    layer = Layer("flag", {"ttl_hours": value}, "--set")
    if value is None:
        assert configuration([layer])["ttl_hours"] == 24
        return
    with pytest.raises(InputError, match="ttl_hours cannot be"):
        configuration([layer])


@pytest.mark.parametrize("document", [{"configuration": []}, {"configuration": "seed"}])
def test_a_section_that_is_no_object_is_refused(document: Any) -> None:
    with pytest.raises(InputError, match="must be an object"):
        of_scenario(document, "s.yaml", {"/configuration": 2})


@pytest.mark.parametrize("document", [{}, None, [], {"configuration": None}])
def test_a_file_without_the_section_gives_nothing(document: Any) -> None:
    assert of_scenario(document, "s.yaml", {}).values == {}
