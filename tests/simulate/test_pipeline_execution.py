"""State machines on virtual time: what each state does with data is compared with the embedded AWS elsewhere; here, what it does with time and failures."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulate.flows import (
    LAMBDA,
    distributed,
    each,
    flow,
    lasting,
    output,
    passing,
    ran,
    running,
    seconds_of,
    task,
)
from twinstage.model.errors import InputError
from twinstage.simulate.distributions import Deterministic
from twinstage.simulate.pipeline.failures import StateFailure
from twinstage.simulate.pipeline.simulation import Start
from twinstage.simulate.pipeline.tasks import PipelineModel, Service


def failing(*errors: str) -> Any:
    """A function whose first calls fail, each with the next error."""
    left = list(errors)

    def call(_: str, given: Any) -> Any:
        if left:
            raise StateFailure(left.pop(0), "as asked")
        return given

    return call


class TestRetries:
    """https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html#error-handling-examples"""

    def test_the_delay_grows_by_its_rate(self) -> None:
        retry = [{"ErrorEquals": ["E"], "IntervalSeconds": 3, "BackoffRate": 1.5, "MaxAttempts": 3}]
        run = running(flow({"T": task(Retry=retry)}), tasks=failing("E", "E", "E"))
        (visit,) = run.visits
        starts = [attempt.started_ms - visit.entered_ms for attempt in visit.attempts]
        assert starts == [0, 4000, 4000 + 5500, 9500 + 7750]
        assert run.executions[0].status == "SUCCEEDED"

    def test_what_a_retrier_does_not_say_is_one_second_three_times_doubled(self) -> None:
        execution = ran(flow({"T": task(Retry=[{"ErrorEquals": ["E"]}])}), tasks=failing("E", "E", "E", "E"))
        assert (execution.error, seconds_of(execution)) == ("E", 4 + 1 + 2 + 4)

    def test_no_delay_is_longer_than_the_longest(self) -> None:
        retry = [
            {"ErrorEquals": ["E"], "IntervalSeconds": 10, "BackoffRate": 10, "MaxDelaySeconds": 20, "MaxAttempts": 3}
        ]
        assert seconds_of(ran(flow({"T": task(Retry=retry)}), tasks=failing("E", "E", "E"))) == 4 + 10 + 20 + 20

    def test_full_jitter_draws_the_delay_from_the_seeded_stream(self) -> None:
        retry = [{"ErrorEquals": ["E"], "IntervalSeconds": 100, "MaxAttempts": 1, "JitterStrategy": "FULL"}]

        def waited(seed: int) -> float:
            return seconds_of(ran(flow({"T": task(Retry=retry)}), tasks=failing("E"), seed=seed)) - 2

        drawn = [waited(seed) for seed in range(40)]
        assert drawn == [waited(seed) for seed in range(40)]
        assert all(0 <= each <= 100 for each in drawn)
        assert max(drawn) > 75
        assert min(drawn) < 25

    def test_retriers_count_apart_and_the_first_that_names_the_error_decides(self) -> None:
        """AWS's own example: ErrorA, ErrorB, ErrorC, ErrorB with two retriers; the fourth error finds the first of them used up."""
        state = task(
            Retry=[
                {"ErrorEquals": ["ErrorA", "ErrorB"], "IntervalSeconds": 1, "BackoffRate": 2.0, "MaxAttempts": 2},
                {"ErrorEquals": ["ErrorC"], "IntervalSeconds": 5},
            ],
            Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Z"}],
            Next="Y",
        )
        definition = flow({"X": state, "Y": passing(), "Z": passing()})
        run = running(definition, tasks=failing("ErrorA", "ErrorB", "ErrorC", "ErrorB"))
        assert [visit.state for visit in run.visits] == ["X", "Z"]
        assert seconds_of(run.executions[0]) == 4 + 1 + 2 + 5
        assert run.visits[0].outcome == "caught"

    @pytest.mark.parametrize("error", ["States.DataLimitExceeded", "States.Runtime"])
    def test_no_wildcard_takes_a_terminal_error(self, error: str) -> None:
        state = task(
            Retry=[{"ErrorEquals": ["States.ALL"]}], Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Z"}], Next="Z"
        )
        execution = ran(flow({"X": state, "Z": passing()}), tasks=failing(error))
        assert (execution.status, execution.error, seconds_of(execution)) == ("FAILED", error, 1)

    def test_a_failed_task_is_any_error_but_a_timeout(self) -> None:
        catch = [{"ErrorEquals": ["States.TaskFailed"], "Next": "Z"}]
        definition = flow({"X": task(Catch=catch, TimeoutSeconds=5, Next="Z"), "Z": passing()})
        assert ran(definition, tasks=failing("Whatever")).status == "SUCCEEDED"
        assert ran(definition, model=lasting(9)).error == "States.Timeout"


