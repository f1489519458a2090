"""The life of one twin on an embedded AWS: what was there before it, and that nothing of it is there after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from twinstage.local.inventory import inventory
from twinstage.model.errors import LeftoverError, TwinstageError

if TYPE_CHECKING:
    from twinstage.local.deployment import Deployment, TwinSpec
    from twinstage.local.engine import Engine

# What was on its way when a rehearsal was interrupted may land after the zones were emptied: they are emptied once more.
ATTEMPTS = 2
Inventory = dict[str, list[str]]
# What a twin could leave behind without its template naming it: the stack itself, log groups that a service made, network interfaces, inline policies.
UNDECLARED = {"AWS::CloudFormation::Stack", "AWS::Logs::LogGroup", "AWS::EC2::NetworkInterface", "AWS::IAM::Policy"}


@dataclass(frozen=True)
class Life:
    """One twin, from before its deployment on. `standing` is what there was of the `kinds` of resource that its template makes."""

    engine: Engine
    deployment: Deployment
    spec: TwinSpec
    kinds: frozenset[str]
    standing: Inventory

    @classmethod
    def beginning(cls, engine: Engine, deployment: Deployment, spec: TwinSpec) -> Life:
        """Before the first resource stands."""
        kinds = frozenset(deployment.resource_types(spec) | UNDECLARED)
        return cls(engine, deployment, spec, kinds, _inventory(engine, kinds))

    def end(self) -> None:
        """Destroy the twin and look for anything that was not there before it. Raises LeftoverError."""
        failure: TwinstageError | None = None
        for _ in range(ATTEMPTS):
            try:
                self.deployment.destroy_twin(self.spec)
            except TwinstageError as error:
                failure = error
            else:
                failure = None
                break
        left = self._left()
        if left or failure:
            # The CDK CLI may be what failed: the sweeper needs nothing but the accounts' own APIs.
            try:
                self.deployment.sweep(self.spec.run)
            except TwinstageError as error:
                failure = failure or error
            left = self._left()
        if left:
            reason = f": {failure.message}" if failure else ""
            message = f"left behind after the twin was destroyed: {left}{reason}"
            raise LeftoverError("LEFTOVERS", message, details=left) from failure

    def _left(self) -> Inventory:
        """What is there now and was not then."""
        before = {kind: set(names) for kind, names in self.standing.items()}
        now = _inventory(self.engine, self.kinds)
        left = {kind: sorted(set(names) - before.get(kind, set())) for kind, names in now.items()}
        return {kind: names for kind, names in left.items() if names}


def _inventory(engine: Engine, kinds: frozenset[str]) -> Inventory:
    return inventory(engine, engine.accounts.twin, without_bootstrap=True, kinds=kinds)
