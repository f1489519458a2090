"""What a rehearsal of a data product's twin leaves in the registry."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from twinstage.cli.commands.impact import impact
from twinstage.cli.commands.twin_rehearse import twin_input
from twinstage.cli.data_twin_file import find_data_twin, load_data_twin
from twinstage.cli.twin_record import recorded, rehearsed_inputs
from twinstage.model.errors import LeftoverError
from twinstage.twin.registry import TwinRegistry
from twinstage.world.store import DirectoryStore
from twinstage.world.versions import StoredVersions

if TYPE_CHECKING:
    from twinstage.cli.twin_inputs import TwinInputs

SCENARIO = Path(__file__).parents[2] / "scenarios/orders-pipeline"
OTHER = "sha256:" + "2" * 64
LOADED = load_data_twin(find_data_twin(SCENARIO), f"python{sys.version_info.major}.{sys.version_info.minor}")


@pytest.fixture
def registry(tmp_path: Path) -> TwinRegistry:
    store = DirectoryStore(tmp_path)
    return TwinRegistry(StoredVersions(store), store)


@pytest.fixture
def inputs(tmp_path: Path) -> TwinInputs:
    return rehearsed_inputs(LOADED, twin_input(LOADED, tmp_path / "data", "1" * 12, "eu-central-1").manifest)


def changes(registry: TwinRegistry) -> list[tuple[str, int | None]]:
    return [(version.change, version.stands) for version in registry.history("orders-pipeline")]


def test_it_is_a_draft_then_stands_then_is_gone(registry: TwinRegistry, inputs: TwinInputs, tmp_path: Path) -> None:
    with recorded(LOADED, tmp_path, inputs) as record:
        record.deployed({"Resources": {}})
    assert changes(registry) == [("create", None), ("deployed", 2), ("destroyed", None)]
    content = registry.current("orders-pipeline").content
    assert content.snapshot == inputs.snapshot
    assert json.loads(registry.kept(content.infrastructure)) == {"Resources": {}}
    assert json.loads(registry.kept(content.contract))["name"] == "orders"
    assert json.loads(registry.kept(content.pipeline)) == dict(LOADED.definition)
    assert content.configuration["placeholders"] == {"ValidateFunctionArn": "validate-batch"}


def test_the_same_twin_again_is_no_other_draft_and_other_data_is(
    registry: TwinRegistry, inputs: TwinInputs, tmp_path: Path
) -> None:
    for given in (inputs, inputs, replace(inputs, snapshot=OTHER)):
        with recorded(LOADED, tmp_path, given) as record:
            record.deployed({})
    assert [change for change, _ in changes(registry)] == [
        *("create", "deployed", "destroyed"),
        *("deployed", "destroyed"),
        *("update", "deployed", "destroyed"),
    ]


def test_what_broke_off_is_gone_too_unless_something_was_left_behind(
    registry: TwinRegistry, inputs: TwinInputs, tmp_path: Path
) -> None:
    def broken_off(error: BaseException) -> None:
        with recorded(LOADED, tmp_path, inputs) as record:
            record.deployed({})
            raise error

    with pytest.raises(KeyboardInterrupt):
        broken_off(KeyboardInterrupt())
    assert changes(registry)[-1] == ("destroyed", None)
    with pytest.raises(LeftoverError):
        broken_off(LeftoverError("LEFT", "a table"))
    assert changes(registry)[-1] == ("deployed", 4)


def test_what_was_never_deployed_is_not_destroyed(registry: TwinRegistry, inputs: TwinInputs, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no engine"), recorded(LOADED, tmp_path, inputs):
        raise ValueError("no engine")
    assert changes(registry) == [("create", None)]


def test_the_graph_that_is_kept_tells_what_a_change_of_a_table_affects(
    registry: TwinRegistry, inputs: TwinInputs, tmp_path: Path
) -> None:
    with recorded(LOADED, tmp_path, inputs) as record:
        kept = registry.kept(record.twin.content.graph)
    (tmp_path / "graph.json").write_bytes(kept)
    asked = ["table:dynamodb|prices", "--graph", str(tmp_path / "graph.json"), "--json"]
    told = json.loads(CliRunner().invoke(impact, asked, catch_exceptions=False).stdout)
    affected = {each["node"] for each in told["affected"]}

    # The function is told of the table by its environment, the placeholder in the state machine stands for it.
    assert {"function:validate-batch", "stage:states|flow|Validate", "function:price-order"} <= affected
    assert told["graph"] == inputs.graph.digest
    assert [node.id for node in inputs.graph.nodes if not node.resolved] == []
