"""The door to a scenario's stress on virtual time: an arm's code, a table or a zone of the snapshot, and the load that the scenario says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.stress.virtual_time import table, world
from twinstage.cli.exploration_inputs import exploration_inputs
from twinstage.cli.scenario_file import load_scenario
from twinstage.model.errors import InputError
from twinstage.model.event import Event
from twinstage.model.load_profile import Breakpoint, Constant, OpenLoad, Recorded
from twinstage.model.stress_config import StressConfig, Target
from twinstage.rehearse.stress.door import stress_in_memory
from twinstage.rehearse.stress.subject import subject_of
from twinstage.world.store import DirectoryStore

if TYPE_CHECKING:
    from twinstage.rehearse.inputs import Inputs

SCENARIO = Path(__file__).parents[2] / "scenarios" / "stress-route53-bound" / "scenario.yaml"
ZONE_ID = "Z07125190TWNSTGEXMPL"
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
    assert heavy.key == f"{ZONE_ID}/a.hosts.example. A"


def test_the_recorded_day_of_a_zone_is_offered_where_events_give_its_id_alone(
    inputs: Inputs, config: StressConfig
) -> None:
    record_set = {"Name": "a.hosts.example.", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.1"}]}
    payload = {"zone_id": ZONE_ID, "changes": [{"Action": "UPSERT", "ResourceRecordSet": record_set}]}
    events = [Event(f"e{second}", f"2026-05-04T10:00:0{second}Z", "dns_update", payload) for second in range(3)]
    config = replace(
        config, target=Target("zone", "hosts.example."), requests=None, load=OpenLoad(Recorded(offsets_ns=()))
    )

    result = stress_in_memory(replace(inputs, events=events), config, "baseline")

    assert result.operations["ChangeResourceRecordSets"].ok == 3


def test_binary_values_of_a_table_are_given_as_base64(inputs: Inputs, config: StressConfig) -> None:
    binary = {"id": {"S": "a"}, "one": {"B": "AQI="}, "more": {"L": [{"BS": ["AQ==", "Ag=="]}]}}
    config = replace(config, target=Target("table", "things", "PutItem"), requests=({"Item": binary},))
    start = replace(inputs.start, databases=world(*table("things")).databases)

    result = stress_in_memory(replace(inputs, start=start), config, "baseline", profile=BRIEFLY)

    assert result.operations["PutItem"].ok == 10
    subject = subject_of(replace(inputs, start=start), config, "baseline", 0)
    assert subject.requests[0]["Item"]["one"] == {"B": b"\1\2"}
    assert subject.requests[0]["Item"]["more"] == {"L": [{"BS": [b"\1", b"\2"]}]}


@pytest.mark.parametrize(
    ("target", "requests", "said"),
    [
        (
            Target("table", "things", "PutItem"),
            ({"Item": {"id": {"S": "a"}}}, {"Itme": {}}, {"Item": {"id": {"B": "?"}}}, {"Item": {"id": {"S": 1}}}, 7),
            {
                "/stress/requests/1": 'Missing required parameter in input: "Item"; Unknown parameter in input: "Itme"',
                "/stress/requests/2": "input.Item.id.B is no base64",
                "/stress/requests/3": "Invalid type for parameter Item.id.S",
                "/stress/requests/4": "not a JSON object",
            },
        ),
        (
            Target("zone", "hosts.example."),
            ({"Changes": [{"Action": "UPSERT"}]}, {"Changes": 1}, 7),
            {
                "/stress/requests/0": "Missing required parameter in ChangeBatch.Changes",
                "/stress/requests/1": "Invalid type for parameter ChangeBatch.Changes",
                "/stress/requests/2": "Invalid type for parameter ChangeBatch",
            },
        ),
    ],
)
def test_requests_that_are_no_parameters_of_the_operation_are_told_all_at_once_before_anything_runs(
    inputs: Inputs, config: StressConfig, target: Target, requests: tuple[Any, ...], said: dict[str, str]
) -> None:
    start = replace(inputs.start, databases=world(*table("things")).databases)

    with pytest.raises(InputError) as refused:
        stress_in_memory(replace(inputs, start=start), replace(config, target=target, requests=requests), "baseline")

    assert [problem.pointer for problem in refused.value.problems] == list(said)
    for problem in refused.value.problems:
        assert said[problem.pointer] in problem.message


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
