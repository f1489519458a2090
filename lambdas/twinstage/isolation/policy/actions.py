"""Every IAM action there is: its access level, the ARNs it works on, the condition keys its requests have.

The table beside this module is made by `tools/action_table.py` and says of itself when, from what, and under which licence. It is read when it is first
asked for.
"""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from twinstage.isolation.policy.matching import glob

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Action:
    """One action. `level` is AWS's: List, Read, Write, Tagging or Permissions management.

    `formats` are the ARNs of the resources it works on, with `${Account}` and the like in them: none where it names no resource. `keys` are the condition
    keys that its requests have, in lower case, `*` where a tag's key stands.
    """

    name: str
    level: str
    formats: tuple[str, ...]
    keys: frozenset[str]


class ActionTable:
    """The actions by name. Names are matched without regard to case, as IAM does."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._matching: dict[str, frozenset[str]] = {}
        self._actions: dict[str, Action] = {}

    @property
    def provenance(self) -> str:
        """When the table was made, from what, and under which licence."""
        return f"{self._document['made']}, {self._document['source']} ({self._document['licence']})"

    @cached_property
    def names(self) -> Mapping[str, str]:
        """Every action's name, by its name in lower case."""
        return {
            f"{service}:{action}".lower(): f"{service}:{action}"
            for service, held in self._document["services"].items()
            for action in held["actions"]
        }

    def matching(self, pattern: str) -> frozenset[str]:
        """The names of the actions that `pattern` covers; none where it names no action that is known."""
        found = self._matching.get(pattern)
        if found is None:
            found = self._matching[pattern] = self._search(pattern.lower())
        return found

    def get(self, name: str) -> Action | None:
        """One action by its name, None where there is none."""
        known = self.names.get(name.lower())
        if known is None:
            return None
        if known not in self._actions:
            self._actions[known] = self._action(known)
        return self._actions[known]

    def _search(self, pattern: str) -> frozenset[str]:
        if "*" not in pattern and "?" not in pattern:
            known = self.names.get(pattern)
            return frozenset() if known is None else frozenset((known,))
        if pattern.strip("*") in ("", ":"):
            return frozenset(self.names.values())
        compiled = glob(pattern)
        service = pattern.partition(":")[0]
        if "*" not in service and "?" not in service:
            own = self._document["services"].get(service, {}).get("actions", ())
            return frozenset(f"{service}:{action}" for action in own if compiled.matches(f"{service}:{action}".lower()))
        return frozenset(name for lower, name in self.names.items() if compiled.matches(lower))

    def _action(self, name: str) -> Action:
        service, _, short = name.partition(":")
        held, keys = self._document["services"][service], self._document["keys"]
        level, kinds, own = held["actions"][short]
        resources = [held["resources"][kind] for kind in kinds if kind in held["resources"]]
        numbers = {*own, *(number for _, theirs in resources for number in theirs)}
        return Action(name, level, tuple(arn for arn, _ in resources), frozenset(keys[number] for number in numbers))


@cache
def action_table() -> ActionTable:
    """The table that is packaged with this module."""
    packed = files("twinstage.isolation.policy").joinpath("actions.json.gz").read_bytes()
    return ActionTable(json.loads(gzip.decompress(packed)))
