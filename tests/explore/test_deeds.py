"""Deeds: which invocation changed the records of a zone, and what it had changed there before. Every case is a small handler."""

from __future__ import annotations

from scripted import Refused, Scripts, change, get, put, txt
from starts import AT, case, world
from walked import graph_of, taken

from twinstage.explore.case import Batch, ContainerSpec, NoProperties, Perturbations

NAME = "x.example.com."


class Watching(NoProperties):
    """Breaks `again` where an invocation changes records for a second time, and remembers every deed it was asked of."""

    def __init__(self):
        self.asked = []

    def did(self, deed, before, after):
        assert before is not after
        self.asked.append(deed)
        return frozenset({"again"}) if deed.earlier else frozenset()


def writer(_event, _environment):
    yield put("n", 1)
    yield change(("UPSERT", txt(NAME, "1")))
    try:
        yield change(("CREATE", txt(NAME, "2")))
    except Refused:
        yield change(("UPSERT", txt(NAME, "3")))


def explored(properties, **more):
    scripts = Scripts({"a": writer})
    return graph_of(scripts, case(scripts, world(items={}), "A", **more), properties)


def test_a_batch_that_changes_the_world_is_judged_by_who_made_it_and_what_came_before():
    watching = Watching()
    edges = taken(explored(watching), "A", "A", "A", "A")
    assert [sorted(edge.breaks) for edge in edges] == [[], [], [], ["again"]]
    first, second = watching.asked
    assert (first.function, first.message, first.earlier) == ("a", {}, ())
    assert (first.written.at_s, first.written.zone_id) == (AT, "Z1")
    assert second.earlier == (first.written,)
    assert [one["ResourceRecordSet"] for one in second.written.changes] == [txt(NAME, "3")]


def test_what_was_refused_was_not_done():
    graph = explored(None)
    edges = taken(graph, "A", "A", "A")
    states = [graph.root, *(edge.target for edge in edges)]
    assert [graph.deed(state, edge) is not None for state, edge in zip(states, edges, strict=False)] == [
        False,
        True,
        False,
    ]


def test_an_environment_that_died_takes_its_deeds_along():
    watching = Watching()
    graph = explored(watching, perturbations=Perturbations(crashes=1))
    edges = taken(graph, "A", "A", "A", "A!crash", "A", "A")
    assert [sorted(edge.breaks) for edge in edges] == [[], [], [], ["again"], [], []]
    assert [len(deed.earlier) for deed in watching.asked] == [0, 1, 0]


def test_what_the_same_environment_did_for_an_earlier_message_is_not_of_this_invocation():
    def once(_event, _environment):
        seen = yield get("n")
        yield change(("UPSERT", txt(NAME, str(len(seen)))))
        yield put("n", 1)

    watching = Watching()
    scripts = Scripts({"a": once})
    one = case(scripts, world(items={}), "A")
    message = one.containers[0].messages[0]
    twice = case(scripts, world(items={}), containers=(ContainerSpec("A", (message, message)),))
    edges = taken(graph_of(scripts, twice, watching), *"AAAAAA")
    assert not any(edge.breaks for edge in edges)
    assert [deed.earlier for deed in watching.asked] == [(), ()]


def test_a_recorded_change_is_nobodys_deed():
    watching = Watching()
    batch = Batch("Z1", ({"Action": "CREATE", "ResourceRecordSet": txt(NAME, "1")},), AT)
    scripts = Scripts({})
    graph = graph_of(scripts, case(scripts, world(), containers=(ContainerSpec("O", (batch,)),)), watching)
    assert taken(graph, "O")[0].target.world is not graph.root.world
    assert watching.asked == []
