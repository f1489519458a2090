"""One mutant under trial: its code in the candidate's place, explored as the scenario says, until something that counts breaks."""

from __future__ import annotations

import hashlib
import json
import pickle
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from twinstage.cli.exploration_inputs import exploration_inputs
from twinstage.cli.scenario_file import load_scenario
from twinstage.model.errors import TwinstageError
from twinstage.model.exploration_config import RECORDED, Exploration
from twinstage.model.invariant import REPLAY
from twinstage.rehearse.exploration import GIVEN_UP, plan_exploration
from twinstage.world.contained import Containment, Limits
from twinstage.world.store import DirectoryStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from tools.mutants.mutant import Mutant
    from twinstage.model.exploration_config import CasePlan
    from twinstage.rehearse.inputs import Inputs

LIMITS = Limits(stall_s=20, quiet_s=600, memory_mb=4096)
# Several times what the largest case of the code as it is comes to, where one container runs code and where several do: a mutant may go on for ever.
MOST_STATES = (300, 5_000)
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
    """Where mutants of a scenario's candidate are tried. `modules` is the candidate's code, file name to text; `digest` stands for it and the scenario."""

    inputs: Inputs
    modules: Mapping[str, str]
    tasks: tuple[dict[str, Any], ...]
    digest: str

    def try_one(self, mutant: Mutant) -> Trial:
        """Try a mutant: every case to its end, the recorded day by some of its schedules, until something that counts breaks."""
        with self._contained() as containment:
            return self._tried(mutant, containment)

    def try_all(self, mutants: Sequence[Mutant], *, jobs: int, told: Callable[[Trial], None]) -> list[Trial]:
        """Try mutants, `jobs` at once; each is `told` as its trial ends, and all are given in their order."""
        waiting, found = deque(enumerate(mutants)), dict[int, Trial]()

        def work() -> None:
            with self._contained() as containment, suppress(IndexError):
                while True:
                    number, mutant = waiting.popleft()
                    found[number] = self._tried(mutant, containment)
                    told(found[number])

        with ThreadPoolExecutor(jobs) as pool:
            for each in [pool.submit(work) for _ in range(jobs)]:
                each.result()
        return [found[number] for number in range(len(mutants))]

    @contextmanager
    def _contained(self) -> Iterator[Containment]:
        """A process that every trial is a copy of: it has imported everything, and made the clients that handlers make."""
        with Containment() as containment, TemporaryDirectory(prefix="twinstage-mutants-") as folder:
            file = Path(folder) / "inputs.pickle"
            file.write_bytes(pickle.dumps(replace(self.inputs, events=tuple(self.inputs.events))))
            containment.prepare("tools.mutants.inside:made_ready", {"inputs": str(file)})
            yield containment

    def _tried(self, mutant: Mutant, containment: Containment) -> Trial:
        begun = time.monotonic()
        with TemporaryDirectory(prefix="twinstage-mutant-") as folder:
            code, inputs = Path(folder) / "code", Path(folder) / "inputs.pickle"
            code.mkdir()
            changed = self._with_code(code, {**self.modules, **mutant.files})
            inputs.write_bytes(pickle.dumps(replace(changed, events=tuple(changed.events))))
            shown_only = [each.id for each in self.inputs.scenario.invariants if not each.counts]
            asked = {"inputs": str(inputs), "tasks": list(self.tasks), "shown_only": shown_only}
            try:
                found = containment.run("tools.mutants.inside:tried", asked, limits=LIMITS)
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
        explore = inputs.scenario.explore or Exploration()
        capped = tuple(replace(case, max_states=MOST_STATES[_size(case)[0] > 1]) for case in explore.cases)
        explore = replace(explore, cases=capped, max_states=MOST_STATES[True])
        inputs = replace(inputs, scenario=replace(inputs.scenario, explore=explore))
        planned = plan_exploration(inputs.scenario, inputs.events, arms=("candidate",), cases=cases)
        if missing := sorted(set(cases or ()) - {task["case"] for task in planned}):
            raise ValueError(f"{scenario.name} has no case {', '.join(missing)}")
        code = {path.name: path.read_text("utf-8") for path in sorted((scenario / "candidate").glob("*.py"))}
        size = {case.name: _size(case) for case in explore.cases}
        described = [_asked(task) for task in planned if task["case"] != RECORDED]
        described.sort(key=lambda task: size.get(task["case"], (0, 0)))
        day = [_asked(task) for task in planned if task["case"] == RECORDED]
        # What is small comes first, the day last: it is never seen whole.
        tasks = (*described, *({"case": REPLAY} for _ in day), *day)
        yield Court(inputs, code, tasks, _digest(scenario, tasks))


def _size(case: CasePlan) -> tuple[int, int]:
    """What a case's graph grows with: the containers that run code, and what may go wrong there."""
    running = [one for one in case.containers if any("function" in message for message in one.messages)]
    return len(running), len(case.perturb.asked)


def _asked(task: dict[str, Any]) -> dict[str, Any]:
    if task["case"] == RECORDED:
        return {**task, "kind": "hunt", "seeds": [0, SEEDS_OF_THE_DAY], "same_schedule": False}
    return {**task, "seeds": [0, SEEDS], "same_schedule": False}


def _digest(scenario: Path, tasks: tuple[dict[str, Any], ...]) -> str:
    held = hashlib.sha256(json.dumps(tasks, sort_keys=True).encode())
    for path in sorted(each for each in scenario.rglob("*") if each.is_file() and "__pycache__" not in each.parts):
        held.update(str(path.relative_to(scenario)).encode() + b"\0" + path.read_bytes())
    return held.hexdigest()[:16]