class TestTime:
    def test_a_task_ends_when_its_time_is_over(self) -> None:
        execution = ran(flow({"T": task(TimeoutSeconds=4)}), model=lasting(60))
        assert (execution.error, seconds_of(execution)) == ("States.Timeout", 4)

    def test_a_callback_that_gives_no_sign_of_life_has_missed_its_heartbeat(self) -> None:
        waiting = {
            "Type": "Task",
            "Resource": f"{LAMBDA}.waitForTaskToken",
            "HeartbeatSeconds": 10,
            "TimeoutSeconds": 600,
        }
        execution = ran(flow({"T": waiting}), model=lasting(60))
        assert (execution.error, seconds_of(execution)) == ("States.HeartbeatTimeout", 10)
        caught = flow({"T": {**waiting, "Catch": [{"ErrorEquals": ["States.Timeout"], "Next": "Z"}]}, "Z": passing()})
        assert ran(caught, model=lasting(60)).status == "SUCCEEDED"

    def test_only_callbacks_have_heartbeats(self) -> None:
        assert seconds_of(ran(flow({"T": task(HeartbeatSeconds=10)}), model=lasting(60))) == 60

    def test_an_execution_ends_when_its_time_is_over_whatever_it_waits_for(self) -> None:
        run = running(flow({"P": each({"W": {"Type": "Wait", "Seconds": 50}})}, TimeoutSeconds=7), [1, 2])
        (execution,) = run.executions
        assert (execution.status, execution.error, seconds_of(execution)) == ("TIMED_OUT", "States.Timeout", 7)
        assert {visit.outcome for visit in run.visits} == {"aborted"}

    def test_a_wait_until_a_moment_ends_then(self) -> None:
        definition = flow({"W": {"Type": "Wait", "Timestamp": "2026-01-01T00:10:00+00:00"}})
        assert seconds_of(ran(definition)) == 600
        assert seconds_of(ran(flow({"W": {"Type": "Wait", "Timestamp": "2025-12-31T23:59:59Z"}}))) == 0

    def test_days_pass_in_no_time(self) -> None:
        assert seconds_of(ran(flow({"W": {"Type": "Wait", "Seconds": 30 * 86_400}}))) == 30 * 86_400

    def test_no_execution_lives_longer_than_a_year(self) -> None:
        execution = ran(flow({"W": {"Type": "Wait", "Seconds": 99_999_999}}))
        assert (execution.status, seconds_of(execution)) == ("TIMED_OUT", 365 * 86_400)


