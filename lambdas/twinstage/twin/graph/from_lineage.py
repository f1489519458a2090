"""OpenLineage as a graph: jobs read and write datasets, columns feed columns.

What a job does not tell of columns is not made up: the tables are connected through the job, and their columns are not. Every edge between columns names the
job that told it (attribute `job`), so that it is known of which writes the columns are known.
"""

from __future__ import annotations

from itertools import islice
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from twinstage.model.graph import Attributes, Graph, Node, attributes, merge, qualified
from twinstage.twin.graph import names
from twinstage.twin.graph.draft import Draft

if TYPE_CHECKING:
    from collections.abc import Iterable

    from twinstage.twin.lineage.event import Dataset, Derivation, Identity, Input, LineageEvent

_BATCH: Final = 500


def from_lineage(events: Iterable[LineageEvent]) -> Graph:
    """What all of the events say, in whatever order they come. Of events that say the same again and again no more is held than of one of them."""
    whole, several = Graph(), iter(events)
    while batch := [_Event(event).graph() for event in islice(several, _BATCH)]:
        whole = merge([whole, *batch])
    return whole


class _Event:
    """One event on its way into the graph."""

    def __init__(self, event: LineageEvent) -> None:
        self.event = event
        self.draft = Draft(event.file)
        self.job = None if event.job is None else _job(event.job)

    def graph(self) -> Graph:
        event = self.event
        if self.job is not None:
            self.draft.node(self.job, self.place("/job"))
            self.draft.owners(self.job, event.owners, self.place("/job/facets/ownership"))
            for parent in event.parents:
                place = self.place("/run/facets/parent")
                self.draft.edge(self.draft.node(_job(parent), place), "contains", self.job, place)
        read = [self.dataset(each) for each in event.inputs]
        written = [self.dataset(each) for each in event.outputs]
        for each in event.datasets:
            self.dataset(each)
        self.moved(read, written)
        for derivation in event.derivations:
            self.derived(derivation)
        return self.draft.graph()

    def place(self, pointer: str) -> str:
        """A place in the event as evidence: its line where the file has one event a line, and the JSON pointer."""
        return f"line {self.event.line} {self.event.pointer}{pointer}".rstrip()

    def moved(self, read: list[Node], written: list[Node]) -> None:
        """The job reads and writes; where nobody says which job it was, what was read feeds what was written."""
        if self.job is None:
            for number, source in enumerate(read):
                for target, told in zip(written, self.event.outputs, strict=True):
                    columns = attributes(columns="told" if told.derivations else None)
                    place = self.place(f"/inputs/{number}")
                    self.draft.edge(source, "feeds", target, place, "read by an unnamed job", said=columns)
            return
        for number, source in enumerate(read):
            self.draft.edge(self.job, "reads", source, self.place(f"/inputs/{number}"))
        for number, target in enumerate(written):
            self.draft.edge(self.job, "writes", target, self.place(f"/outputs/{number}"))

    def dataset(self, told: Dataset) -> Node:
        """A dataset with all that its facets say of it."""
        table = _table(told)
        place = self.place(told.pointer)
        self.draft.node(table, place, attributes(lifecycle=told.lifecycle))
        self.draft.columns(table, ((field.path, field.type) for field in told.fields), f"{place}/facets/schema")
        self.draft.owners(table, told.owners, f"{place}/facets/ownership")
        for other in told.same_as:
            self.same(table, other, f"{place}/facets/symlinks", "another name")
        if told.before is not None:
            self.same(table, told.before, f"{place}/facets/lifecycleStateChange", "renamed")
        for assertion, column in told.checks:
            self.check(table, assertion, column, place)
        for derivation in told.derivations:
            self.derived(derivation, table)
        return table

    def same(self, table: Node, other: Identity, place: str, says: str) -> None:
        alias = self.draft.node(names.dataset(other.namespace, other.name), place)
        if alias.id != table.id:
            self.draft.edge(table, "same-as", alias, place, says)

    def check(self, table: Node, assertion: str, column: str, place: str) -> None:
        node = Node("check", f"{table.name}|{qualified(column, assertion)}")
        self.draft.node(node, place, says="asserted")
        self.draft.edge(node, "reads", names.column_id(table, column) if column else table, place)
        if column:
            self.draft.columns(table, [(column, "")], place)

    def derived(self, told: Derivation, table: Node | None = None) -> None:
        """What a facet says is derived from what. A job named by nobody is the event's own."""
        place = self.place(told.pointer)
        target = self._target(told, table)
        if target is None:
            return
        self.draft.node(target, place)
        if told.column is not None:
            self.draft.columns(target, [(told.column, "")], place)
        into = target.id if told.column is None else names.column_id(target, told.column)
        for each in told.inputs:
            self._input(each, target, into, place)

    def _target(self, told: Derivation, table: Node | None) -> Node | None:
        if table is not None:
            return table
        if told.of is None:
            return self.job if told.is_job else None
        return _job(told.of) if told.is_job else names.dataset(told.of.namespace, told.of.name)

    def _input(self, given: Input, target: Node, into: str, place: str) -> None:
        if given.is_job:
            source = self.job if given.of is None else _job(given.of)
            if source is not None:
                self.draft.node(source, place)
                self.draft.edge(
                    source, "writes" if into == target.id and target.kind == "table" else "feeds", into, place
                )
            return
        if given.of is None:
            return
        table = self.draft.node(names.dataset(given.of.namespace, given.of.name), place)
        begin = table.id
        if given.column is not None:
            self.draft.columns(table, [(given.column, "")], place)
            begin = names.column_id(table, given.column)
        if target.kind == "pipeline":
            self.draft.edge(target, "reads", begin, place)
        else:
            self.draft.edge(begin, "feeds", into, place, said=self._how(given))

    def _how(self, given: Input) -> Attributes:
        how = {f"{each.type}:{each.subtype}".rstrip(":") for each in given.transformations}
        masked = "yes" if any(each.masking for each in given.transformations) else ""
        return attributes(job=None if self.job is None else self.job.id, transformation=how, masking=masked)


def _job(identity: Identity) -> Node:
    return names.job(identity.namespace, identity.name)


def _table(told: Dataset) -> Node:
    """A dataset's node. The facets of a dataset that nobody named are those of a table that is not resolved, known by the file they were in."""
    if told.named:
        return names.dataset(told.identity.namespace, told.identity.name)
    return Node("table", qualified("", f"unnamed in {PurePath(told.identity.name).name}"), resolved=False)
