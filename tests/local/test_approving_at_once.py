"""People who approve from the beginning do so when the machine waits, and not a moment before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.faults.approvals import Office
from twinstage.local.approving import Approving
from twinstage.rehearse.approval.asking import request_for
from twinstage.rehearse.approval.desk import TOKEN, Desk
from twinstage.world.jsons import put_json
from twinstage.world.store import DirectoryStore, PrefixStore

if TYPE_CHECKING:
    from pathlib import Path


def test_a_token_that_lies_there_before_the_machine_says_that_it_waits_is_waited_for(tmp_path: Path) -> None:
    office = Office(tmp_path / "runs/demo", {"policies": {"medium": {"quorum": 2}}, "expires_s": 604_800})
    results, here = PrefixStore(DirectoryStore(tmp_path), "runs/demo"), DirectoryStore(tmp_path / "here")

    def fetch() -> None:
        for key in results.list(""):
            here.put(key, results.get(key))

    told: list[str] = []
    # One of two: nobody is to be woken yet, so that no AWS is asked.
    approving = Approving(results, here, None, fetch, told.append, office.now, ["alice"])
    office.desk.ask(request_for(office.store, office.now()))
    put_json(office.store, TOKEN, {"schema": "twinstage:task-token:1", "token": "t", "sha256": "x"})
    approving.entered("Approve")

    approving.look()
    assert told == []

    office.desk.wait("t")
    approving.look()
    standing = Desk(results, office.now).standing()
    assert standing is not None
    assert standing.approvals == 1
