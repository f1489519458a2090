"""The door to a scenario's stress on virtual time: an arm's code, a table or a zone of the snapshot, and the load that the scenario says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from twinstage.cli.exploration_inputs import exploration_inputs
from twinstage.cli.scenario_file import load_scenario
from twinstage.model.errors import InputError
from twinstage.model.load_profile import Breakpoint, Constant, OpenLoad
from twinstage.model.stress_config import StressConfig, Target
from twinstage.rehearse.stress.door import stress_in_memory
from twinstage.world.store import DirectoryStore

if TYPE_CHECKING:
    from twinstage.rehearse.inputs import Inputs

SCENARIO = Path(__file__).parents[2] / "scenarios" / "stress-route53-bound" / "scenario.yaml"
BRIEFLY = OpenLoad(Constant(2, 5))


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Inputs:
    place = tmp_path_factory.mktemp("stressed")
    return exploration_inputs(load_scenario(SCENARIO), place, None, DirectoryStore(place / "store"))


@pytest.fixture
def config(inputs: Inputs) -> StressConfig:
    assert inputs.scenario.stress is not None
    return inputs.scenario.stress


def test_it_offers_the_scenarios_load_to_the_code_of_an_arm(inputs: Inputs, config: StressConfig) -> None:
    """The baseline asks Route 53 twice for a host, the candidate once."""
    config = replace(config, load=OpenLoad(Breakpoint(0.5, 1, 10, 2)))
    told: list[str] = []

    before = stress_in_memory(inputs, config, "baseline", say=told.append)
    after = stress_in_memory(inputs, config, "candidate")

    assert [level.offered for level in before.levels] == [level.offered for level in after.levels] == [5, 10]
    assert set(before.calls) - set(after.calls) == {"route53.ListResourceRecordSets"}
    assert len(told) == 2
    assert before.target == "function register"


def test_it_offers_another_load_where_one_is_given(inputs: Inputs, config: StressConfig) -> None:
    result = stress_in_memory(inputs, config, "candidate", profile=BRIEFLY)

    assert result.profile == BRIEFLY.document()
    assert result.offered == 10


def test_a_zone_is_asked_for_batches_of_changes(inputs: Inputs, config: StressConfig) -> None:
    record_set = {"Name": "a.hosts.example.", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]}
    request = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record_set}]}
    config = replace(config, target=Target("zone", "hosts.example."), requests=(request,))

    result = stress_in_memory(inputs, config, "baseline", profile=BRIEFLY)

    assert result.operations["ChangeResourceRecordSets"].ok == 10
    (heavy,) = result.operations["ChangeResourceRecordSets"].keys.heaviest(2)
    assert heavy.key == "Z07125190TWNSTGEXMPL/a.hosts.example. A"


@pytest.mark.parametrize(
    ("target", "said"),
    [
        (Target("function", "nobody"), "there is no function nobody"),
        (Target("zone", "elsewhere.example."), "there is no zone elsewhere.example."),
        (Target("table", "things", "PutItem"), "there is no table things"),
        (Target("zone", "hosts.example."), "nothing was recorded of zone hosts.example."),
    ],
)
def test_what_nothing_can_be_sent_to_is_bad_input(
    inputs: Inputs, config: StressConfig, target: Target, said: str
) -> None:
    with pytest.raises(InputError, match=said):
        stress_in_memory(inputs, replace(config, target=target, requests=None), "candidate")
