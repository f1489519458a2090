from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.local.conftest import ECHO, Machine, distributed, entered, inline, invoke, one, passing, reader

if TYPE_CHECKING:
    from tests.local.conftest import Workshop

SELECTED = {"index": "{% $states.context.Map.Item.Index %}", "value": "{% $states.context.Map.Item.Value %}"}


class TestMaps:
    def test_an_inline_map_goes_one_at_a_time_in_order_and_knows_its_item(self, workshop: Workshop) -> None:
        echo = invoke(
            workshop.function(ECHO),
            {"at": "{% $states.context.Map.Item.Index %}", "in": "{% $states.input %}"},
            Output="{% $states.result.Payload %}",
        )
        machine = Machine(
            workshop, one(inline(one(echo), Items="{% $states.input %}", ItemSelector=SELECTED, MaxConcurrency=1))
        )
        assert machine.output(["a", "b"]) == [
            {"at": 0, "in": {"index": 0, "value": "a"}},
            {"at": 1, "in": {"index": 1, "value": "b"}},
        ]

    def test_an_inline_map_has_room_for_more_items_than_python_has_stack(self, workshop: Workshop) -> None:
        machine = Machine(
            workshop,
            one(
                inline(one(passing()), Items="{% [1..1200] %}", MaxConcurrency=1, Output="{% $count($states.result) %}")
            ),
        )
        assert machine.output() == 1200

    @pytest.mark.parametrize(
        ("kind", "body", "items"),
        [
            ("JSON", '[{"a": 1}, [2]]', [{"a": 1}, [2]]),
            ("JSONL", '{"a": 1}\n\n[2]\n', [{"a": 1}, [2]]),
            ("JSONL", "[1, 2]\n", [[1, 2]]),
        ],
    )
    def test_a_distributed_map_reads_its_items_from_s3(
        self, workshop: Workshop, bucket: str, kind: str, body: str, items: list[Any]
    ) -> None:
        workshop.client("s3").put_object(Bucket=bucket, Key="items", Body=body.encode())
        machine = Machine(
            workshop, one(distributed(one(passing()), ItemReader=reader(bucket, "items", kind), ItemSelector=SELECTED))
        )
        assert machine.output() == [{"index": index, "value": value} for index, value in enumerate(items)]

    def test_a_csv_of_items_has_its_header_s_names(self, workshop: Workshop, bucket: str) -> None:
        workshop.client("s3").put_object(Bucket=bucket, Key="items", Body=b"a,b\n1,2\n3,4\n")
        read = reader(bucket, "items", "CSV")
        read["ReaderConfig"]["CSVHeaderLocation"] = "FIRST_ROW"
        machine = Machine(workshop, one(distributed(one(passing()), ItemReader=read)))
        assert machine.output() == [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}]

    def test_an_absent_object_of_items_is_an_item_reader_failure(self, workshop: Workshop, bucket: str) -> None:
        catch = [{"ErrorEquals": ["States.ItemReaderFailed"], "Next": "Caught"}]
        state = {**distributed(one(passing()), ItemReader=reader(bucket, "absent", "JSON")), "Catch": catch}
        assert Machine(workshop, one(state, Caught=passing(Output="caught"))).output() == "caught"

    def test_a_child_of_a_distributed_map_is_an_execution_of_its_own(self, workshop: Workshop) -> None:
        outer = {"Type": "Pass", "Assign": {"secret": 1}, "Output": "{% $states.input %}", "Next": "Map"}
        child = passing(
            Output={
                "input": "{% $states.context.Execution.Input %}",
                "sees": "{% $exists($secret) %}",
                "map": "{% $exists($states.context.Map) %}",
            }
        )
        machine = Machine(
            workshop,
            one(outer, Map=distributed(one(child), Items="{% $states.input %}", ItemSelector={"x": "{% $secret %}"})),
        )
        execution = machine.start([5])
        assert json.loads(machine.end_of(execution)["output"]) == [{"input": {"x": 1}, "sees": False, "map": False}]
        run = machine.client.list_map_runs(executionArn=execution)["mapRuns"][0]
        (listed,) = machine.client.list_executions(mapRunArn=run["mapRunArn"])["executions"]
        assert listed["status"] == "SUCCEEDED"
        assert f":execution:{machine.name}/Many:" in listed["executionArn"]
        assert entered(machine.history(listed["executionArn"])) == ["One"]
        assert machine.client.describe_execution(executionArn=listed["executionArn"])["mapRunArn"] == run["mapRunArn"]
        assert machine.client.describe_map_run(mapRunArn=run["mapRunArn"])["itemCounts"]["succeeded"] == 1
        assert machine.client.list_map_runs(executionArn=listed["executionArn"])["mapRuns"] == []

    def test_a_failed_child_fails_the_map_and_the_rest_is_aborted(self, workshop: Workshop) -> None:
        states = one(
            {"Type": "Choice", "Choices": [{"Condition": "{% $states.input = 1 %}", "Next": "Bad"}], "Default": "Slow"},
            Bad={"Type": "Fail", "Error": "Bad"},
            Slow={"Type": "Wait", "Seconds": 60, "End": True},
        )
        catch = [
            {
                "ErrorEquals": ["States.ExceedToleratedFailureThreshold"],
                "Output": "{% $states.errorOutput.Cause %}",
                "Next": "Caught",
            }
        ]
        machine = Machine(
            workshop, one({**distributed(states, Items=[0, 1, 2], MaxConcurrency=2), "Catch": catch}, Caught=passing())
        )
        execution = machine.start()
        assert (
            json.loads(machine.end_of(execution)["output"]) == "The specified tolerated failure threshold was exceeded"
        )
        run = machine.client.list_map_runs(executionArn=execution)["mapRuns"][0]["mapRunArn"]
        counts = machine.client.describe_map_run(mapRunArn=run)["itemCounts"]
        assert (counts["failed"], counts["aborted"], counts["total"]) == (1, 2, 3)

    def test_a_distributed_map_runs_inside_an_inline_map_with_a_loop_inside(
        self, workshop: Workshop, bucket: str
    ) -> None:
        workshop.client("s3").put_object(Bucket=bucket, Key="shards", Body=b"[10, 20]")
        step = workshop.function(
            "def handler(event, context):\n    return {**event, 'n': event['n'] + 1, 'done': event['n'] >= 2}\n"
        )
        loop = one(
            invoke(step, Output="{% $states.result.Payload %}", Next="Check"),
            Check={
                "Type": "Choice",
                "Choices": [{"Condition": "{% $states.input.done %}", "Next": "Done"}],
                "Default": "One",
            },
            Done={
                "Type": "Succeed",
                "Output": {
                    "arm": "{% $states.input.arm %}",
                    "shard": "{% $states.input.shard %}",
                    "n": "{% $states.input.n %}",
                },
            },
        )
        many = distributed(
            loop,
            ItemReader=reader(bucket, "shards", "JSON"),
            ItemSelector={"arm": "{% $states.input %}", "shard": "{% $states.context.Map.Item.Value %}", "n": 0},
            MaxConcurrency=4,
        )
        output = Machine(workshop, one(inline(one(many), Items=["baseline", "candidate"], MaxConcurrency=1))).output()
        assert output == [
            [{"arm": arm, "shard": shard, "n": 3} for shard in (10, 20)] for arm in ("baseline", "candidate")
        ]

    def test_a_failure_in_an_inline_map_can_be_caught_with_its_own_error(self, workshop: Workshop) -> None:
        catch = [{"ErrorEquals": ["States.ALL"], "Output": "{% $states.errorOutput %}", "Next": "Caught"}]
        state = {**inline(one({"Type": "Fail", "Error": "Mine", "Cause": "because"}), Items=[1]), "Catch": catch}
        assert Machine(workshop, one(state, Caught=passing())).output() == {"Error": "Mine", "Cause": "because"}

    def test_parallel_branches_each_give_their_output(self, workshop: Workshop) -> None:
        state = {
            "Type": "Parallel",
            "Branches": [one(passing(Output=1)), one(passing(Output="{% $states.input.x %}"))],
            "End": True,
        }
        assert Machine(workshop, one(state)).output({"x": 2}) == [1, 2]
