"""Write `cdk.out`: all three stacks, the twin's from a packaged scenario, checked by cdk-nag and by CloudFormation's own rules."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twinstage import __version__
from twinstage.cli.scenario_file import find_scenario, load_scenario
from twinstage.local.deployment import lay_out
from twinstage.local.production import DEFAULTS
from twinstage.local.project import find_project
from twinstage.local.run_input import RehearsalInput, twin_spec
from twinstage.model.archive import zip_directory
from twinstage.state.capture import Production, Selection, capture
from twinstage.world.dumps import TableDumps, ZoneDumps
from twinstage.world.interface import Definition
from twinstage.world.store import DirectoryStore

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.cli.scenario_file import ScenarioFile
    from twinstage.model.manifest import Manifest

ROOT = Path(__file__).resolve().parent.parent
PRODUCTION, TWIN = "111111111111", "222222222222"


class ScenarioFunctions:
    """The functions of a scenario's production, as a capture reads them."""

    def __init__(self, functions: Mapping[str, Mapping[str, Any]]) -> None:
        self.functions = functions

    def definition(self, function: str) -> Definition:
        """The function that production would have."""
        spec = {**DEFAULTS, **self.functions[function]}
        names = {
            "Runtime": "runtime",
            "Handler": "handler",
            "MemorySize": "memory_mb",
            "Timeout": "timeout_s",
            "Environment": "environment",
        }
        return Definition({name: spec[field] for name, field in names.items()}, zip_directory(spec["code"]))


def main() -> int:
    """Synthesize into the folder given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenario", default="enactor-update")
    parser.add_argument("--out", type=Path, default=ROOT / "cdk.out")
    arguments = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    from app import build, new_app

    project = find_project()
    loaded = load_scenario(find_scenario(arguments.scenario, [project.scenarios]))
    store = ROOT / ".build" / "synth"
    manifest = snapshot(loaded, DirectoryStore(store))
    spec = twin_spec(RehearsalInput(loaded.scenario, loaded.intake, candidate=loaded.candidate), manifest, store)
    lay_out(spec, manifest, DirectoryStore(store))
    context = {
        "twinstage:production_account": PRODUCTION,
        "twinstage:twin_account": TWIN,
        "twinstage:external_id": "synth",
        "twinstage:bundle": str(project.bundle()),
        "twinstage:recorder": str(project.recorder),
        "twinstage:nag": "true",
        **spec.context(),
    }
    app = new_app(str(arguments.out), context)
    build(app)
    app.synth()
    print(arguments.out)
    return 0


def snapshot(loaded: ScenarioFile, store: DirectoryStore) -> Manifest:
    """The snapshot of a scenario's production, out of its dumps."""
    if loaded.zones is None:
        raise SystemExit("the scenario has no zones of its own")
    source = Production(ZoneDumps(loaded.zones), TableDumps(loaded.tables), ScenarioFunctions(loaded.functions))
    captured = {"at": "1970-01-01T00:00:00Z", "account": PRODUCTION, "region": "us-east-1"}
    return capture(source, Selection(**loaded.scenario.capture), store, captured=captured, tool=__version__)


if __name__ == "__main__":
    sys.exit(main())
