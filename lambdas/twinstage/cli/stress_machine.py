"""A data product's state machine under load: its twin is deployed on an embedded AWS of its own, and is gone afterwards."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from twinstage.model.errors import InputError, InputProblem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from twinstage.cli.console import Console
    from twinstage.cli.data_twin_file import DataTwinFile
    from twinstage.local.data_twin import StandingDataTwin
    from twinstage.world.load.exchange import LoadTarget


@dataclass(frozen=True)
class Machine:
    """A state machine of the embedded AWS and the inputs that take turns; `environment` leads to it. `name`: what results call it."""

    environment: Mapping[str, str]
    arn: str
    inputs: tuple[Any, ...]
    name: str

    def target(self) -> LoadTarget:
        """The target, for a process of its own: its environment then leads to the embedded AWS."""
        from twinstage.world.aws.load.machines import MachineTarget

        os.environ.update(self.environment)
        return MachineTarget(None, self.arn, self.inputs, name=self.name)


def loaded_machine(given: Path) -> DataTwinFile:
    """The data product's twin that is meant. Raises InputError where it cannot be read."""
    from twinstage.cli.commands.twin_rehearse import packaged
    from twinstage.cli.data_twin_file import find_data_twin, load_data_twin
    from twinstage.local.project import runtime

    return load_data_twin(find_data_twin(packaged(given)), runtime())


@contextmanager
def standing_machine(
    loaded: DataTwinFile, inputs: tuple[Any, ...] | None, store: Path, console: Console
) -> Iterator[tuple[Machine, StandingDataTwin]]:
    """The machine to be stressed with `inputs` (None: the data product's own), and the twin that it stands in. Raises InputError where it has none."""
    from twinstage.cli.commands.twin_rehearse import twin_input
    from twinstage.local.data_twin import LocalDataTwins
    from twinstage.local.engine import Engine
    from twinstage.local.project import find_project

    with Engine.start() as engine:
        console.stage(f"the embedded AWS is up at {engine.endpoint}")
        account = engine.accounts.twin
        twins = LocalDataTwins(engine, find_project(), store, console.stage)
        with twins.deployed(twin_input(loaded, store, engine.accounts.production, engine.region)) as twin:
            if twin.machine is None:
                raise InputError([InputProblem(str(loaded.path), 0, "/pipeline", "it has no state machine")])
            asked = tuple(loaded.inputs) if inputs is None else inputs
            yield Machine(engine.environment(account), twin.machine, asked, loaded.name), twin