class TestManyAtOnce:
    def test_a_map_runs_so_many_iterations_at_a_time(self) -> None:
        for at_once, seconds in ((1, 6), (2, 3), (4, 2), (0, 1)):
            definition = flow({"M": each({"T": task()}, MaxConcurrency=at_once)})
            assert seconds_of(ran(definition, list(range(6)))) == seconds

    def test_an_inline_map_never_runs_more_than_forty(self) -> None:
        assert seconds_of(ran(flow({"M": each({"T": task()})}), list(range(41)))) == 2
        assert seconds_of(ran(flow({"M": distributed({"T": task()})}), list(range(41)))) == 1

    def test_outputs_are_in_the_order_of_items_however_long_each_takes(self) -> None:
        states = {"W": {"Type": "Wait", "SecondsPath": "$"}}
        assert output(flow({"M": each(states)}), [3, 1, 2]) == [3, 1, 2]

    def test_a_branch_that_fails_ends_the_others(self) -> None:
        slow = flow({"W": {"Type": "Wait", "Seconds": 100}})
        bad = flow({"V": {"Type": "Wait", "Seconds": 2, "Next": "F"}, "F": {"Type": "Fail", "Error": "Mine"}})
        run = running(flow({"P": {"Type": "Parallel", "Branches": [slow, bad]}}))
        assert (run.executions[0].error, seconds_of(run.executions[0])) == ("Mine", 2)
        assert {visit.state: visit.outcome for visit in run.visits} == {
            "V": "succeeded",
            "F": "failed",
            "P": "failed",
            "W": "aborted",
        }

    def test_variables_of_an_iteration_are_its_own(self) -> None:
        inner = {"A": passing(Assign={"v.$": "$"}, Next="B"), "B": passing(Parameters={"v.$": "$v", "o.$": "$outer"})}
        definition = flow(
            {
                "S": passing(Assign={"outer": 7, "v": 0}, Next="M"),
                "M": each(inner, Next="E"),
                "E": passing(Parameters={"v.$": "$v"}),
            }
        )
        assert output(definition, [1, 2]) == {"v": 0}

    def test_executions_begin_at_their_own_times_and_share_what_they_call(self) -> None:
        starts = [Start(0, "a", {}), Start(0.25, "b", {}), Start(5, "c", {})]
        run = running(flow({"T": task()}), model=lasting(1, servers=1), starts=starts)
        assert [(each.name, seconds_of(each)) for each in run.executions] == [("a", 1), ("b", 1.75), ("c", 1)]


class TestDistributedMaps:
    """https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html"""

    ITEMS = {"M": [{"n": number} for number in range(10)]}

    def machine(self, **fields: Any) -> dict[str, Any]:
        reader = {"Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": {"InputType": "JSON"}}
        rules = [{"Variable": "$.n", "NumericGreaterThanEquals": 8, "Next": "F"}]
        states = {
            "C": {"Type": "Choice", "Choices": rules, "Default": "P"},
            "P": passing(),
            "F": {"Type": "Fail", "Error": "Big"},
        }
        return flow({"M": distributed(states, ItemReader=reader, **fields)})

    def model(self) -> PipelineModel:
        return PipelineModel(otherwise=Service(Deterministic(1)), items=self.ITEMS)

    @pytest.mark.parametrize(
        ("fields", "status"),
        [
            ({}, "FAILED"),
            ({"ToleratedFailureCount": 1}, "FAILED"),
            ({"ToleratedFailureCount": 2}, "SUCCEEDED"),
            ({"ToleratedFailurePercentage": 19}, "FAILED"),
            ({"ToleratedFailurePercentage": 20}, "SUCCEEDED"),
            ({"ToleratedFailureCount": 5, "ToleratedFailurePercentage": 19}, "FAILED"),
        ],
    )
    def test_so_many_failures_are_tolerated(self, fields: dict[str, Any], status: str) -> None:
        execution = ran(self.machine(**fields), model=self.model())
        assert execution.status == status
        if status == "FAILED":
            assert execution.error == "States.ExceedToleratedFailureThreshold"
        else:
            assert execution.output == self.ITEMS["M"][:8]

    def test_items_are_batched_by_count_and_by_size(self) -> None:
        reader = {"Resource": "arn:aws:states:::s3:listObjectsV2"}
        for batcher, sizes in (
            ({"MaxItemsPerBatch": 4}, [4, 4, 2]),
            ({"MaxItemsPerBatch": 4, "BatchInput": {"k.$": "$.k"}}, [4, 4, 2]),
            ({"MaxInputBytesPerBatch": 40}, [3, 3, 3, 1]),
        ):
            definition = flow({"M": distributed({"P": passing()}, ItemReader=reader, ItemBatcher=batcher)})
            batches = output(definition, {"k": 7}, self.model())
            assert [len(batch["Items"]) for batch in batches] == sizes
            assert all(batch.get("BatchInput") == ({"k": 7} if "BatchInput" in batcher else None) for batch in batches)

    def test_the_items_of_a_failed_batch_all_count_as_failed(self) -> None:
        batched = {"ItemBatcher": {"MaxItemsPerBatch": 5}}
        reader = {"Resource": "arn:aws:states:::s3:listObjectsV2"}
        states = {"F": {"Type": "Fail", "Error": "E"}}
        for tolerated, status in ((9, "FAILED"), (10, "SUCCEEDED")):
            machine = flow({"M": distributed(states, ItemReader=reader, ToleratedFailureCount=tolerated, **batched)})
            assert ran(machine, model=self.model()).status == status

    @pytest.mark.parametrize(
        ("config", "text", "items"),
        [
            (
                {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"},
                "a,b\n1,2\n3,4\n",
                [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}],
            ),
            (
                {"InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": ["x"], "CSVDelimiter": "PIPE"},
                "1|2",
                [{"x": "1"}],
            ),
            ({"InputType": "JSONL"}, '{"a":1}\n{"a":2}\n', [{"a": 1}, {"a": 2}]),
            ({"InputType": "JSON", "MaxItems": 1}, "[1, 2]", [1]),
        ],
    )
    def test_files_are_read_as_their_reader_says(self, config: dict[str, Any], text: str, items: list[Any]) -> None:
        reader = {"Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": config}
        definition = flow({"M": distributed({"P": passing()}, ItemReader=reader)})
        model = PipelineModel(items={"M": text})
        assert output(definition, model=model) == items

    def test_a_file_that_cannot_be_read_is_an_error_that_can_be_caught(self) -> None:
        reader = {"Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": {"InputType": "JSON"}}
        catch = [{"ErrorEquals": ["States.ItemReaderFailed"], "Next": "Z"}]
        definition = flow({"M": distributed({"P": passing()}, ItemReader=reader, Catch=catch), "Z": passing()})
        assert ran(definition, model=PipelineModel(items={"M": "["})).status == "SUCCEEDED"

    def test_children_have_histories_of_their_own(self) -> None:
        inner = {"A": passing(Next="B"), "B": passing(Next="C"), "C": passing()}
        items = list(range(3200))
        assert ran(flow({"M": distributed(inner)}), items).status == "SUCCEEDED"
        execution = ran(flow({"M": each(inner)}), items)
        assert (execution.status, execution.error) == ("FAILED", "States.Runtime")
        assert "25000" in execution.cause


