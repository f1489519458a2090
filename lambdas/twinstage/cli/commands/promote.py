"""`twinstage promote RUN`: what a rehearsal approved, taken to production, with production's credentials."""

from __future__ import annotations

import secrets
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import click

from twinstage.cli.commands.approve import run_argument, run_at
from twinstage.cli.console import Console
from twinstage.cli.identity import account_of, caller, this_user
from twinstage.cli.options import json_option
from twinstage.cli.snapshots import own_keyring
from twinstage.cli.stores import DEFAULT, S3, Place, StoreType
from twinstage.model.errors import InputError, InputProblem
from twinstage.rehearse.approval.desk import Desk
from twinstage.rehearse.promotion.journal import Journal
from twinstage.rehearse.promotion.parties import Parties
from twinstage.rehearse.promotion.policy import policy
from twinstage.rehearse.promotion.promoter import Outcome, Promoter
from twinstage.rehearse.promotion.rules import Choices
from twinstage.rehearse.promotion.verified import packages, require_account, verified
from twinstage.world.aws.clients import client
from twinstage.world.aws.live_production import live_production
from twinstage.world.store import DirectoryStore

if TYPE_CHECKING:
    from twinstage.rehearse.promotion.order import Order
    from twinstage.world.store import Store

GUARDS: Final = ("tables", "unqualified")
_DEFAULTS = Choices()


class _Steps(click.ParamType[tuple[int, ...]]):
    """`10,50,100`."""

    name = "steps"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, ...]:
        """The shares in percent. Whether they rise to the whole is for `Choices` to say."""
        if isinstance(value, tuple):
            return value
        try:
            return tuple(int(part) for part in str(value).split(","))
        except ValueError:
            self.fail(f"{value!r} is no list of percentages", param, ctx)


@click.command()
@run_argument
@click.option("--alias", default=_DEFAULTS.alias, show_default=True, help="The alias that production's callers name.")
@click.option(
    "--steps", type=_Steps(), default="10,50,100", show_default=True, help="Shares of the new versions, percent."
)
@click.option(
    "--watch-s",
    type=float,
    default=_DEFAULTS.watch_s,
    show_default=True,
    help="How long each share is watched, seconds.",
)
@click.option(
    "--patience-s",
    type=float,
    default=_DEFAULTS.patience_s,
    show_default=True,
    help="How long to wait for --least invocations, seconds.",
)
@click.option(
    "--least",
    type=int,
    default=_DEFAULTS.least,
    show_default=True,
    help="Invocations of the new versions that each share needs.",
)
@click.option(
    "--errors",
    type=int,
    default=_DEFAULTS.errors,
    show_default=True,
    help="Errors of a new version that are overlooked.",
)
@click.option(
    "--metrics-late-s",
    "late_s",
    type=float,
    default=_DEFAULTS.late_s,
    show_default=True,
    help="How late metrics may come, seconds.",
)
@click.option("--allow", multiple=True, type=click.Choice(GUARDS), help="Let this guard through. May be given again.")
@click.option("--as", "name", metavar="NAME", help="Who promotes, for a run in a folder.  [default: this user]")
@click.option("--back", is_flag=True, help="Take the promotion back, wherever it is.")
@click.option("--policy", "show_policy", is_flag=True, help="Print the least IAM policy that it needs, and do nothing.")
@click.option(
    "--store",
    type=StoreType(),
    metavar="STORE",
    help=f"Where the run's snapshot is, for a run in a folder.  [default: {DEFAULT}]",
)
@json_option
def promote(
    run: Place, name: str | None, back: bool, show_policy: bool, store: Place | None, as_json: bool, **asked: Any
) -> int:
    """Promote the change of RUN: its folder, or s3://BUCKET/runs/RUN. Called again it goes on where it was, or says that it is done.

    Publishes each function's attested code as a version, shifts the alias to it in steps, watches errors, stops by itself and takes everything back where the new version fails more often than the one before; then applies record sets, each only where it is what was captured.
    Exits 0 promoted (or, with --back, taken back), 1 stopped and taken back, 4 refused.
    """
    run_at(run)
    console, choices = Console(as_json), Choices(**asked)
    order = verified(run.store, _snapshots(run, store), own_keyring())
    if show_policy:
        _print(policy(order, _root(run)))
        return 0
    here = isinstance(run.store, DirectoryStore)
    if name is not None and not here:
        raise click.UsageError("--as is for a run in a folder: on AWS, whoever calls is asked for by STS")
    arn = caller()
    require_account(order, account_of(arn), client("lambda").meta.region_name)
    by = (this_user() if name is None else name) if here else arn
    promoter = Promoter(order, packages(run.store, order), choices, _parties(run.store, console), by)
    outcome = promoter.back() if back else promoter.promote()
    return _tell(order, outcome, console)


def _parties(results: Store, console: Console) -> Parties:
    # An Event that nobody sets: a pause that an interrupt ends at once.
    pause = threading.Event()

    def wait(seconds: float) -> None:
        pause.wait(seconds)

    live = live_production(client, _now, wait)
    desk = Desk(results, _text)
    journal = Journal(results, _text, secrets.token_hex(8))
    return Parties(live.functions, live.watching, live.zones, journal, _now, wait, console.stage, desk.promoted)


def _snapshots(run: Place, store: Place | None) -> Store:
    """The store that holds the run's snapshot: a bucket holds both."""
    if root := _root(run):
        place: Place = StoreType().convert(f"{S3}{root}", None, None)
        return place.store
    found: Place = store or StoreType().convert(DEFAULT, None, None)
    if not any(found.store.list("snapshots/")):
        problem = InputProblem(found.root, 0, "", "no snapshots are here", "give the store of the rehearsal: --store")
        raise InputError([problem])
    return found.store


def _root(run: Place) -> str:
    """Where `runs/` lies, BUCKET or BUCKET/PREFIX; empty for a run in a folder."""
    if not run.root.startswith(S3):
        return ""
    bucket, _, prefix = run.root.removeprefix(S3).partition("/")
    return f"{bucket}/{prefix.rpartition('runs/')[0]}".rstrip("/")


def _tell(order: Order, outcome: Outcome, console: Console) -> int:
    published = ", ".join(f"{name} {version}" for name, version in sorted(outcome.versions.items()))
    console.say(
        f"{outcome.outcome}" + (f": {outcome.why}" if outcome.why else "") + (f" ({published})" if published else "")
    )
    for table in order.tables:
        console.say(f"not promoted by this tool: the schema of table {table}")
    console.data(
        {
            "schema": "twinstage:promote:1",
            "run": order.head["run"],
            "outcome": outcome.outcome,
            "why": outcome.why,
            "repeated": outcome.repeated,
            "versions": dict(outcome.versions),
            "records": [each.id for each in order.records],
            "tables_not_promoted": list(order.tables),
            "order": order.digest,
        }
    )
    return 1 if outcome.outcome == "stopped" else 0


def _print(document: dict[str, Any]) -> None:
    Console(as_json=True).data(document)


def _now() -> datetime:
    return datetime.now(UTC)


def _text() -> str:
    return _now().strftime("%Y-%m-%dT%H:%M:%SZ")
