"""What `explore` works on, out of a scenario's files: captured as a snapshot first, so that it is what the machine would explore."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from twinstage.cli.capture_options import now
from twinstage.cli.snapshots import TOOL
from twinstage.local.accounts import Accounts
from twinstage.local.production import DEFAULTS
from twinstage.model.archive import zip_directory
from twinstage.model.errors import InputError, InputProblem
from twinstage.rehearse.inputs import inputs_of
from twinstage.rehearse.uploaded import local_changes
from twinstage.replay.settle import settled
from twinstage.replay.shards import in_scope
from twinstage.state.capture import Production, Selection, capture
from twinstage.state.start_zones import start_zones
from twinstage.world.dumps import NoZones, TableDumps, ZoneDumps
from twinstage.world.function_form import function_configuration
from twinstage.world.interface import Definition
from twinstage.world.store import DirectoryStore

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from twinstage.cli.scenario_file import ScenarioFile
    from twinstage.model.manifest import Manifest
    from twinstage.rehearse.inputs import Inputs
    from twinstage.world.store import Store

REGION = "us-east-1"


@dataclass(frozen=True)
class ScenarioFunctions:
    """The functions of a scenario's production, as a capture reads them."""

    given: Mapping[str, Mapping[str, Any]]

    def definition(self, function: str) -> Definition:
        """What the scenario says, Lambda's defaults filled in, and its folder as a zip."""
        spec = {**DEFAULTS, **self.given[function]}
        told = {
            "FunctionName": function,
            "Runtime": spec["runtime"],
            "Handler": spec["handler"],
            "Timeout": spec["timeout_s"],
            "MemorySize": spec["memory_mb"],
            "Environment": {"Variables": spec["environment"]},
        }
        return Definition(function_configuration(told, function), zip_directory(spec["code"]))


def exploration_inputs(loaded: ScenarioFile, folder: Path, given: Manifest | None, store: Store) -> Inputs:
    """The inputs of a scenario file's exploration: over a snapshot in `store`, or (`given` None) over a capture of its own production.

    What is captured and unpacked goes below `folder`, which nothing needs afterwards. Raises InputError for what could not be captured either: an
    environment value that looks like a secret, a table that is not readable.
    """
    if given is None:
        store = DirectoryStore(folder / "snapshot")
    manifest = given or captured_production(loaded, store)
    order = settled(in_scope(loaded.intake, manifest).events, start_zones(manifest, store))
    changes = local_changes(loaded.candidate)
    return inputs_of(loaded.scenario, order.events, manifest, store, changes, folder / "functions")


def captured_production(loaded: ScenarioFile, store: Store) -> Manifest:
    """A capture of the production that a scenario describes, into `store`. Raises InputError where it describes none, or nothing that could be captured."""
    if "production" not in loaded.scenario.document:
        hint = "give --snapshot, or describe production beside the scenario"
        raise InputError([InputProblem(str(loaded.path), 1, "", "the scenario does not describe production", hint)])
    selected = loaded.scenario.capture
    return capture(
        Production(
            ZoneDumps(loaded.zones) if loaded.zones else NoZones(),
            TableDumps(loaded.tables),
            ScenarioFunctions(loaded.functions),
            listed_by="dump",
            items_by="dump",
        ),
        Selection(selected["zones"], selected["tables"], selected["functions"]),
        store,
        captured={"at": now(), "account": Accounts().production, "region": REGION},
        tool=TOOL,
    )
