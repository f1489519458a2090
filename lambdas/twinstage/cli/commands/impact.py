"""`twinstage impact NODE...`: what does a change of these affect, and why?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from twinstage.cli.console import Console
from twinstage.cli.graph_inputs import graph_inputs
from twinstage.cli.options import json_option
from twinstage.twin.graph.finding import found
from twinstage.twin.graph.impact import impact as impact_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twinstage.cli.graph_inputs import Inputs
    from twinstage.twin.graph.impact import Impact, Step

_MOST_SHOWN: Final = 200


@click.command()
@click.argument("nodes", nargs=-1, required=True, metavar="NODE...")
@graph_inputs
@click.option("--columns", is_flag=True, help="As columns say it, where they do; else tables stand for their columns.")
@click.option("--upstream", is_flag=True, help="What these depend on, and not what depends on them.")
@click.option("--why", multiple=True, metavar="NODE", help="Show a shortest path to this node, with its evidence.")
@json_option
def impact(
    nodes: tuple[str, ...], inputs: Inputs, why: tuple[str, ...], *, columns: bool, upstream: bool, as_json: bool
) -> None:
    """Show what a change of each NODE affects: what depends on it, for certain or possibly, and who owns that.

    A NODE is an id (`table:postgres://db|shop.public.orders`) or what it is called (`orders`, `orders.amount`) where that is one node's alone.
    """
    console = Console(as_json)
    result = impact_of(inputs.graph, found(inputs.graph, nodes), columns=columns, upstream=upstream)
    asked = found(inputs.graph, why)
    paths = [(node, result.why(node)) for node in asked]
    for problem in inputs.refused:
        console.stage(f"refused {problem}")
    for line in _told(result):
        console.say(line)
    for node, path in paths:
        console.say(f"\nwhy {node}:" if path else f"\n{node} is not reached")
        for line in _path_told(path):
            console.say(line)
    shown = [{"node": node, "path": [_step(step) for step in path]} for node, path in paths]
    refused = {"refused": [str(problem) for problem in inputs.refused]} if inputs.refused else {}
    console.data(result.document() | ({"why": shown} if shown else {}) | refused)


def _told(result: Impact) -> list[str]:
    direction = "upstream" if result.network.upstream else "downstream"
    lines = [f"{len(result.affected)} affected {direction} of {', '.join(result.changed)}"]
    lines += _cut([f"  {reached.steps:>3}  {reached.node}" for reached in result.affected])
    if result.possibly:
        lines += [f"{len(result.possibly)} possibly, behind what nobody told for certain"]
        lines += _cut([f"    ?  {node}" for node in result.possibly])
    if result.unresolved:
        lines += [f"{len(result.unresolved)} of these are unresolved: what lies behind them is not known"]
        lines += _cut([f"       {node}" for node in result.unresolved])
    if result.owners:
        lines += [f"owned by {', '.join(result.owners)}"]
    return lines


def _cut(lines: Sequence[str]) -> list[str]:
    more = len(lines) - _MOST_SHOWN
    return [*lines[:_MOST_SHOWN], *([f"       ... and {more} more: --json has them all"] if more > 0 else [])]


def _path_told(path: Sequence[Step]) -> list[str]:
    lines = []
    for step in path:
        lines.append(f"  {step.begin} -> {step.end}")
        for edge in step.edges:
            doubt = "" if edge.resolved else " (not certain)"
            lines.append(f"      {edge.source} {edge.kind} {edge.target}{doubt}")
            lines += [f"        {each.source} {each.place} {each.says}".rstrip() for each in sorted(edge.evidence)]
    return lines


def _step(step: Step) -> dict[str, object]:
    return {"begin": step.begin, "end": step.end, "edges": [edge.document() for edge in step.edges]}
