"""A scenario as every stage reads it, and which resource of a twin stands for which of production."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from twinstage.model.errors import TwinstageError
from twinstage.model.manifest import HealthCheckManifest, Manifest, Part, ZoneManifest, new_manifest
from twinstage.model.scenario import PERFORMANCE_DEFAULTS, scenario_of
from twinstage.model.twin import Twin, match_twin, twin_of
from twinstage.model.validation import schema_violations
from twinstage.model.zone_map import ZoneMap

if TYPE_CHECKING:
    from collections.abc import Sequence

SMALLEST: dict[str, Any] = {
    "schema": "twinstage:scenario:1",
    "name": "smallest",
    "capture": {"zones": ["EX.test"]},
    "events": {"file": "events.jsonl"},
}
ZONE = ZoneMap("ex.test.", "ZPRODUCTION", "ZTWIN")


def test_defaults_are_filled_in() -> None:
    scenario = scenario_of(SMALLEST)
    assert scenario.title == "smallest"
    assert scenario.capture == {"zones": ("ex.test.",), "tables": (), "functions": ()}
    assert scenario.criteria == {"consistency": {}, "performance": PERFORMANCE_DEFAULTS, "safety": {}}
    assert (scenario.seed, scenario.invariants, scenario.keep_environment) == (0, (), ())


def test_without_a_change_the_baseline_is_what_the_verdict_is_about() -> None:
    assert (scenario_of(SMALLEST).arms, scenario_of(SMALLEST).subject) == (("baseline",), "baseline")
    changed = scenario_of(SMALLEST | {"change": {"functions": {"b": {"code": "b"}, "a": {"code": "a"}}}})
    assert changed.changed == ("a", "b")
    assert (changed.arms, changed.subject) == (("baseline", "candidate"), "candidate")


def test_only_the_criteria_asked_for_count_and_limits_given_replace_the_defaults() -> None:
    scenario = scenario_of(SMALLEST | {"criteria": {"performance": {"max_calls_ratio": 1.0}}})
    assert scenario.criteria == {"performance": PERFORMANCE_DEFAULTS | {"max_calls_ratio": 1.0}}
    assert scenario_of(SMALLEST | {"criteria": {"safety": {}}}).criteria == {"safety": {}}


def test_an_empty_choice_of_criteria_asks_for_none() -> None:
    assert scenario_of(SMALLEST | {"criteria": {}}).criteria == {}
    assert set(scenario_of(SMALLEST).criteria) == {"consistency", "performance", "safety"}


def test_what_may_differ_at_the_end_is_read_in_canonical_form() -> None:
    change = {
        "functions": {"a": {"code": "a"}},
        "end_state": {"may_differ": ["API.ex.test", "*.Plan.ex.test", "table:Plans"]},
    }
    assert scenario_of(SMALLEST | {"change": change}).may_differ == ("api.ex.test.", "*.plan.ex.test.", "table:Plans")
    assert scenario_of(SMALLEST).may_differ == ()


def test_invariants_count_unless_the_scenario_says_otherwise() -> None:
    entries = [
        {"id": "I1", "kind": "resolves", "names": ["API.ex.test"]},
        {
            "id": "I2",
            "kind": "never_decreases",
            "names": ["a.ex.test."],
            "generation": "p{generation}",
            "counts": False,
            "title": "T",
        },
    ]
    first, second = scenario_of(SMALLEST | {"invariants": entries}).invariants
    assert (first.title, first.names, first.counts, first.generation) == ("I1", ("api.ex.test.",), True, None)
    assert (second.title, second.counts, second.generation) == ("T", False, "p{generation}")


def test_a_twin_comes_back_from_its_document() -> None:
    twin = Twin("r1", ("baseline", "candidate"), (ZONE,))
    assert twin_of(twin.document()) == twin


def test_the_names_of_a_twin_tell_run_and_arm() -> None:
    twin = Twin("r1", ("baseline",), (ZONE,))
    assert twin.table("baseline", "plans") == "twin-r1-baseline-plans"
    assert twin.function("candidate", "enactor") == "twin-r1-candidate-enactor"


def test_a_zone_is_found_by_its_name_or_by_productions_id() -> None:
    twin = Twin("r1", ("baseline",), (ZONE,))
    assert twin.zone("ex.test.") == twin.zone("ZPRODUCTION") == ZONE
    assert twin.zone("ZTWIN") is None


def manifest(*names: str, health_checks: Sequence[HealthCheckManifest] = ()) -> Manifest:
    zones = [ZoneManifest(f"Z{i}", name, True, 2, Part("0" * 64, 1)) for i, name in enumerate(names)]
    captured = {"at": "", "account": "", "region": ""}
    return new_manifest(captured, "tests", zones, [], [], health_checks=health_checks)


def match(captured: Manifest, *zones: tuple[str, str], **health_checks: str) -> Twin:
    return match_twin(captured, run="r1", arms=("baseline",), zones=zones, health_checks=health_checks)


def test_zones_are_paired_by_name() -> None:
    twin = match(manifest("a.test.", "b.test."), ("b.test.", "T2"), ("a.test.", "T1"))
    assert twin.zones == (ZoneMap("a.test.", "Z0", "T1"), ZoneMap("b.test.", "Z1", "T2"))


def test_zones_that_only_one_side_has_are_all_named() -> None:
    with pytest.raises(TwinstageError) as caught:
        match(manifest("a.test.", "b.test."), ("b.test.", "T2"), ("c.test.", "T3"))
    assert caught.value.code == "TWIN_MISMATCH"
    assert "zones are not the snapshot's: missing ['a.test.'], foreign ['c.test.']" in caught.value.message
    with pytest.raises(TwinstageError, match=r"missing none, foreign \['a.test.'\]"):
        match(manifest(), ("a.test.", "T1"))


def test_every_zone_knows_the_twins_health_checks_and_none_may_be_missing() -> None:
    captured = manifest("a.test.", health_checks=[HealthCheckManifest("h1", {"Type": "TCP"})])
    twin = match(captured, ("a.test.", "T1"), h1="t1")
    assert (twin.zones[0].health_checks, twin.health_checks) == ({"h1": "t1"}, {"h1": "t1"})
    assert twin_of(twin.document()) == twin
    with pytest.raises(TwinstageError, match=r"health checks are not the snapshot's: missing \['h1'\], foreign none"):
        match(captured, ("a.test.", "T1"))


@pytest.mark.parametrize(
    ("pace", "taken"), [("x60", True), ("x0.5", True), ("x.5", True), ("x10", True), ("x0", False), ("x0.00", False)]
)
def test_a_pace_at_which_nothing_would_ever_happen_is_refused(pace: str, *, taken: bool) -> None:
    document = SMALLEST | {"events": {"file": "events.jsonl", "pace": pace}}
    assert [place for place, _ in schema_violations("scenario", document)] == ([] if taken else ["/events/pace"])
