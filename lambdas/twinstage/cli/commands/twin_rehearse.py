"""`twinstage twin rehearse`: a data product's twin is deployed, its pipeline executed for real and simulated, and the two are compared."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from twinstage.cli.console import Console
from twinstage.cli.data_twin_file import find_data_twin, load_data_twin
from twinstage.cli.options import json_option, on_this_machine, scenario_roots, store_option
from twinstage.cli.twin_results import result, write
from twinstage.model.finding import Verdict
from twinstage.world.store import DirectoryStore

if TYPE_CHECKING:
    from twinstage.cli.data_twin_file import DataTwinFile
    from twinstage.cli.twin_inputs import TwinInputs
    from twinstage.local.data_twin import DataTwinInput
    from twinstage.local.pipeline_rehearsal import PipelinePlan, PipelineRehearsal

EXIT_CODES = {Verdict.APPROVED: 0, Verdict.REJECTED: 1, Verdict.INCONCLUSIVE: 3}
# A snapshot that is made from a contract is of no moment: with one of its own, equal twins would have snapshots of their own.
MADE_AT = "2026-01-01T00:00:00Z"


@click.command()
@click.argument("data_twin", type=click.Path(path_type=Path))
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Folder for the results.  [default: in --store]"
)
@store_option
@json_option
def twin_rehearse(data_twin: Path, out: Path | None, store: Path, as_json: bool) -> int:
    """Rehearse DATA_TWIN, a data-twin.yaml or its folder: on the embedded AWS.

    Deploys a twin from the contract and the pipeline, executes the pipeline on every input, checks the contract's promises on the twin's rows, simulates the same executions, and
    compares. Where the file has a `change`, the new contract is also held against rows that stand already, and against whoever reads what goes. Exits 0 where every promise is kept and the
    simulation agrees within its stated error, 1 where a promise is broken or the change breaks somebody who was not told, 3 where the simulation does not agree or nothing can be said.
    """
    on_this_machine()
    from twinstage.local.project import runtime

    console = Console(as_json)
    loaded = load_data_twin(find_data_twin(packaged(data_twin)), runtime())
    console.stage(f"{loaded.name}: {len(loaded.contract.product.tables)} tables, {len(loaded.inputs)} executions")
    done, inputs = rehearse_locally(loaded, store, console)
    place = out or store / "data-twins" / loaded.name
    document = result(loaded, done, inputs, str(data_twin))
    write(place, done, document, inputs)
    _tell(document, done, place, console)
    return EXIT_CODES[Verdict(document["verdict"])]


def rehearse_locally(loaded: DataTwinFile, store: Path, console: Console) -> tuple[PipelineRehearsal, TwinInputs]:
    """One rehearsal on an engine of its own, which is gone afterwards, and what the twin was made of, as the registry keeps it."""
    # The embedded AWS takes a second to import: only commands that start it pay for it.
    from twinstage.cli.twin_record import recorded, rehearsed_inputs
    from twinstage.local.data_twin import LocalDataTwins
    from twinstage.local.engine import Engine
    from twinstage.local.pipeline_rehearsal import rehearse_pipeline
    from twinstage.local.project import find_project

    with Engine.start() as engine:
        console.stage(f"the embedded AWS is up at {engine.endpoint}")
        given = twin_input(loaded, store, engine.accounts.production, engine.region)
        twins = LocalDataTwins(engine, find_project(), store, console.stage)
        inputs = rehearsed_inputs(loaded, given.manifest)
        with recorded(loaded, store, inputs) as record, twins.deployed(given) as twin:
            stacks = engine.client(engine.accounts.twin, "cloudformation")
            record.deployed(stacks.get_template(StackName=twin.spec.stack)["TemplateBody"])
            return rehearse_pipeline(engine, twin, plan(loaded), console.stage), inputs


def twin_input(loaded: DataTwinFile, store: Path, account: str, region: str) -> DataTwinInput:
    """What the twin is deployed from; its snapshot is stored."""
    from twinstage.local.data_twin import DataTwinInput
    from twinstage.rehearse.pipeline.product_snapshot import product_snapshot

    product = loaded.contract.product
    captured = {"at": MADE_AT, "account": account, "region": region}
    manifest = product_snapshot(
        product, loaded.rows, loaded.functions, DirectoryStore(store), captured=captured, file=loaded.contract_file
    )
    described = {"id": product.id, "name": product.name, "version": product.version}
    return DataTwinInput(
        described, manifest, loaded.definition, loaded.definition_file, loaded.placeholders, loaded.keep
    )


def plan(loaded: DataTwinFile) -> PipelinePlan:
    """What is rehearsed, and how it is compared."""
    from twinstage.local.pipeline_rehearsal import WARM_UP, PipelinePlan
    from twinstage.rehearse.pipeline.agreement import Comparing
    from twinstage.simulate.pipeline.reading import machine_of

    said = loaded.executions
    standard = Comparing()
    comparing = Comparing(
        said.get("calibrate", standard.share),
        said.get("seed", standard.seed),
        said.get("replications", standard.replications),
        said.get("confidence", standard.confidence),
    )
    machine = machine_of(json.dumps(loaded.definition), loaded.placeholders, loaded.definition_file)
    warm_up = said.get("warm_up", WARM_UP)
    return PipelinePlan(
        loaded.contract.product,
        machine,
        loaded.inputs,
        loaded.contract_file,
        comparing,
        warm_up,
        said.get("simulate", True),
        loaded.change,
    )


def packaged(given: Path) -> Path:
    """The folder that is meant: of a packaged scenario where nothing of that name is here."""
    if given.exists() or given.name != str(given):
        return given
    return next((root / given for root in scenario_roots() if (root / given).is_dir()), given)


def _tell(document: dict[str, Any], done: PipelineRehearsal, place: Path, console: Console) -> None:
    for finding in done.quality:
        if finding.passed is not True:
            how = "broken     " if finding.passed is False else "not checked"
            console.say(f"  {how} {finding.check}: {finding.message}")
    for finding in document.get("change", {}).get("findings", ()):
        if finding["passed"] is False and finding["counts"]:
            console.say(f"  broken      {finding['check']}: {finding['message']}")
    for metric in done.agreement.metrics:
        told = metric.document()
        console.say(
            f"  {'within' if metric.agrees else 'BEYOND'} the stated error: {metric.name}: {metric.recorded_ms:.0f} ms recorded, {metric.expected_ms:.0f} ms simulated"
            f" ({metric.low_ms:.0f} to {metric.high_ms:.0f}), error {told['error']:.1%}, stated {told['stated_error']:.1%}"
        )
    for difference in done.agreement.differences:
        console.say(f"  another way: {difference}")
    for call in (*done.calls.refused, *done.calls.outside):
        console.say(f"  not the twin's: {call}")
    if done.agreement.reason:
        console.say(f"  not compared: {done.agreement.reason}")
    console.say(f"{document['verdict']}  {place / 'report.html'}")
    console.data(document)
