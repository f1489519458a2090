"""What the trials add up to: how many of the defects that can be observed were rejected, and what became of the rest."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tools.mutants.trial import Trial

SURVIVORS = Path(__file__).parent / "survivors.json"
BAR = 0.9
THOUGHT_OF = "defects:"


@dataclass(frozen=True)
class Judgement:
    """Why a defect that no check rejects is let be. `equivalent`: nothing that anybody could observe differs, for the reason given."""

    equivalent: bool
    why: str


def judgements(path: Path = SURVIVORS) -> dict[str, Judgement]:
    """The survivors judged so far, by the mutant's name."""
    document = json.loads(path.read_text("utf-8"))
    return {name: Judgement(each["equivalent"], each["why"]) for name, each in document.items()}


@dataclass(frozen=True)
class Score:
    """`killed` of the `observable` defects were rejected; `unjudged` survived and nobody has said why; `wronged` are harmless and were rejected.

    `outdated` are judged equivalent, and were rejected.
    """

    killed: int
    observable: int
    unjudged: tuple[str, ...]
    wronged: tuple[str, ...]
    outdated: tuple[str, ...]

    @property
    def share(self) -> float:
        """Rejected defects, of those that can be observed."""
        return self.killed / self.observable if self.observable else 1.0

    @property
    def good(self) -> bool:
        """Whether the bar is met, nothing harmless rejected, and every survivor judged."""
        return self.share >= BAR and not (self.unjudged or self.wronged or self.outdated)


def score_of(trials: Iterable[Trial], judged: dict[str, Judgement]) -> Score:
    """Add up."""
    found = list(trials)
    defects = [each for each in found if not each.mutant.harmless]
    equivalent = {name for name, each in judged.items() if each.equivalent}
    survivors = [each.mutant.name for each in defects if not each.rejected]
    return Score(
        killed=sum(each.rejected for each in defects if each.mutant.name not in equivalent),
        observable=sum(each.mutant.name not in equivalent for each in defects),
        unjudged=tuple(name for name in survivors if name not in judged),
        wronged=tuple(each.mutant.name for each in found if each.mutant.harmless and each.rejected),
        outdated=tuple(each.mutant.name for each in defects if each.rejected and each.mutant.name in equivalent),
    )


def table(trials: Sequence[Trial], judged: dict[str, Judgement]) -> str:
    """One line a mutant, in the order of their names: what became of it, by which invariants, in which case."""
    rows = [
        (each.mutant.name, _row(each, judged), each.mutant.what)
        for each in sorted(trials, key=lambda each: each.mutant.name)
    ]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    return "\n".join(f"{name:{widths[0]}}  {fate:{widths[1]}}  {what}" for name, fate, what in rows)


def told(trials: Sequence[Trial], score: Score) -> Iterator[str]:
    """The sum in words: for each kind of mutant what became of them, then the share, then what spoils it."""
    for title, chosen in (
        ("harmless", [each for each in trials if each.mutant.harmless]),
        ("thought of", [each for each in trials if each.mutant.name.startswith(THOUGHT_OF)]),
        ("generated", [e for e in trials if not (e.mutant.harmless or e.mutant.name.startswith(THOUGHT_OF))]),
    ):
        rejected, undecided = sum(e.rejected for e in chosen), sum(e.undecided is not None for e in chosen)
        yield f"{title}: {len(chosen)}, {rejected} rejected, {len(chosen) - rejected - undecided} not, {undecided} undecided"
    yield f"{score.killed} of {score.observable} observable defects rejected ({score.share:.1%}); {len(score.wronged)} harmless ones"
    for title, names in (("not judged", score.unjudged), ("judged equivalent, and rejected", score.outdated)):
        for name in names:
            yield f"{title}: {name}"


def document(trials: Sequence[Trial], score: Score, judged: dict[str, Judgement]) -> dict[str, Any]:
    """The trials and their sum, for machines. `fate`: `rejected`, `certified`, `equivalent`, `survived`, `unjudged`, `undecided`, `wronged` or `let pass`."""
    return {
        "killed": score.killed,
        "observable": score.observable,
        "share": round(score.share, 4),
        "unjudged": list(score.unjudged),
        "wronged": list(score.wronged),
        "outdated": list(score.outdated),
        "trials": [
            {
                "name": each.mutant.name,
                "what": each.mutant.what,
                "harmless": each.mutant.harmless,
                "fate": fate_of(each, judged),
                "broken": list(each.broken),
                "case": each.case,
                "undecided": each.undecided,
                "certified": each.certified,
            }
            for each in sorted(trials, key=lambda each: each.mutant.name)
        ],
    }


def fate_of(trial: Trial, judged: dict[str, Judgement]) -> str:
    """What became of a mutant, in a word."""
    if trial.rejected:
        return "wronged" if trial.mutant.harmless else "rejected"
    if trial.undecided:
        return "undecided"
    if trial.mutant.harmless:
        return "certified" if trial.certified else "let pass"
    judgement = judged.get(trial.mutant.name)
    if judgement is None:
        return "unjudged"
    return "equivalent" if judgement.equivalent else "survived"


def _row(trial: Trial, judged: dict[str, Judgement]) -> str:
    fate = fate_of(trial, judged)
    if trial.rejected:
        return f"{fate} by {', '.join(trial.broken)} in {trial.case}"
    return f"{fate}: {trial.undecided}" if trial.undecided else fate
