"""The ledger of runs: one document a run, in the evidence store, which tells what stood for it even after its stack has gone.

It is written before the first thing is deployed, once more with the ids of what stands, and before the first thing is torn down; it is closed when nothing is left.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from twinstage.model.leftovers import Thing, thing_of
from twinstage.world.jsons import get_json, put_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from twinstage.world.store import Store

PREFIX = "ledger/"


@dataclass(frozen=True)
class RunEntry:
    """One run. `began_s` counts from the epoch; `leaving` says that its teardown has begun; `things` is what is known to have stood, in order."""

    run: str
    began_s: float
    ttl_hours: float
    leaving: bool = False
    things: tuple[Thing, ...] = field(default=())

    def document(self) -> dict[str, Any]:
        """As the ledger carries it."""
        return {
            "run": self.run,
            "began_s": self.began_s,
            "ttl_hours": self.ttl_hours,
            "leaving": self.leaving,
            "things": [thing.document() for thing in self.things],
        }


def entry_of(document: Mapping[str, Any]) -> RunEntry:
    """The inverse of `RunEntry.document`."""
    things = tuple(thing_of(thing) for thing in document["things"])
    return RunEntry(document["run"], document["began_s"], document["ttl_hours"], document["leaving"], things)


class RunLedger:
    """The entries in one store. Every method may be called again with the same outcome."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def entries(self) -> dict[str, RunEntry]:
        """Every open entry, by run."""
        found = (entry_of(get_json(self.store, key)) for key in list(self.store.list(PREFIX)))
        return {entry.run: entry for entry in found}

    def begin(self, run: str, now_s: float, ttl_hours: float) -> None:
        """A run is about to be deployed. What an earlier twin of the same name left stays known; it is no longer leaving."""
        held = self._entry(run)
        things = held.things if held else ()
        self._put(RunEntry(run, now_s, ttl_hours, things=things))

    def note(self, run: str, things: Iterable[Thing], *, began_s: float, ttl_hours: float) -> None:
        """What stands for a run, beside what is known already; the entry is begun where there is none."""
        held = self._entry(run) or RunEntry(run, began_s, ttl_hours)
        known = tuple(sorted({*held.things, *things}))
        if known != held.things or not held.things:
            self._put(replace(held, things=known))

    def leave(self, run: str) -> None:
        """The teardown of a run begins: whatever is found of it from now on is a leftover. A run without an entry stays without one."""
        held = self._entry(run)
        if held is not None and not held.leaving:
            self._put(replace(held, leaving=True))

    def close(self, run: str) -> None:
        """Nothing of the run is left."""
        self.store.delete(_key(run))

    def _entry(self, run: str) -> RunEntry | None:
        return entry_of(get_json(self.store, _key(run))) if self.store.exists(_key(run)) else None

    def _put(self, entry: RunEntry) -> None:
        put_json(self.store, _key(entry.run), entry.document())


def _key(run: str) -> str:
    return f"{PREFIX}{run}.json"
