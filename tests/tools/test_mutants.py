"""Verdicts one can trust: seeded defects of the fixed enactor are rejected with the cause named, harmless changes are not."""

from __future__ import annotations

import ast
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tools.mutants.__main__ import SCENARIO, mutants
from tools.mutants.edits import OutdatedError, edited
from tools.mutants.kept import Kept
from tools.mutants.mutant import Mutant
from tools.mutants.score import Judgement, judgements, score_of
from tools.mutants.trial import Trial, court
from twinstage.model.invariant import REPLAY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tools.mutants.trial import Court

ROOT = Path(__file__).parents[2]
QUICK = ("tree-kept", "generation-10000", "large-zone")


@pytest.fixture(scope="module")
def quick() -> Iterator[Court]:
    """Trials over three cases of one enactor each."""
    with court(SCENARIO, QUICK) as opened:
        yield opened


@pytest.fixture(scope="module")
def made(quick: Court) -> dict[str, Mutant]:
    return {each.name: each for each in mutants(quick.modules)}


def test_there_are_enough_of_them_and_each_has_a_name_of_its_own(quick: Court, made: dict[str, Mutant]) -> None:
    assert len(made) == len(mutants(quick.modules))
    assert sum(not each.harmless for each in made.values()) >= 40
    assert sum(each.harmless for each in made.values()) >= 12


def test_every_mutant_is_python_and_differs_from_the_code_in_what_it_does(
    quick: Court, made: dict[str, Mutant]
) -> None:
    same = {file: ast.unparse(ast.parse(text)) for file, text in quick.modules.items()}
    for name, mutant in made.items():
        assert any(ast.unparse(ast.parse(text)) != same[file] for file, text in mutant.files.items()), name


@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("defects:lock-not-released", "I7"),
        ("defects:retention-off-by-one-less", "I9"),
        ("defects:retention-off-by-one-more", "I9"),
        ("defects:first-page-only", "I9"),
        ("defects:four-digits-only", "I18"),
        ("defects:same-weight-for-all", "I11"),
        ("defects:rollback-not-set", "I13"),
        ("defects:drain-skipped", "I15"),
    ],
)
def test_a_defect_is_rejected_by_the_invariant_that_speaks_of_it(
    name: str, cause: str, quick: Court, made: dict[str, Mutant]
) -> None:
    trial = quick.try_one(made[name])
    assert cause in trial.broken


@pytest.mark.parametrize("name", ["refactorings:functions-renamed", "refactorings:pages-read-by-hand"])
def test_a_harmless_change_is_certified(name: str, quick: Court, made: dict[str, Mutant]) -> None:
    trial = quick.try_one(made[name])
    assert (trial.broken, trial.undecided, trial.certified) == ((), None, True)


def test_a_defect_beside_a_call_that_nobody_answers_is_undecided_not_rejected(
    quick: Court, made: dict[str, Mutant]
) -> None:
    broken = made["defects:same-weight-for-all"]
    asking = quick.modules["enactor.py"] + (
        "\n\ntry:\n    __import__('boto3').client('sqs').list_queues()\nexcept Exception:\n    pass\n"
    )
    trial = quick.try_one(Mutant("asks", "asks", "asks SQS", {**broken.files, "enactor.py": asking}))
    assert (trial.broken, trial.certified) == ((), False)
    assert trial.undecided is not None
    assert "sqs" in trial.undecided


@pytest.fixture(scope="module")
def replaying(quick: Court) -> Court:
    """Trials over the replay of the recorded day alone."""
    return replace(quick, tasks=({"case": REPLAY},))


def test_the_recorded_day_ends_as_it_may(replaying: Court, made: dict[str, Mutant]) -> None:
    trial = replaying.try_one(made["refactorings:functions-renamed"])
    assert (trial.broken, trial.undecided) == ((), None)


@pytest.mark.parametrize(
    ("old", "new", "cause"),
    [
        ('"TTL": 60', '"TTL": 120', "end-state"),  # a TTL that every invariant allows
        ("leaves, weighted = [], []", "raise OSError", "no-new-failures"),
    ],
)
def test_what_no_invariant_asks_about_the_replay_tells(old: str, new: str, cause: str, replaying: Court) -> None:
    changed = {"trees.py": replaying.modules["trees.py"].replace(old, new)}
    trial = replaying.try_one(Mutant("changed", "changed", new, changed))
    assert trial.case == REPLAY
    assert cause in trial.broken


def test_a_trial_that_was_noted_is_known_again_for_the_same_code_and_scenario(
    made: dict[str, Mutant], tmp_path: Path
) -> None:
    file, mutant = tmp_path / "kept.jsonl", made["defects:lock-not-released"]
    trial = Trial(mutant, ("I7",), "tree-kept", None, certified=False, took_s=1.5)
    Kept(file, "one").note(trial)
    with file.open("a") as broken_off:
        broken_off.write('{"mutant": "half a li')
    assert Kept(file, "one").trial(mutant) == trial
    assert Kept(file, "another").trial(mutant) is None
    assert Kept(file, "one").trial(replace(mutant, files={"lock.py": "changed"})) is None
    assert Kept(None, "one").trial(mutant) is None


def test_a_case_that_the_scenario_has_not_is_refused() -> None:
    with pytest.raises(ValueError, match="has no case nowhere"), court(SCENARIO, ("nowhere",)):
        pass


def test_a_change_that_does_not_fit_the_code_any_more_is_told(quick: Court) -> None:
    with pytest.raises(OutdatedError, match="does not stand exactly once"):
        list(edited("defects", {**quick.modules, "enactor.py": ""}, harmless=False))


def test_every_survivor_that_was_judged_is_a_mutant(made: dict[str, Mutant]) -> None:
    judged = judgements()
    assert judged.keys() <= made.keys()
    assert all(each.why for each in judged.values())


def test_harmless_changes_that_are_rejected_and_unjudged_survivors_spoil_the_score(made: dict[str, Mutant]) -> None:
    def trial(name: str, *broken: str) -> Trial:
        return Trial(made[name], broken, None, None, certified=False, took_s=0.0)

    killed = [trial(name, "I1") for name in made if name.startswith("defects:")]
    survivor = trial("enactor:take:argument-dropped:1")
    assert score_of(killed, {}).good
    assert not score_of([*killed, trial("refactorings:class-renamed", "I1")], {}).good
    assert score_of([*killed, survivor], {}).unjudged == (survivor.mutant.name,)
    judged = {survivor.mutant.name: Judgement(equivalent=False, why="seen by nothing yet")}
    assert score_of([*killed, survivor], judged).good
    assert score_of([*killed, survivor], judged).share < 1
    equivalent = {survivor.mutant.name: Judgement(equivalent=True, why="nobody can tell")}
    assert score_of([*killed, survivor], equivalent).share == 1
    assert not score_of([*killed, trial(survivor.mutant.name, "I1")], equivalent).good


@pytest.mark.long
@pytest.mark.timeout(10_800)
def test_the_bar_is_met_over_all_of_them() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tools.mutants"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-5000:]
