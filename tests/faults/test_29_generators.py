"""Fault 29: a generator of load dies half-way, is begun again, or leaves no result. What the others measured is not the load, and never taken for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest

from twinstage.handlers.diagnosing import diagnosed, result_key
from twinstage.handlers.stage import Stage, StageEnvironment
from twinstage.model.errors import TwinstageError
from twinstage.model.finding import Verdict, weigh
from twinstage.model.stress_config import StressConfig, stress_of
from twinstage.rehearse.stress.results import arm_document
from twinstage.rehearse.stress.turns import LEAD_S, take_turn, with_turn
from twinstage.stress.metrics.level_tally import Level
from twinstage.stress.metrics.load_document import load_document
from twinstage.stress.metrics.recorder import Recorder
from twinstage.stress.metrics.result import GeneratorHealth
from twinstage.validate.checks.stress import check_stress
from twinstage.world.aws.ledger import DynamoLedger
from twinstage.world.interface import AlreadyBegun
from twinstage.world.jsons import get_json, put_json
from twinstage.world.memory.aws import MemoryAws
from twinstage.world.memory.door import answering
from twinstage.world.store import DirectoryStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from twinstage.stress.metrics.result import LoadResult

LOAD, SECOND = {"profile": "constant", "rate_per_s": 10, "for_s": 10}, 1_000_000_000
SECTION: dict[str, Any] = {"world": "twin", "target": {"function": "enactor"}, "load": LOAD, "generators": 2}


@pytest.fixture
def ledger() -> Iterator[DynamoLedger]:
    with answering(MemoryAws(clock=lambda: 0.0)):
        dynamodb = boto3.client("dynamodb", region_name="us-east-1")
        key = {
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        }
        dynamodb.create_table(TableName="ledger", BillingMode="PAY_PER_REQUEST", **key)
        yield DynamoLedger(dynamodb, "ledger")


@pytest.fixture
def config() -> StressConfig:
    return stress_of(SECTION)


def measured(index: int, config: StressConfig) -> LoadResult:
    """What generator `index` of two tells of a target that answers everything within 20 ms."""
    recorder = Recorder("function enactor", "twin", "open", config.load.document(), [Level(0, 0, 10 * SECOND, 10.0)])
    for number in range(index, 100, 2):
        recorder.answered("lambda.Invoke", None, number * SECOND // 10, 0, 0, 20_000_000, None)
    return recorder.result(GeneratorHealth(calibrated_per_s=1000.0))


def test_generators_of_one_load_begin_together_and_each_only_once(ledger: DynamoLedger) -> None:
    first = take_turn(ledger, "run/baseline/load", 0, 2, 1000.0)
    second = take_turn(ledger, "run/baseline/load", 1, 2, 1004.0)

    assert first.begin_at_s == second.begin_at_s == 1000.0 + LEAD_S
    assert take_turn(ledger, "run/baseline/confirming", 0, 2, 1100.0).begin_at_s == 1100.0 + LEAD_S
    assert take_turn(ledger, "run/candidate/load", 0, 1, 1200.0).begin_at_s is None
    with pytest.raises(AlreadyBegun):
        ledger.begin("run/baseline/load/0", first.attempt)


def test_what_a_generator_that_was_begun_again_tells_is_no_evidence(ledger: DynamoLedger, config: StressConfig) -> None:
    parts = []
    for index, died in ((0, False), (1, True)):
        if died:
            take_turn(ledger, "run/baseline/load", index, 2, 1000.0)
        turn = take_turn(ledger, "run/baseline/load", index, 2, 1000.0)
        parts.append(load_document(with_turn(measured(index, config), index, turn)))

    findings = list(check_stress({"baseline": arm_document(config, parts)}, config, "baseline"))

    assert weigh(findings) is Verdict.INCONCLUSIVE
    whole = arm_document(config, parts)["diagnosis"]
    assert [reason for reason in whole["reasons"] if "generator 1 was begun 2 times" in reason]


def test_the_parts_of_generators_that_none_died_of_are_one_load(config: StressConfig) -> None:
    document = arm_document(config, [load_document(measured(index, config)) for index in (1, 0)])

    assert (document["diagnosis"]["valid"], document["diagnosis"]["held_per_s"]) == (True, 10.0)


@pytest.mark.parametrize("missing", [0, 1])
def test_a_result_that_is_missing_is_named_and_nothing_is_diagnosed(
    tmp_path: Path, config: StressConfig, missing: int
) -> None:
    store = DirectoryStore(tmp_path)
    stage = Stage(store, store, StageEnvironment("evidence", "run", "vpc", "us-east-1", "ledger"))
    put_json(store, result_key("baseline", "load", 1 - missing), load_document(measured(1 - missing, config)))

    with pytest.raises(TwinstageError, match=f"baseline/load/00{missing}"):
        diagnosed(stage, config, "baseline", "load")

    assert not store.exists("stress/baseline/diagnosis.json")


@pytest.mark.parametrize(("level_s", "begun"), [(200, True), (300, False)])
def test_a_confirming_run_of_longer_than_a_generator_lives_is_not_begun(
    tmp_path: Path, level_s: int, begun: bool
) -> None:
    """Three levels, each as long as one of the load: what nothing could confirm approves nothing."""
    load = {"profile": "step", "from_per_s": 1, "to_per_s": 2, "by_per_s": 1, "level_s": level_s}
    config = stress_of(SECTION | {"load": load, "generators": 1})
    levels = [Level(at, each.begin_ns, each.end_ns, each.from_per_s) for at, each in enumerate(config.load.levels)]
    recorder = Recorder("function enactor", "twin", "open", config.load.document(), levels)
    for number in range(level_s):
        recorder.answered("lambda.Invoke", None, number * SECOND, 0, 0, 20_000_000, None)
    for number in range(2 * level_s):
        at_ns = level_s * SECOND + number * SECOND // 2
        recorder.answered("lambda.Invoke", None, at_ns, 0, 0, 20_000_000, "failed:Boom")
    store = DirectoryStore(tmp_path)
    stage = Stage(store, store, StageEnvironment("evidence", "run", "vpc", "us-east-1", "ledger"))
    put_json(store, result_key("baseline", "load", 0), load_document(recorder.result(GeneratorHealth())))

    key, confirm = diagnosed(stage, config, "baseline", "load")

    assert confirm is begun
    findings = list(check_stress({"baseline": get_json(store, key)}, config, "baseline"))
    assert weigh(findings) is Verdict.INCONCLUSIVE
