"""`python -m tools.mutants`: tries every mutant, prints what became of each, exits 0 where the bar is met."""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tools.mutants.edits import edited
from tools.mutants.kept import Kept
from tools.mutants.operators import generated
from tools.mutants.score import document, judgements, score_of, table, told
from tools.mutants.trial import court

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tools.mutants.mutant import Mutant
    from tools.mutants.trial import Trial

SCENARIO = Path(__file__).parents[2] / "scenarios" / "enactor-update"
NOT_RUN = frozenset({"publish"})  # the planner's own copy is what runs


def mutants(modules: Mapping[str, str]) -> list[Mutant]:
    """Every mutant of the code: the harmless first, then what was thought of, then what the operators make."""
    return [
        *edited("refactorings", modules, harmless=True),
        *edited("defects", modules, harmless=False),
        *generated(modules, without=NOT_RUN),
    ]


def main(arguments: list[str]) -> int:
    """Try the mutants that are asked for."""
    parser = argparse.ArgumentParser(prog="python -m tools.mutants", description=__doc__)
    parser.add_argument("--only", default="", help="a regular expression: mutants whose name it is found in")
    parser.add_argument("--case", action="append", help="only this case of the scenario; may be given again")
    parser.add_argument("--jobs", type=int, default=2, help="mutants at once")
    parser.add_argument("--json", type=Path, help="write the result there as well")
    parser.add_argument(
        "--kept",
        type=Path,
        help="note each trial in this file as it ends; what it has of the same code is not tried again",
    )
    parser.add_argument("--list", action="store_true", help="name the mutants, and try none")
    asked = parser.parse_args(arguments)
    with court(SCENARIO, tuple(asked.case) if asked.case else None) as where:
        chosen = [each for each in mutants(where.modules) if re.search(asked.only, each.name)]
        if not chosen:
            parser.error(f"--only {asked.only}: no mutant has this in its name")
        if asked.list:
            print("\n".join(f"{each.name}  {each.what}" for each in chosen))
            return 0
        kept = Kept(asked.kept, where.digest)
        known = [trial for mutant in chosen if (trial := kept.trial(mutant)) is not None]
        done = {trial.mutant.name for trial in known}

        def ended(trial: Trial) -> None:
            kept.note(trial)
            fate = ", ".join(trial.broken) or trial.undecided or "nothing broke"
            place = f" in {trial.case}" if trial.case else ""
            print(f"{trial.mutant.name}: {fate}{place} ({trial.took_s:.1f} s)", file=sys.stderr, flush=True)

        left = [mutant for mutant in chosen if mutant.name not in done]
        trials = known + where.try_all(left, jobs=asked.jobs, told=ended)
    judged = judgements()
    score = score_of(trials, judged)
    print(table(trials, judged))
    for line in told(trials, score):
        print(line)
    if asked.json:
        asked.json.write_text(json.dumps(document(trials, score, judged), indent=1) + "\n", "utf-8")
    return 0 if score.good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