class TestLimits:
    def test_a_function_that_is_called_too_often_at_once_is_throttled(self) -> None:
        retry = [{"ErrorEquals": ["Lambda.TooManyRequestsException"], "IntervalSeconds": 2, "BackoffRate": 1}]
        model = lasting(1, limit=2)
        run = running(flow({"M": each({"T": task()})}), [1, 2, 3], model)
        assert run.executions[0].error == "Lambda.TooManyRequestsException"
        assert seconds_of(ran(flow({"M": each({"T": task(Retry=retry)})}), [1, 2, 3], model)) == 3

    def test_data_beyond_256_kib_ends_the_state(self) -> None:
        large = "x" * 262_142
        assert ran(flow({"P": passing()}), large).status == "SUCCEEDED"
        assert ran(flow({"P": passing()}), large + "x").error == "States.DataLimitExceeded"
        grown = flow({"P": passing(Parameters={"a.$": "$", "b.$": "$"})})
        assert ran(grown, "x" * 150_000).error == "States.DataLimitExceeded"

    def test_a_loop_without_end_ends_with_its_history(self) -> None:
        execution = ran(flow({"A": passing(Next="B"), "B": passing(Next="A")}))
        assert (execution.status, execution.error) == ("FAILED", "States.Runtime")

    def test_what_is_called_and_not_known_is_refused_before_anything_runs(self) -> None:
        reader = {"Resource": "arn:aws:states:::s3:listObjectsV2"}
        definition = flow({"T": task(Next="M"), "M": distributed({"U": task("other")}, ItemReader=reader)})
        with pytest.raises(InputError) as refused:
            ran(definition, model=PipelineModel())
        assert [problem.pointer for problem in refused.value.problems] == [
            "/States/M",
            "/States/M/ItemProcessor/States/U",
            "/States/T",
        ]
