"""`twinstage stress`: load on a scenario's target, a snapshot's function, table or zone, a data product's state machine, or an address of this machine; what gives way first, and what more would need."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from twinstage.cli.console import Console
from twinstage.cli.options import json_option, scenario_roots, store_option
from twinstage.cli.scenario_file import find_scenario, load_scenario
from twinstage.cli.snapshots import REFERENCE, opened, unsigned_option
from twinstage.cli.stores import Place
from twinstage.cli.stress_asked import Asked, asked_of
from twinstage.cli.stress_load import load_options
from twinstage.cli.stress_section import Surroundings, address_section, section_of
from twinstage.model.scenario import scenario_of
from twinstage.model.stress_config import MEMORY, TWIN, StressConfig, Target, stress_of
from twinstage.replay.intake import Intake
from twinstage.world.store import DirectoryStore

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.model.load_profile import Load
    from twinstage.model.manifest import Manifest
    from twinstage.model.scenario import Scenario
    from twinstage.stress.metrics.result import LoadResult

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("scenario", required=False)
@click.option("--function", metavar="NAME", help="Stress this function; with a SCENARIO, instead of its own target.")
@click.option("--table", metavar="NAME", help="Stress this table, by one --operation.")
@click.option(
    "--operation", metavar="NAME", help="Of --table: PutItem, GetItem, UpdateItem, DeleteItem, Query or Scan."
)
@click.option("--zone", metavar="NAME", help="Stress this zone, by batches of record changes.")
@click.option(
    "--machine",
    type=click.Path(path_type=Path),
    metavar="DATA_TWIN",
    help="Stress the state machine of a data product's twin: a data-twin.yaml or its folder, deployed on the embedded AWS.",
)
@click.option("--url", metavar="URL", help="Stress an address of this machine: nothing else is ever called.")
@click.option("--snapshot", "reference", metavar="SNAPSHOT", help=f"Where the target is taken from: {REFERENCE}.")
@click.option(
    "--requests", type=_FILE, help="One JSON object a line, sent in turn.  [default: what was recorded, or {}]"
)
@click.option(
    "--world",
    type=click.Choice([MEMORY, TWIN]),
    help="memory: the code as it is, on virtual time, the same bytes every time; twin: real requests to a twin on the embedded AWS.  [default: the scenario's, else memory]",
)
@click.option("--arm", type=click.Choice(["baseline", "candidate", "both"]), help="Of a SCENARIO.  [default: both]")
@load_options
@click.option("--generators", type=int, help="So many share the load; not in memory.  [default: 1]")
@click.option("--p99-ms", type=float, help="Service level: the 99th percentile, from the intended start.")
@click.option("--failed", type=float, help="Service level: the share of requests that may fail.  [default: 0.01]")
@click.option("--target-rate", type=float, metavar="PER_S", help="Plan the capacity for this load.")
@click.option(
    "--settings",
    type=_FILE,
    help="Further members of a scenario's `stress` section: service times, quotas, thresholds.",
)
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Folder for the results.  [default: in --store]"
)
@unsigned_option
@store_option
@json_option
@click.pass_context
def stress(context: click.Context, /, **given: Any) -> int:
    """Put a target under load: SCENARIO's (a scenario.yaml, its folder, or a packaged scenario), one of a --snapshot, a --machine, or a --url.

    Says what gave way first and by which evidence, from which rate on, whether one more run confirmed that, which of AWS's quotas would bind first, and what a --target-rate
    needs. Exits 0 approved or measured, 1 where a threshold is missed, 3 where the load is not valid or nothing can be said, 2 for input that cannot be used.
    """
    asked = asked_of(given, context)
    console = Console(asked.as_json)
    if asked.url is not None:
        return _address(asked, asked.url, console)
    if asked.machine is not None:
        return _machine(asked, asked.machine, console)
    if asked.scenario is not None:
        return _scenario(asked, asked.scenario, console)
    return _snapshot(asked, console)


def _scenario(asked: Asked, name: str, console: Console) -> int:
    loaded = load_scenario(find_scenario(name, scenario_roots()))
    own = loaded.scenario.document
    around = Surroundings(str(loaded.path), own["capture"], loaded.intake)
    section = section_of(own.get("stress"), asked.options, around)
    scenario = scenario_of({**own, "stress": section, **asked.seeded})
    arms = {arm: arm for arm in scenario.arms if asked.arm in (None, "both", arm)}
    asked.check_arms(scenario.arms)
    place = asked.place(scenario.name)
    if section.get("world", MEMORY) == TWIN:
        from twinstage.cli.commands.rehearse import rehearsal_input

        given = rehearsal_input(replace(loaded, scenario=scenario))
        if asked.reference is not None:
            given = replace(given, snapshot=_manifest(asked, asked.reference))
        return _in_twin(asked, given, arms, place, console)
    # What reads and runs handlers takes a moment to import: only commands that run them pay for it.
    from twinstage.cli.exploration_inputs import exploration_inputs
    from twinstage.cli.stress_runs import in_memory

    with tempfile.TemporaryDirectory(prefix="twinstage-stress-") as folder:
        manifest = _manifest(asked, asked.reference) if asked.reference is not None else None
        inputs = exploration_inputs(
            replace(loaded, scenario=scenario), Path(folder), manifest, DirectoryStore(asked.store)
        )
        found = in_memory(inputs, _config(scenario), arms, console)
    return _conclude(asked, _config(scenario), found, scenario, place, console)


def _snapshot(asked: Asked, console: Console) -> int:
    """A target of a snapshot, without a scenario: its code is what was captured, and nothing was recorded."""
    manifest = _manifest(asked, str(asked.reference))
    capture = {
        "zones": [zone.name for zone in manifest.zones],
        "tables": [table.name for table in manifest.tables],
        "functions": [function.name for function in manifest.functions],
    }
    around = Surroundings(str(asked.options.settings or "the options"), capture, Intake(()))
    section = section_of(asked.bare_section, asked.options, around)
    target = stress_of(section).target
    described = {"name": "stress", "title": target.text, "capture": capture, "events": {"file": "-"}}
    scenario = scenario_of({"schema": "twinstage:scenario:1", **described, "stress": section, **asked.seeded})
    from twinstage.cli.stress_runs import ALONE, in_memory

    place = asked.place(target.name)
    arms = {ALONE: scenario.subject}
    if section.get("world", MEMORY) == TWIN:
        from twinstage.local.run_input import RehearsalInput

        given = RehearsalInput(scenario, Intake(()), snapshot=manifest)
        return _in_twin(asked, given, arms, place, console)
    from twinstage.rehearse.inputs import inputs_of

    with tempfile.TemporaryDirectory(prefix="twinstage-stress-") as folder:
        inputs = inputs_of(scenario, (), manifest, DirectoryStore(asked.store), {}, Path(folder))
        found = in_memory(inputs, _config(scenario), arms, console)
    return _conclude(asked, _config(scenario), found, scenario, place, console)


def _address(asked: Asked, url: str, console: Console) -> int:
    section = address_section(asked.options)
    from twinstage.cli.stress_address import Address, http_requests
    from twinstage.cli.stress_generators import offered
    from twinstage.cli.stress_runs import ALONE, driven

    aim = Address(url, http_requests(section.pop("requests", None)))
    aim.target()  # before anything is done: it may be none
    config = _outside(section, Target("url", url))
    place = asked.place("address")
    found = driven(config, lambda load: offered(aim, load or config.load, config.generators, url, console), console)
    return _conclude(asked, config, {ALONE: found}, None, place, console)


def _machine(asked: Asked, data_twin: Path, console: Console) -> int:
    section = address_section(asked.options)
    from twinstage.cli.options import on_this_machine
    from twinstage.cli.stress_generators import offered
    from twinstage.cli.stress_machine import loaded_machine, standing_machine
    from twinstage.cli.stress_runs import ALONE, driven

    on_this_machine()
    loaded, requests = loaded_machine(data_twin), section.pop("requests", None)
    config = _outside(section, Target("machine", loaded.name))
    place = asked.place(loaded.name)
    with standing_machine(loaded, requests and tuple(requests), asked.store, console) as (machine, twin):

        def drive(load: Load | None) -> LoadResult:
            twin.restore()
            return offered(machine, load or config.load, config.generators, config.target.text, console)

        found = driven(config, drive, console)
    return _conclude(asked, config, {ALONE: found}, None, place, console)


def _outside(section: dict[str, Any], target: Target) -> StressConfig:
    """What is no target of a scenario, by the wall clock."""
    return replace(stress_of({**section, "target": {"function": target.name}, "world": TWIN}), target=target)


def _in_twin(asked: Asked, given: Any, arms: Mapping[str, str], place: Path, console: Console) -> int:
    from twinstage.cli.options import on_this_machine
    from twinstage.cli.stress_runs import in_twin

    on_this_machine()
    found = in_twin(given, asked.store, place / "run", console)
    shown = {name: found[arm] for name, arm in arms.items() if arm in found}
    return _conclude(asked, _config(given.scenario), shown, given.scenario, place, console)


def _conclude(
    asked: Asked,
    config: StressConfig,
    arms: Mapping[str, dict[str, Any]],
    scenario: Scenario | None,
    place: Path,
    console: Console,
) -> int:
    """Judge, write, say, and give the exit code."""
    from twinstage.cli.stress_runs import Told, concluded, exit_code
    from twinstage.cli.stress_told import told
    from twinstage.report.stress_page import RESULT, render_stress
    from twinstage.world.jsons import get_json, put_json

    named = scenario.name if scenario is not None and asked.scenario is not None else ""
    title = scenario.title if scenario is not None else config.target.text
    seed = scenario.seed if scenario is not None else getattr(config.load, "seed", 0)
    store = DirectoryStore(place)
    put_json(store, RESULT, concluded(config, arms, Told(named, title, seed, asked.command)))
    # As it stands there: what is told now and what is derived from it later is the same.
    document = get_json(store, RESULT)
    for name, content in render_stress(document).items():
        store.put(name, content)
    console.say(told(document))
    console.say(f"{document['verdict']}  {place / 'report.html'}")
    console.say(f"again: {document['command']}")
    console.data(document)
    return exit_code(document["verdict"])


def _config(scenario: Scenario) -> StressConfig:
    return stress_of(scenario.document["stress"])


def _manifest(asked: Asked, reference: str) -> Manifest:
    return opened(Place(DirectoryStore(asked.store), str(asked.store)), reference, unsigned=asked.unsigned).manifest
