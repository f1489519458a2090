"""A rule that is broken is found: by random comparison with the rules themselves, and by the specification."""

from __future__ import annotations

import importlib
import itertools
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import boto3
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.contract import broken
from tests.contract.agreement import Agreement
from tests.contract.dynamo import Dynamo
from twinstage.world.memory.aws import MemoryAws
from twinstage.world.memory.door import answering

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.contract.broken import Break


def broken_world(a_break: Break) -> MemoryAws:
    """A memory world with that break."""
    ticks = itertools.count(1_700_000_000)
    return type("Broken", (broken.BrokenAws,), {"broken": staticmethod(a_break)})(clock=lambda: float(next(ticks)))


@contextmanager
def behind_boto3(aws: MemoryAws) -> Iterator[Dynamo]:
    """A world as specification tests get it."""
    with (
        answering(aws),
        closing(boto3.client("dynamodb")) as dynamodb,
        closing(boto3.client("dynamodbstreams")) as streams,
    ):
        yield Dynamo("memory", dynamodb, streams)


@pytest.fixture
def right() -> Iterator[Dynamo]:
    with behind_boto3(MemoryAws(clock=lambda: 1_700_000_000.0)) as dynamo:
        yield dynamo


@pytest.mark.parametrize("a_break", broken.BREAKS, ids=lambda a_break: a_break.__name__)
def test_a_break_is_found_by_random_requests(right: Dynamo, a_break: Break) -> None:
    machine = type("Broken", (Agreement,), {"other": right, "new_memory": lambda _: broken_world(a_break)})
    with pytest.raises(AssertionError, match="memory:"):
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=400, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck),
                database=None, derandomize=True, phases=[Phase.generate], report_multiple_bugs=False,
            ),
        )  # fmt: skip


SHOWN = [
    (broken.ignores_conditions, "test_spec_conditions", "test_a_refused_write_changes_nothing"),
    (broken.ignores_conditions, "test_spec_conditions", "test_an_absent_item_has_no_attributes"),
    (broken.forgets_old_values, "test_spec_items", "test_a_put_returns_the_old_item_when_asked"),
    (broken.sorts_numbers_as_text, "test_spec_numbers", "test_number_sort_keys_are_ordered_by_value"),
    (broken.loses_pages, "test_spec_queries", "test_a_full_last_page_has_a_last_key_all_the_same"),
    (broken.writes_half_a_transaction, "test_spec_transactions", "test_a_failed_condition_cancels_everything"),
    (broken.takes_duplicate_keys, "test_spec_batches", "test_a_batch_names_an_item_once"),
    (broken.words_it_otherwise, "test_spec_items", "test_an_item_must_have_its_key"),
]


@pytest.mark.parametrize(("a_break", "module", "test"), SHOWN, ids=[f"{case[0].__name__}-{case[2]}" for case in SHOWN])
def test_a_break_is_found_by_the_specification(a_break: Break, module: str, test: str) -> None:
    specified = getattr(importlib.import_module(f"tests.contract.{module}"), test)
    with behind_boto3(MemoryAws(clock=lambda: 1_700_000_000.0)) as right:
        specified(right)
    with behind_boto3(broken_world(a_break)) as wrong, pytest.raises((AssertionError, KeyError, pytest.fail.Exception)):
        specified(wrong)
