"""What each kind of invariant asks of zones and tables. Every rule is pure: a replay and an exploration are judged by the same ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.validate.generations import PLACE
from twinstage.validate.rules.answering import Answers
from twinstage.validate.rules.conduct import DeedRule, OnlyLocked, Settled
from twinstage.validate.rules.generation_rules import (
    Agrees,
    NeverDecreases,
    Reaches,
    Recovers,
    Remembers,
    TxtNeverDecreases,
)
from twinstage.validate.rules.holding import Holds
from twinstage.validate.rules.item_rules import ItemsRule
from twinstage.validate.rules.leftovers import Gone, Retains, TtlAtLeast, TtlAtMost
from twinstage.validate.rules.resolving import AliasTargetExists, Resolves
from twinstage.validate.rules.rule import Rule
from twinstage.validate.rules.wholeness import Whole

if TYPE_CHECKING:
    from collections.abc import Callable

    from twinstage.model.invariant import Invariant
    from twinstage.validate.moment import Moment

__all__ = ["DeedRule", "ItemsRule", "Rule", "rule_of"]


def rule_of(invariant: Invariant, start: Moment) -> Rule:
    """The rule of an invariant over what begins at `start`. Kinds that judge endings of invocations ask nothing of zones."""
    make = _RULES.get(invariant.kind)
    return make(invariant, invariant.generation or PLACE, start) if make else Rule()


_RULES: dict[str, Callable[[Invariant, str, Moment], Rule]] = {
    "resolves": lambda given, _, start: Resolves(given.names, start),
    "alias_target_exists": lambda *_: AliasTargetExists(),
    "never_decreases": lambda given, form, _: TxtNeverDecreases(given.txt) if given.txt else NeverDecreases(form),
    "reaches": lambda given, form, _: Reaches(form, given.at_least or 0),
    "recovers": lambda given, form, _: Recovers(form, given.at_least or 0),
    "remembers": lambda given, form, _: Remembers(form, dict(zip(given.names, given.of, strict=True))),
    "agrees": lambda given, form, _: Agrees(form, given.txt or ""),
    "gone": lambda given, *_: Gone(given.type),
    "retains": lambda given, form, _: Retains(form, given.behind or 0),
    "ttl_at_most": lambda given, *_: TtlAtMost(given.seconds or 0),
    "ttl_at_least": lambda given, *_: TtlAtLeast(given.seconds or 0),
    "whole": lambda _, form, __: Whole(form),
    "locked": lambda given, *_: OnlyLocked(given.lock, given.functions) if given.lock else Rule(),
    "settled": lambda given, form, _: Settled(form, given.settle_s or 0, given.functions),
    "answers": lambda given, form, _: Answers(form, given.source),
    "items": lambda given, *_: ItemsRule(given.items),
    "holds": lambda given, *_: Holds(given.held),
}
