"""What is attested once a rehearsal has ended, wherever it ran: an approved change, of whatever it is made; nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.promotion.orders import Ordered
from twinstage.local.rehearsal import Rehearsed, attest_approved
from twinstage.rehearse.approval.rules import APPROVED
from twinstage.rehearse.attestation import ATTESTATION
from twinstage.world.aws.machine import Execution
from twinstage.world.jsons import get_json

if TYPE_CHECKING:
    from pathlib import Path


def ended(run: Ordered, status: str = "SUCCEEDED", **others: Any) -> Rehearsed:
    run.results.delete(ATTESTATION)
    given = {"verdict": get_json(run.results, "verdict.json"), "approval": {"outcome": {"state": APPROVED}}, **others}
    return Rehearsed(run.run, run.results.root, Execution("arn", status), ("Report",), **given)


@pytest.mark.parametrize(
    "made", [{"records": True, "function": ""}, {"tables": True, "function": ""}, {}], ids=["records", "tables", "code"]
)
def test_an_approved_change_is_attested_whatever_it_is_made_of(tmp_path: Path, made: dict[str, Any]) -> None:
    run = Ordered(tmp_path, **made).end()

    attest_approved(ended(run), run.key)

    assert run.results.exists(ATTESTATION)


@pytest.mark.parametrize(
    "other",
    [
        {"status": "FAILED"},
        {"verdict": None},
        {"verdict": {"verdict": "REJECTED", "code": {"baseline": {"publish": "sha256:0"}}}},
        {"approval": {"outcome": {"state": "REJECTED"}}},
    ],
    ids=str,
)
def test_what_was_not_approved_is_not_attested(tmp_path: Path, other: dict[str, Any]) -> None:
    run = Ordered(tmp_path).end()

    attest_approved(ended(run, **other), run.key)

    assert not run.results.exists(ATTESTATION)


def test_nobody_signs_without_a_key(tmp_path: Path) -> None:
    run = Ordered(tmp_path, records=True, function="").end()

    attest_approved(ended(run), None)

    assert not run.results.exists(ATTESTATION)
