"""`twinstage twin deploy`: a data product's twin stands in the running embedded AWS, until `twinstage destroy` or its time to live ends it."""

from __future__ import annotations

from pathlib import Path

import click

from twinstage.cli.commands.twin import deployed_folder, deployment_to, home_option, running_server
from twinstage.cli.commands.twin_rehearse import packaged, twin_input
from twinstage.cli.console import Console
from twinstage.cli.data_twin_file import find_data_twin, load_data_twin
from twinstage.cli.options import json_option, store_option
from twinstage.model.errors import InputError, InputProblem


@click.command()
@click.argument("data_twin", type=click.Path(path_type=Path))
@home_option
@store_option
@json_option
def twin_deploy(data_twin: Path, home: Path | None, store: Path, as_json: bool) -> None:
    """Deploy DATA_TWIN, a data-twin.yaml or its folder, into the embedded AWS that `twinstage local start` runs.

    Its tables hold the sample rows, its functions run the code of the file, its pipeline can be executed. `twinstage destroy --run ID` ends it, ID being the twin's name as an id.
    """
    target = running_server(home)
    # What deploys takes a second to import: only a server that runs makes it worth that.
    from twinstage.cli.twin_record import begun, rehearsed_inputs
    from twinstage.cli.twin_versions import identity_of
    from twinstage.local.data_twin import ARM, data_twin_spec, deploy_data_twin, lay_out_data_twin
    from twinstage.local.project import runtime
    from twinstage.model.twin import twin_name

    console = Console(as_json)
    loaded = load_data_twin(find_data_twin(packaged(data_twin)), runtime())
    run = identity_of(None, loaded.name)
    given = twin_input(loaded, store, target.accounts.production, target.region)
    spec = data_twin_spec(given, store.resolve(), run, deployed_folder(store, run))
    if spec.snapshot.exists():
        hint = f"`twinstage destroy --run {run}` first"
        raise InputError([InputProblem(str(data_twin), 0, "", f"a twin {run} stands already", hint)])
    record = begun(store, loaded, rehearsed_inputs(loaded, given.manifest))
    lay_out_data_twin(given, spec, store)
    deployment = deployment_to(target, console)
    deployment.platform()
    twin = deploy_data_twin(deployment, given, spec, store)
    stacks = target.client(target.accounts.twin, "cloudformation")
    record.deployed(stacks.get_template(StackName=spec.stack)["TemplateBody"])
    tables = {table.name: twin_name(run, ARM, table.name) for table in given.manifest.tables}
    functions = {each.name: twin_name(run, ARM, each.name) for each in given.manifest.functions}
    for name, deployed in sorted({**tables, **functions}.items()):
        console.say(f"{name}  {deployed}")
    console.say(f"pipeline  {twin.machine}" if twin.machine else "no pipeline")
    console.data(
        {
            "schema": "twinstage:twin-deploy:1",
            "id": run,
            "version": record.twin.version,
            "stack": spec.stack,
            "machine": twin.machine,
            "tables": tables,
            "functions": functions,
        }
    )
