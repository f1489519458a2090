"""`twinstage promote` as whoever has production's credentials gives it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import click
import pytest
from click.testing import CliRunner

from tests.promotion.orders import FAILS
from twinstage.cli.commands.promote import promote
from twinstage.model.errors import InputError, SafetyError
from twinstage.rehearse.promotion.journal import JOURNAL
from twinstage.world.aws.s3_store import S3Store
from twinstage.world.store import PrefixStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.promotion.conftest import Production

    Make = Callable[..., Production]

pytestmark = pytest.mark.engine
AT_ONCE = ("--steps", "100", "--watch-s", "0", "--patience-s", "0", "--metrics-late-s", "0", "--least", "0")


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> Callable[[Production, str], None]:
    """The environment of an account's operator."""

    def become(made: Production, account: str) -> None:
        for name, value in made.engine.environment(account).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("TWINSTAGE_HOME", str(made.ordered.folder / "home"))
        # The session of this process may have been made by others, when there were no credentials.
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)

    return become


def given(made: Production, *options: str, run: str = "") -> tuple[int, dict[str, Any]]:
    """Exit code and document of the command."""
    arguments = [
        run or str(made.ordered.folder / "run"),
        "--store",
        str(made.ordered.folder / "store"),
        *options,
        "--json",
    ]
    done = CliRunner().invoke(promote, arguments, catch_exceptions=False, standalone_mode=False)
    return int(done.return_value), json.loads(done.stdout)


def test_a_run_in_a_folder_is_promoted_told_so_again_and_taken_back(
    production: Make, credentials: Callable[[Production, str], None]
) -> None:
    made = production(records=True)
    before = made.state
    credentials(made, made.engine.accounts.production)

    code, done = given(made, *AT_ONCE, "--as", "dave")
    assert (code, done["outcome"], done["repeated"], done["records"]) == (0, "promoted", False, ["records-1"])
    assert made.state["alias"] == ("2", {})
    assert made.ordered.office.desk.entries()[-1].body["by"] == "dave"

    assert given(made)[1]["repeated"] is True
    code, back = given(made, "--back")
    assert (code, back["outcome"], made.state) == (0, "returned", before)


def test_one_that_is_stopped_exits_with_1(production: Make, credentials: Callable[[Production, str], None]) -> None:
    made = production(code=FAILS)
    credentials(made, made.engine.accounts.production)

    code, done = given(made, *AT_ONCE[:-1], "1")

    assert (code, done["outcome"]) == (1, "stopped")


def test_a_run_in_a_bucket_is_promoted_by_its_caller(
    production: Make, credentials: Callable[[Production, str], None]
) -> None:
    made = production()
    credentials(made, made.engine.accounts.production)
    bucket = f"evidence-{made.ordered.function}"
    made.client("s3").create_bucket(Bucket=bucket)
    whole = S3Store(made.client("s3"), bucket)
    for store, target in ((made.ordered.snapshots, whole), (made.ordered.results, PrefixStore(whole, "runs/demo"))):
        for key in store.list(""):
            target.put(key, store.get(key))

    code, done = given(made, *AT_ONCE, run=f"s3://{bucket}/runs/demo")

    assert (code, done["outcome"]) == (0, "promoted")
    last = json.loads(whole.get(list(whole.list("runs/demo/approval/trail/"))[-1]))
    assert (last["kind"], last["body"]["by"][:8]) == ("promoted", "arn:aws:")
    assert list(whole.list(f"runs/demo/{JOURNAL}"))
    with pytest.raises(click.UsageError, match="STS"):
        given(made, "--as", "dave", run=f"s3://{bucket}/runs/demo")


def test_the_least_policy_is_printed_and_nothing_is_done(
    production: Make, credentials: Callable[[Production, str], None]
) -> None:
    made = production()
    credentials(made, made.engine.accounts.twin)

    code, found = given(made, "--policy")

    assert (code, found["Version"], found["Statement"][0]["Sid"]) == (0, "2012-10-17", "Look")
    assert not list(made.ordered.results.list("promotion/"))


def test_the_credentials_of_another_account_are_refused(
    production: Make, credentials: Callable[[Production, str], None]
) -> None:
    made = production()
    credentials(made, made.engine.accounts.twin)

    with pytest.raises(SafetyError) as caught:
        given(made)
    assert caught.value.code == "OTHER_ACCOUNT"


def test_functions_of_another_region_are_not_productions(
    production: Make, credentials: Callable[[Production, str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = production()
    credentials(made, made.engine.accounts.production)
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, "eu-west-1")

    with pytest.raises(SafetyError, match="observed region eu-west-1; expected region us-east-1"):
        given(made)


def test_what_cannot_be_a_promotion_is_bad_input(
    production: Make, credentials: Callable[[Production, str], None]
) -> None:
    made = production()
    credentials(made, made.engine.accounts.production)

    with pytest.raises(InputError, match="do not rise to 100"):
        given(made, "--steps", "50,10")
    with pytest.raises(InputError, match="no snapshots are here"):
        given(made, "--store", str(made.ordered.folder / "nowhere"))
    with pytest.raises(InputError, match="not a run"):
        given(made, run=str(made.ordered.folder / "nowhere"))
