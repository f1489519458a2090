"""`twinstage stress` against twins on the embedded AWS, by the wall clock: a scenario's through the whole machine, and a data product's state machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from twinstage.model.validation import schema_violations

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Ran

pytestmark = pytest.mark.long


def test_a_scenarios_arms_are_stressed_in_a_twin_and_every_request_is_counted(
    twinstage: Callable[..., Ran], tmp_path: Path
) -> None:
    load = ("--world", "twin", "--rate", 2, "--for", "10s", "--generators", 2)
    ran = twinstage("stress", "stress-route53-bound", *load, "--out", tmp_path / "out", "--json")
    assert ran.code in (0, 1, 3), ran.err
    assert schema_violations("stress", ran.document) == []
    assert (ran.document["world"], ran.document["generators"]) == ("twin", 2)
    for arm in ("baseline", "candidate"):
        (operation,) = ran.document["arms"][arm]["load"]["operations"].values()
        assert operation["intended"] == 20
    assert (tmp_path / "out/run/verdict.json").is_file()
    assert "state Stressing" in ran.err


def test_a_data_products_machine_is_stressed_in_a_twin_that_is_gone_afterwards(
    twinstage: Callable[..., Ran], tmp_path: Path
) -> None:
    ran = twinstage(
        "stress", "--machine", "orders-pipeline", "--rate", 0.5, "--for", "6s", "--out", tmp_path / "out", "--json"
    )
    assert ran.code in (0, 1, 3), ran.err
    assert ran.document["target"] == {"machine": "orders-pipeline"}
    (operation,) = ran.document["arms"]["target"]["load"]["operations"].values()
    assert operation["intended"] == 3
    assert "cdk destroy: twinstage-twin-data-" in ran.err
