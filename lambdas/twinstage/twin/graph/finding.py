"""Which node somebody means: its id, or what people call it where that is one node's alone."""

from __future__ import annotations

import difflib
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from twinstage.model.errors import InputError, InputProblem
from twinstage.model.graph import parts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from twinstage.model.graph import Graph

_SUGGESTIONS: Final = 5
_COMPARED: Final = 5000


def found(graph: Graph, texts: Iterable[str]) -> list[str]:
    """The ids of the nodes that are meant. A text is an id; or the last parts of a name, joined by dots (`orders`, `orders.amount`), after a kind and a colon or without.
    Of several nodes that are one thing for certain, the first.

    Raises InputError with every text that means no node, or several.
    """
    ids: list[str] = []
    problems = []
    for text in texts:
        meant = [text] if text in graph.by_id else _called(graph, text)
        if len(meant) == 1 or _one_thing(graph, meant):
            ids.append(meant[0])
        else:
            problems.append(_problem(graph, text, meant))
    if problems:
        raise InputError(problems)
    return ids


def _called(graph: Graph, text: str) -> list[str]:
    kind, colon, name = text.partition(":")
    several = [node for node in graph.nodes if not colon or node.kind == kind]
    wanted = name if colon else text
    for called in (
        [node.id for node in several if node.name == wanted],
        [node.id for node in several if node.label == wanted],
        [node.id for node in several if _ends("." + ".".join(parts(node.name)), wanted)],
    ):
        if called:
            return called
    return []


def _one_thing(graph: Graph, meant: Sequence[str]) -> bool:
    """Whether these are names of one thing, by what is known for certain."""
    names: dict[str, list[str]] = defaultdict(list)
    for edge in graph.edges:
        if edge.kind == "same-as" and edge.resolved:
            names[edge.source].append(edge.target)
            names[edge.target].append(edge.source)
    seen, ahead = set(meant[:1]), list(meant[:1])
    while ahead:
        new = set(names[ahead.pop()]) - seen
        seen |= new
        ahead += new
    return bool(meant) and seen.issuperset(meant)


def _ends(name: str, wanted: str) -> bool:
    """Whether a name ends in what is wanted, and that is not the end of a longer word."""
    return bool(wanted) and name.endswith((f".{wanted}", f"/{wanted}"))


def _problem(graph: Graph, text: str, meant: Sequence[str]) -> InputProblem:
    if meant:
        shown = ", ".join(meant[:_SUGGESTIONS]) + (
            f", {len(meant) - _SUGGESTIONS} more" if len(meant) > _SUGGESTIONS else ""
        )
        return InputProblem("graph", 0, "", f"{text!r} may be any of {len(meant)} nodes", f"say which: {shown}")
    labels = {node.label: node.id for node in graph.nodes}
    return InputProblem("graph", 0, "", f"no node {text!r}", near_to(text, labels))


def near_to(text: str, labels: Mapping[str, str]) -> str:
    """A hint with the ids whose labels are nearest to a text. Of very many nobody could wait for the nearest."""
    near = difflib.get_close_matches(text, labels, n=_SUGGESTIONS) if len(labels) <= _COMPARED else []
    if near:
        return f"nearest: {', '.join(labels[each] for each in near)}"
    return "`twinstage graph export` shows every node"
