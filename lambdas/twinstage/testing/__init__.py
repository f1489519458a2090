"""For tests of handlers, with pytest: a memory world that answers boto3, and every order in which handlers' calls could happen.

The fixtures come with the plugin that `pip install twinstage` brings (`twinstage.testing.plugin`). Imports features and the memory
world. pytest imports this package wherever it runs, so that each name is fetched when it is asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from twinstage.testing.exploring import explore
    from twinstage.testing.outcome import Outcome
    from twinstage.testing.race import Race

__all__ = ["Outcome", "Race", "explore"]

_WHERE = {"Outcome": "outcome", "Race": "race", "explore": "exploring"}


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"{__name__} has no {name}")
    return getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)
