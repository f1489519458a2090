"""One embedded AWS with its foundation deployed by the real CDK CLI, shared by the tests of a worker; and one small twin in it."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from small_scenario import write_small_scenario

from twinstage.cli.commands.rehearse import rehearsal_input
from twinstage.cli.scenario_file import load_scenario
from twinstage.local import daemon
from twinstage.local.project import find_project
from twinstage.local.rehearsal import LocalRehearsal
from twinstage.model.archive import zip_files
from twinstage.world.aws.functions import LambdaFunctions
from twinstage.world.signers import LocalKey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import EngineSlot
    from twinstage.local.rehearsal import DeployedTwin, Rehearsed


@pytest.fixture(scope="session")
def rehearsal(engine_slot: EngineSlot, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalRehearsal]:
    with engine_slot.take() as engine:
        signer = LocalKey(tmp_path_factory.mktemp("home"))
        yield LocalRehearsal(engine, find_project(), tmp_path_factory.mktemp("store"), lambda _: None, signer)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """The home of an embedded AWS that runs as a server; what was started there is stopped in the end."""
    yield tmp_path / "home"
    daemon.stop(tmp_path / "home")


@dataclass
class Stage:
    """The small scenario's twin, standing. Its stage functions can be broken and mended."""

    rehearsal: LocalRehearsal
    twin: DeployedTwin

    def execute(self, run_dir: Path) -> Rehearsed:
        """One more execution of its machine."""
        return self.rehearsal.execute(self.twin, run_dir, name=f"test-{uuid4().hex[:8]}")

    @contextmanager
    def broken(self, state: str, code: str) -> Iterator[None]:
        """For a while the function behind `state` runs `code` instead of what was deployed."""
        functions = self.rehearsal.engine.client(self.rehearsal.engine.accounts.twin, "lambda")
        name = f"twin-{self.twin.spec.run}-{state}"
        handler = functions.get_function_configuration(FunctionName=name)["Handler"].removesuffix(".handler")
        deployed = LambdaFunctions(functions).definition(name).code
        functions.update_function_code(
            FunctionName=name, ZipFile=zip_files({f"{handler.replace('.', '/')}.py": code.encode()})
        )
        try:
            yield
        finally:
            functions.update_function_code(FunctionName=name, ZipFile=deployed)


@pytest.fixture(scope="session")
def stage(rehearsal: LocalRehearsal, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    given = rehearsal_input(load_scenario(write_small_scenario(tmp_path_factory.mktemp("small"), "standing")))
    with rehearsal.deployed(given) as twin:
        yield Stage(rehearsal, twin)


@pytest.fixture(scope="session")
def standing(rehearsal: LocalRehearsal) -> Callable[[DeployedTwin], Stage]:
    """Another twin as a stage."""
    return lambda twin: Stage(rehearsal, twin)


@pytest.fixture(scope="session")
def executed(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Rehearsed:
    """An execution in which nothing was broken, for all who look at one."""
    return stage.execute(tmp_path_factory.mktemp("executed") / "run")
