"""What an account offers to whoever sweeps it: its twins' stacks, the things of twins, and a way to remove them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

    from twinstage.model.leftovers import RunStack, Thing


class Account(Protocol):
    """One account and region. `world.aws.account` is one."""

    def things(self) -> Iterable[Thing]:
        """Everything that a run's tag or a name of a twin's is on."""

    def stacks(self) -> Iterable[RunStack]:
        """The stack of every twin, in whatever status; those that are gone are not told."""

    def holds(self, stack: RunStack) -> Iterable[Thing]:
        """What a stack holds, by its own list: what a ledger should remember. Nothing where it has gone meanwhile."""

    def delete_stack(self, stack: RunStack) -> None:
        """Ask for the deletion of a stack, which may be under way when this returns. Idempotent."""

    def turn(self, kind: str) -> int | None:
        """Whose turn it is in a removal: the lower goes first, what uses others before what is used. None for a kind that `remove` does not know."""

    def remove(self, thing: Thing) -> bool:
        """Remove one thing, a hosted zone only when it is empty. False where there was none of this id. Raises AwsError."""
