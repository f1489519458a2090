"""ChangeResourceRecordSets, exactly: a batch is applied as a whole or refused as a whole, with every reason.

Source: https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.world.memory.route53.change_rules import ChangeRules
from twinstage.world.memory.route53.draft import Draft
from twinstage.world.memory.route53.limits import RouteLimits, batch_limit_problems, published_limits
from twinstage.world.memory.route53.outcome_rules import outcome_problems
from twinstage.world.memory.route53.problems import ChangeRefused, Problem
from twinstage.world.memory.route53.request_shape import batch_shape_problems

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from twinstage.model.record_set import RecordKey
    from twinstage.world.memory.route53.change import Change
    from twinstage.world.memory.route53.zone import Zone


def apply_changes(
    zone: Zone, changes: Iterable[Change], *, limits: RouteLimits | None = None, check_values: bool = True
) -> Zone:
    """Answer the zone with every change of the batch applied; the given zone stays as it is.

    Raises `ChangeRefused`: InvalidInput for a request of the wrong shape, before the zone is looked at;
    InvalidChangeBatch for every rule that a change or the outcome of the batch breaks. `check_values` False takes the
    syntax of values for granted, as for a recorded batch that AWS has accepted; every other rule holds all the same.
    """
    batch = tuple(changes)
    limits = limits or published_limits()
    malformed = list(batch_shape_problems(batch))
    if malformed:
        raise ChangeRefused("InvalidInput", malformed)
    draft = Draft(zone)
    problems = [*batch_limit_problems(batch, limits)]
    rules = ChangeRules(draft, limits, check_values=check_values)
    for change in batch:
        problems += rules.carry_out(change)
    problems += outcome_problems(batch, draft, limits)
    if problems:
        raise ChangeRefused("InvalidChangeBatch", _in_batch_order(problems, batch))
    return draft.zone_after()


def _in_batch_order(problems: Sequence[Problem], batch: Sequence[Change]) -> list[Problem]:
    """Sort problems by the first change of their record set; a change's own problems come before the outcome's."""
    place: dict[RecordKey, int] = {}
    for index, change in enumerate(batch):
        place.setdefault(change.key, index)
    return sorted(problems, key=lambda found: place[found.name, found.type, found.set_identifier])
