"""A rehearsal in an account leaves alone what is not its own: a twin that stands under its id already, and what an earlier rehearsal left in its directory."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from uuid import uuid4

import boto3
import pytest

from tests.rehearsal.small_scenario import write_small_scenario
from twinstage.cli.account.place import StandingTwin, stack_of, this_account
from twinstage.cli.account.running import fetch_results
from twinstage.cli.account.whole import Where, rehearse_in_account
from twinstage.cli.planned import state_of
from twinstage.cli.scenario_file import load_scenario
from twinstage.cli.stores import Place
from twinstage.local.project import find_project
from twinstage.model.errors import InputError
from twinstage.rehearse.promotion.order import ORDER
from twinstage.world.store import DirectoryStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.local.conftest import Workshop
    from twinstage.cli.account.place import Account

pytestmark = pytest.mark.engine
TEMPLATE = {"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}


@pytest.fixture(autouse=True)
def in_the_account(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in workshop.engine.environment(workshop.account).items():
        monkeypatch.setenv(name, value)
    # The session of this process may have been made by others, when there were no credentials.
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)


@pytest.fixture
def account(workshop: Workshop) -> Iterator[Account]:
    """The account with its evidence store, and nothing else of a platform."""
    found = this_account()
    workshop.client("s3").create_bucket(Bucket=found.bucket)
    yield found
    for key in list(found.store.list("")):
        found.store.delete(key)
    workshop.client("s3").delete_bucket(Bucket=found.bucket)


def test_a_twin_that_stands_already_is_refused_before_anything_is_published_and_stays(
    workshop: Workshop, account: Account, tmp_path: Path
) -> None:
    run, stacks = f"theirs-{uuid4().hex[:8]}", workshop.client("cloudformation")
    stacks.create_stack(StackName=stack_of(run), TemplateBody=json.dumps(TEMPLATE))
    loaded = load_scenario(write_small_scenario(tmp_path / "dns", "ours"))
    held = Place(DirectoryStore(tmp_path / "store"), "store")
    where = Where(account, find_project(), run, tmp_path / "run", tmp_path / "store", None)
    said: list[str] = []

    with (
        state_of(loaded, held, None, unsigned=False) as state,
        pytest.raises(InputError, match=f"a twin of {run} stands already"),
    ):
        rehearse_in_account(loaded, state, None, where, said.append)

    assert said == []
    assert list(account.store.list("")) == []
    [stack] = stacks.describe_stacks(StackName=stack_of(run))["Stacks"]
    assert stack["StackStatus"] == "CREATE_COMPLETE"


def test_evidence_is_fetched_without_what_an_earlier_rehearsal_left_of_its_approval(
    workshop: Workshop, bucket: str, tmp_path: Path
) -> None:
    place = DirectoryStore(tmp_path / "run")
    earlier = [
        "approval.json",
        "approval/trail/000001.json",
        "attestation.json",
        "input/plan.json",
        "promotion/journal/000001.json",
        ORDER,
    ]
    for key in [*earlier, "verdict.json", "notes.txt"]:
        place.put(key, b"of the one before")
    twin = StandingTwin("ours", "arn:of:the:machine", bucket)
    twin.results.put("verdict.json", b"of this one")

    count = fetch_results(twin, tmp_path / "run", tmp_path / "store", None)

    assert (count, sorted(place.list(""))) == (1, ["notes.txt", "verdict.json"])
    assert place.get("verdict.json") == b"of this one"
