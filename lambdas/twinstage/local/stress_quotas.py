"""Quotas that bind while a rehearsal's load is under way: what is under load, and who generates it, and nothing else of the run.

The machine tells which state it entered; the switch is this process's alone. Bound are the roles of the twin's functions and of the generators, and invocations of the
twin's functions. Restoring, diagnosing and every other stage of the rehearsal are not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from twinstage.model.stress_config import TWIN

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from twinstage.local.deployment import TwinSpec
    from twinstage.local.engine import Engine

LOAD_STATE: Final = "Load"
GENERATOR: Final = "Stress"


class StressQuotas:
    """The quotas of one execution. `scenario` is the compiled scenario's document; without a load on the twin itself nothing is ever bound."""

    def __init__(self, engine: Engine, spec: TwinSpec, scenario: Mapping[str, Any], say: Callable[[str], None]) -> None:
        section = scenario.get("stress", {})
        self._engine, self._spec, self._say = engine, spec, say
        self._binds = section.get("world") == TWIN
        self._overrides: Mapping[str, Any] = section.get("quotas", {})

    def entered(self, state: str) -> None:
        """The machine entered a state: the load's begins with full buckets, any other ends it."""
        self.lift()
        if self._binds and state == LOAD_STATE:
            callers, functions = self._bound()
            self._engine.quotas.bind(self._engine.accounts.twin, self._overrides, callers=callers, functions=functions)

    def lift(self) -> None:
        """Let nothing be bound any more, and say which quotas refused requests meanwhile. Idempotent."""
        for use in self._engine.quotas.lift(self._engine.accounts.twin):
            if use.refused:
                self._say(f"quota {use.quota} of {use.key} refused {use.refused} requests, and admitted {use.requests}")

    def _bound(self) -> tuple[list[str], list[str]]:
        """The ARNs of the callers, which are roles, and of the functions."""
        account, prefix = self._engine.accounts.twin, f"twin-{self._spec.run}-"
        arms = tuple(f"{prefix}{arm}-" for arm in self._spec.arms)
        pages = self._engine.client(account, "lambda").get_paginator("list_functions").paginate()
        found = {entry["FunctionName"]: entry for page in pages for entry in page["Functions"]}
        clones = [entry for name, entry in found.items() if name.startswith(arms)]
        generators = [entry for name, entry in found.items() if name == f"{prefix}{GENERATOR}"]
        return [entry["Role"] for entry in clones + generators], [entry["FunctionArn"] for entry in clones]
