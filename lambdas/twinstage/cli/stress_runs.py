"""How `twinstage stress` comes to its result: arm after arm on virtual time, through the whole machine against a twin, or against an address on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from twinstage.model.errors import InputError, InputProblem
from twinstage.model.finding import Verdict, weigh
from twinstage.model.load_profile import load_of
from twinstage.rehearse.stress.results import arm_document, stress_document
from twinstage.stress.metrics.load_document import load_document
from twinstage.validate.checks.stress import check_stress

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from twinstage.cli.console import Console
    from twinstage.local.run_input import RehearsalInput
    from twinstage.model.finding import Finding
    from twinstage.model.load_profile import Load
    from twinstage.model.stress_config import StressConfig
    from twinstage.rehearse.inputs import Inputs
    from twinstage.stress.metrics.result import LoadResult

ALONE: Final = "target"
"""The arm of a stress without a scenario."""
MEASURED: Final = "MEASURED"
"""The verdict where nothing was asked of a load, and it can be believed."""
Document = dict[str, Any]


@dataclass(frozen=True)
class Told:
    """What a result is told under: the scenario's name, empty where there is none, a title, the seed, and the command that does it again."""

    scenario: str
    title: str
    seed: int
    command: str


def in_memory(inputs: Inputs, config: StressConfig, arms: Mapping[str, str], console: Console) -> dict[str, Document]:
    """Each arm on virtual time, one after the other: `arms` maps a name in the result to an arm of the inputs."""
    from twinstage.rehearse.stress.door import stress_in_memory

    def drive(name: str, load: Load | None) -> LoadResult:
        return stress_in_memory(
            inputs, config, arms[name], profile=load, say=lambda text: console.stage(f"{name}: {text}")
        )

    found = {}
    for name in arms:
        console.stage(f"{name}: {config.target.text}")
        found[name] = driven(config, partial(drive, name), console)
    return found


def driven(config: StressConfig, drive: Callable[[Load | None], LoadResult], console: Console) -> Document:
    """One arm's part of the result: `drive` offers its load (None: the configured one), and once more the load that confirms what was found."""
    load = [load_document(drive(None))]
    found = arm_document(config, load)
    confirm = found["diagnosis"]["confirm"]
    if confirm is None:
        return found
    console.stage(f"the knee is predicted at {found['diagnosis']['knee']['per_s']:g} /s: one run around it")
    return arm_document(config, load, [load_document(drive(load_of(confirm)))])


def in_twin(given: RehearsalInput, store: Path, run_dir: Path, console: Console) -> dict[str, Document]:
    """Both arms through the whole machine, on an embedded AWS of its own. Raises InputError where the machine did not come so far."""
    from twinstage.cli.commands.rehearse import run_locally
    from twinstage.world.jsons import get_json
    from twinstage.world.store import DirectoryStore

    run_locally(given, store, run_dir, console)
    run = DirectoryStore(run_dir)
    arms: dict[str, Document] = get_json(run, "stress.json")["arms"] if run.exists("stress.json") else {}
    if not arms:
        hint = f"see {run_dir / 'report.html'}"
        raise InputError([InputProblem(str(run_dir), 0, "", "the machine did not come to the stress's end", hint)])
    return arms


def concluded(config: StressConfig, arms: Mapping[str, Document], told: Told) -> Document:
    """The whole result: the findings over its arms, and the verdict over the findings. The last arm is what the verdict is about."""
    findings = list(check_stress(arms, config, list(arms)[-1]))
    document = stress_document(
        config,
        arms,
        findings,
        weigh(findings),
        scenario=told.scenario,
        title=told.title,
        seed=told.seed,
        command=told.command,
    )
    return {**document, "verdict": MEASURED} if _nothing_asked(findings) else document


def _nothing_asked(findings: Sequence[Finding]) -> bool:
    """Whether all that counts is evidence, and whole: nothing to approve or reject, and nothing amiss."""
    counting = [finding for finding in findings if finding.counts]
    return all(finding.criterion == "evidence" and finding.passed is True for finding in counting)


def exit_code(verdict: str) -> int:
    """0 approved or measured, 1 a threshold was missed, 3 nothing can be said."""
    return {Verdict.APPROVED: 0, MEASURED: 0, Verdict.REJECTED: 1}.get(verdict, 3)
