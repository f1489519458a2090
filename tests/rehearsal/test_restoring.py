"""Any version of a snapshot's history comes back into a twin, whatever it holds, and the twin then holds exactly that version."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from by_commands import twinstage
from small_scenario import write_small_scenario

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = [pytest.mark.engine, pytest.mark.cdk]


def edit(path: Path, change: Callable[[Any], None]) -> None:
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))


def test_versions_come_and_go_in_a_twin_and_each_is_there_exactly(tmp_path: Path, home: Path) -> None:
    production = write_small_scenario(tmp_path / "scenario").parent / "production"
    store = ("--store", tmp_path / "store")

    def imported() -> dict[str, Any]:
        folders = ("--zones", production / "zones", "--tables", production / "tables")
        return twinstage("snapshot", "import", *folders, "--out", tmp_path / "store")

    first = imported()
    (zone,) = (path for path in (production / "zones").glob("*.json") if path.stem != "hosted-zones")
    (table,) = (production / "tables").glob("*.json")
    edit(zone, lambda answer: answer["ResourceRecordSets"].pop())
    edit(table, lambda answer: answer["Items"].pop())
    second = imported()
    assert second["parent"] == first["snapshot"]
    differing = twinstage("snapshot", "diff", first["snapshot"], second["snapshot"], *store)["differences"]

    place = ("--run", "versions", *store, "--home", home)
    twinstage("local", "start", "--home", home)
    twinstage("deploy", "--snapshot", first["snapshot"], *place)
    for version, written in ((first, None), (second, len(differing)), (second, 0), (first, len(differing))):
        done = twinstage("snapshot", "restore", version["snapshot"], *place)
        assert done["fidelity"]["equal"]
        assert (done["snapshot"], done["digest"]) == (version["snapshot"], version["digest"])
        if written is not None:
            assert done["written"]["changes"] + done["written"]["items"] == written

    shutil.rmtree(tmp_path / "store/objects")
    refused = twinstage("snapshot", "restore", second["snapshot"], *place, exit_code=2)
    assert {problem["message"] for problem in refused["problems"]} == {"the part is missing"}
