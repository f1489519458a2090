"""Is there an action, and an ARN outside what is one's own, that statements allow?

Sound: an Allow's conditions count as true; a Deny with conditions, or with policy variables, as absent. Each policy is asked alone, which is more than asking what
a role's policy and its boundary allow together: either one by itself keeps the role inside.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from twinstage.isolation.policy.globs import UNDECIDED, witness
from twinstage.isolation.policy.matching import glob

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from twinstage.isolation.audit.identity import Identity
    from twinstage.isolation.policy.actions import Action, ActionTable
    from twinstage.isolation.policy.document import Statement

Placed = tuple[str, "Statement"]
Owned = Callable[["Statement"], "Mapping[str, Sequence[str]]"]
"""What is one's own by a statement: some of it only where the statement has a certain condition."""

# The worst first: what is shown of many actions.
_LEVELS = ("Permissions management", "Write", "Tagging", "Read", "List")
_VARIABLE = re.compile(r"\$\{[^{}]*\}")
_STAND_IN = {"Partition": "aws", "Region": "{region}", "Account": "{production_account}"}
_NAME = "production"


@dataclass(frozen=True)
class Leak:
    """One statement that allows `action` (and `others` more) on `witness`, which is not one's own."""

    pointer: str
    action: str
    others: int
    witness: str


@dataclass(frozen=True)
class Question:
    """Texts that some pattern of every group covers, and none of `excluded`."""

    groups: tuple[tuple[str, ...], ...]
    excluded: tuple[str, ...]

    def covers(self, text: str) -> bool:
        """Whether one text is such a one."""
        inside = all(any(glob(pattern).matches(text) for pattern in group) for group in self.groups)
        return inside and not any(glob(pattern).matches(text) for pattern in self.excluded)

    def narrowed(self, pattern: str) -> Question:
        """Those of them that a pattern covers too."""
        return Question((*self.groups, (pattern,)), self.excluded)


class Prover:
    """Answers for one identity. What was asked once is not worked out again: roles are alike."""

    def __init__(self, table: ActionTable, identity: Identity) -> None:
        self._table, self._identity = table, identity
        self._answers: dict[Question, str | None] = {}

    def leaks(self, statements: Sequence[Placed], own: Owned) -> Iterator[Leak]:
        """Every way out that a policy's statements allow, by statement; one for all actions that get out alike."""
        denies = [(self.actions(each), each) for _, each in statements if each.effect == "Deny" and not each.conditions]
        for place, allow in statements:
            if allow.effect != "Allow":
                continue
            for question, actions in self._questions(allow, denies, own(allow)).items():
                found = self._answer(question)
                if found is not None:
                    worst = min((self._action(name) for name in actions), key=_rank)
                    yield Leak(place, worst.name, len(actions) - 1, self._shown(question, worst, found))

    def actions(self, statement: Statement) -> frozenset[str]:
        """The known actions that a statement speaks of."""
        if statement.not_actions:
            named = frozenset[str]().union(*map(self._table.matching, statement.not_actions))
            return self._table.matching("*") - named
        return frozenset[str]().union(*map(self._table.matching, statement.actions))

    def _questions(
        self, allow: Statement, denies: Iterable[tuple[frozenset[str], Statement]], own: Mapping[str, Sequence[str]]
    ) -> dict[Question, list[str]]:
        """What must have no answer -> the actions it is about, sorted."""
        allowed = tuple(_VARIABLE.sub("*", pattern) for pattern in allow.resources) or ("*",)
        relevant = [(names, deny) for names, deny in denies if names]
        kinds: dict[tuple[tuple[str, ...], tuple[int, ...]], list[str]] = {}
        for name in sorted(self.actions(allow)):
            denied = tuple(index for index, (names, _) in enumerate(relevant) if name in names)
            kinds.setdefault((tuple(own.get(name.lower(), ())), denied), []).append(name)
        found: dict[Question, list[str]] = {}
        for (inside, denied), names in kinds.items():
            groups, excluded = [allowed], [*inside, *_fixed(allow.not_resources)]
            for _, deny in (relevant[index] for index in denied):
                if deny.not_resources:
                    groups.append(tuple(_VARIABLE.sub("*", pattern) for pattern in deny.not_resources))
                else:
                    excluded += _fixed(deny.resources)
            found.setdefault(Question(tuple(groups), tuple(excluded)), []).extend(names)
        return found

    def _answer(self, question: Question) -> str | None:
        if question not in self._answers:
            self._answers[question] = witness(question.groups, question.excluded)
        return self._answers[question]

    def _action(self, name: str) -> Action:
        found = self._table.get(name)
        if found is None:
            raise LookupError(name)
        return found

    def _shown(self, question: Question, action: Action, found: str) -> str:
        """The answer as somebody would write it: of production's account where there is such a one, else of the form of the action's ARNs, else as found."""
        if found == UNDECIDED:
            return found
        for form in action.formats:
            likely = re.sub(r"\$\{(\w+)\}", lambda part: _STAND_IN.get(part[1], _NAME), form)
            text = self._identity.fill(likely)
            if question.covers(text):
                return text
        for form in action.formats:
            shaped = self._answer(question.narrowed(re.sub(r"\$\{\w+\}", "?*", form)))
            if shaped is not None and shaped != UNDECIDED:
                return shaped
        return "*" if not found and question.covers("*") else found


def _fixed(patterns: Iterable[str]) -> list[str]:
    """Those without policy variables: what depends on the request excludes nothing for certain."""
    return [pattern for pattern in patterns if not _VARIABLE.search(pattern)]


def _rank(action: Action) -> tuple[int, str]:
    return (_LEVELS.index(action.level) if action.level in _LEVELS else 0, action.name)
