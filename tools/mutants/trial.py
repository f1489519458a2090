"""One mutant under trial: its code in the candidate's place, explored as the scenario says, until something that counts breaks."""

from __future__ import annotations

import pickle
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from twinstage.cli.exploration_inputs import exploration_inputs
from twinstage.cli.scenario_file import load_scenario
from twinstage.model.errors import TwinstageError
from twinstage.model.exploration_config import RECORDED, Exploration
from twinstage.rehearse.exploration import GIVEN_UP, plan_exploration
from twinstage.world.contained import Limits, run_contained
from twinstage.world.store import DirectoryStore

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tools.mutants.mutant import Mutant
    from twinstage.rehearse.inputs import Inputs

LIMITS = Limits(stall_s=20, quiet_s=600, memory_mb=4096)
MOST_STATES = 5_000  # twice what the largest case of the code as it is comes to: a mutant may go on for ever
SEEDS = 5  # schedules a strategy, before a case is exhausted
SEEDS_OF_THE_DAY = 10  # the recorded day is too large to be exhausted for each mutant


@dataclass(frozen=True)
class Trial:
    """What became of a mutant. `broken` are the invariants seen to break, in the case that `case` names; empty where nothing broke.

    `undecided` says why nothing can be said: handlers never came back or could not be controlled, or called what nobody answers. `certified`: every
    case but the recorded day was exhausted.
    """

    mutant: Mutant
    broken: tuple[str, ...]
    case: str | None
    undecided: str | None
    certified: bool
    took_s: float

    @property
    def rejected(self) -> bool:
        """Whether an invariant that counts broke."""
        return bool(self.broken)


@dataclass(frozen=True)
class Court:
    """Where mutants of a scenario's candidate are tried. `modules` is the candidate's code, file name to text."""

    inputs: Inputs
    modules: Mapping[str, str]
    tasks: tuple[dict[str, Any], ...]

    def try_one(self, mutant: Mutant) -> Trial:
        """Try a mutant: every case to its end, the recorded day by some of its schedules, until something that counts breaks."""
        begun = time.monotonic()
        with TemporaryDirectory(prefix="twinstage-mutant-") as folder:
            code, inputs = Path(folder) / "code", Path(folder) / "inputs.pickle"
            code.mkdir()
            changed = self._with_code(code, {**self.modules, **mutant.files})
            inputs.write_bytes(pickle.dumps(replace(changed, events=tuple(changed.events))))
            shown_only = [each.id for each in self.inputs.scenario.invariants if not each.counts]
            asked = {"inputs": str(inputs), "tasks": list(self.tasks), "shown_only": shown_only}
            try:
                found = run_contained("tools.mutants.inside:tried", asked, limits=LIMITS)
            except TwinstageError as error:
                if error.code not in GIVEN_UP:
                    raise
                found = {"broken": [], "case": None, "undecided": f"{error.code}: {error.message}", "exhausted": False}
        took_s = time.monotonic() - begun
        return Trial(mutant, tuple(found["broken"]), found["case"], found["undecided"], found["exhausted"], took_s)

    def _with_code(self, folder: Path, files: Mapping[str, str]) -> Inputs:
        for name, text in files.items():
            (folder / name).write_text(text, "utf-8")
        changed = self.inputs.scenario.changed
        candidate = {
            name: replace(function, folder=folder) if name in changed else function
            for name, function in self.inputs.functions["candidate"].items()
        }
        return replace(self.inputs, functions={**self.inputs.functions, "candidate": candidate})


@contextmanager
def court(scenario: Path, cases: tuple[str, ...] | None = None) -> Iterator[Court]:
    """Opens where mutants of the scenario's candidate are tried, over some of its cases or all. Raises ValueError for a case that it has not."""
    loaded = load_scenario(scenario / "scenario.yaml")
    with TemporaryDirectory(prefix="twinstage-mutants-") as folder:
        inputs = exploration_inputs(loaded, Path(folder), None, DirectoryStore(Path(folder)))
        explore = replace(inputs.scenario.explore or Exploration(), max_states=MOST_STATES)
        inputs = replace(inputs, scenario=replace(inputs.scenario, explore=explore))
        planned = plan_exploration(inputs.scenario, inputs.events, arms=("candidate",), cases=cases)
        if missing := sorted(set(cases or ()) - {task["case"] for task in planned}):
            raise ValueError(f"{scenario.name} has no case {', '.join(missing)}")
        code = {path.name: path.read_text("utf-8") for path in sorted((scenario / "candidate").glob("*.py"))}
        yield Court(inputs, code, tuple(map(_asked, planned)))


def _asked(task: dict[str, Any]) -> dict[str, Any]:
    if task["case"] == RECORDED:
        return {**task, "kind": "hunt", "seeds": [0, SEEDS_OF_THE_DAY], "same_schedule": False}
    return {**task, "seeds": [0, SEEDS], "same_schedule": False}
