"""A data contract's change: the differences that `twin.versions` finds between two contracts, as a plan tells them."""

from __future__ import annotations

from dataclasses import asdict, is_dataclass
from typing import TYPE_CHECKING, Any, Final

from twinstage.rehearse.change.plan import Guard, PlannedChange
from twinstage.twin.versions.contracts import contract_changes, raised

if TYPE_CHECKING:
    from twinstage.model.data_product import DataProduct
    from twinstage.rehearse.change.plan import Action
    from twinstage.twin.versions.change import Change

_NOT_RAISED: Final = "major-version-not-raised"


def planned_contract(
    before: DataProduct, after: DataProduct
) -> tuple[tuple[PlannedChange, ...], tuple[Guard, ...], bool]:
    """Every change, the guard of versions, and whether a higher major version announces what breaks consumers."""
    found = list(contract_changes(before, after))
    higher = raised(before.version, after.version)
    told = higher or all(change.breaks not in ("consumers", "both") for change in found)
    changes = tuple(_planned(after.name or before.name, change) for change in found if change.kind != _NOT_RAISED)
    breaking = [change.path for change in found if change.breaks]
    observed = f"{before.version or 'no version'} -> {after.version or 'no version'}, {len(breaking)} breaking changes"
    limit = "another major version where consumers break (https://semver.org/#spec-item-8)"
    guard = Guard("major-version", observed, limit, told, "raise the major version, or --allow major-version")
    return changes, (guard,), higher and bool(breaking)


def _planned(product: str, change: Change) -> PlannedChange:
    action: Action = "add" if change.before is None else "remove" if change.after is None else "change"
    told = change.kind.replace("-", " ")
    return PlannedChange(
        kind="contract",
        subject=product,
        action=action,
        category="breaking" if change.breaks else "non-breaking",
        reason=f"{told}: breaks {_WHOM[change.breaks]}" if change.breaks else told,
        before=_plain(change.before),
        after=_plain(change.after),
        place=change.path,
    )


_WHOM: Final = {"consumers": "consumers", "producers": "producers", "both": "consumers and producers"}


def _plain(value: Any) -> Any:
    """A value as JSON has it: enumerations and numbers of other kinds as text."""
    if is_dataclass(value) and not isinstance(value, type):
        return _plain(asdict(value))
    if isinstance(value, dict):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(each) for each in value]
    return value if value is None or isinstance(value, str | int | bool) else str(value)
