"""What a rehearsal of a data product's pipeline says, as far as a report shows it: out of the result document `twinstage:twin_rehearse:1` and the twin's graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

from twinstage.model.finding import Finding, Verdict, finding_of
from twinstage.report.summary import Headline
from twinstage.report.text import clip, count, joined

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from twinstage.model.graph import Edge, Graph, Node

KEPT, BROKEN, NOT_CHECKED = "kept", "broken", "not checked"
_RESULTS: Final = {True: KEPT, False: BROKEN, None: NOT_CHECKED}
_FIRST: Final = (BROKEN, NOT_CHECKED, KEPT)
_ERROR: Final = "error"
_SUCCEEDED: Final = "SUCCEEDED"
_NAMED: Final = 3


@dataclass(frozen=True)
class Promise:
    """One promise of the contract, and what came of it. `result` is kept, broken or not checked; `rejects`: broken, and no mere warning."""

    check: str
    place: str
    result: str
    severity: str
    message: str
    line: int

    @property
    def rejects(self) -> bool:
        """Whether it bears on the verdict as broken."""
        return self.result == BROKEN and self.severity == _ERROR

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> Self:
        """Out of an entry of `quality`."""
        place = ".".join(filter(None, (entry["table"], entry["column"])))
        return cls(entry["check"], place, _RESULTS[entry["passed"]], entry["severity"], entry["message"], entry["line"])


@dataclass(frozen=True)
class Figure:
    """A figure that was stated before what was recorded was looked at: milliseconds, errors as shares of what was recorded (None: nothing to take shares of)."""

    name: str
    recorded_ms: float
    simulated_ms: float
    low_ms: float
    high_ms: float
    error: float | None
    stated: float | None
    agrees: bool

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> Self:
        """Out of an entry of `comparison.metrics`."""
        times = (entry["recorded_ms"], entry["simulated_ms"], entry["low_ms"], entry["high_ms"])
        return cls(entry["metric"], *times, entry["error"], entry["stated_error"], entry["agrees"])


@dataclass(frozen=True)
class PipelineReport:
    """Everything of one page. `stages`, `bottleneck`, `comparison`, `isolation` and `provenance` are the document's, and so is `change`, None where no contract changes.

    `found` are the findings of the change: those that reject first, then those that are undecided.
    """

    head: Headline
    product: Mapping[str, str]
    promises: tuple[Promise, ...]
    figures: tuple[Figure, ...]
    stages: Sequence[Mapping[str, Any]]
    bottleneck: Mapping[str, Any]
    comparison: Mapping[str, Any]
    isolation: Mapping[str, Any]
    provenance: Mapping[str, Any]
    executions: Mapping[str, Any]
    rows: Mapping[str, int]
    graph: Graph
    change: Mapping[str, Any] | None = None
    found: tuple[Finding, ...] = ()

    @property
    def tally(self) -> dict[str, int]:
        """How many promises came to what, what is worst first."""
        return {result: sum(each.result == result for each in self.promises) for result in _FIRST}

    @property
    def unresolved_nodes(self) -> tuple[Node, ...]:
        """What is named and described nowhere."""
        return tuple(node for node in self.graph.nodes if not node.resolved)

    @property
    def unresolved_edges(self) -> tuple[Edge, ...]:
        """What may be meant, and need not be."""
        return tuple(edge for edge in self.graph.edges if not edge.resolved)


def pipeline_report(document: Mapping[str, Any], graph: Graph) -> PipelineReport:
    """The page of a result. Promises are in the order broken, not checked, kept, each group as the contract has them."""
    promises = sorted(map(Promise.of, document["quality"]), key=lambda each: _FIRST.index(each.result))
    head = Headline(
        verdict=document["verdict"],
        title=clip(document["title"], 300),
        scenario=clip(document["name"], 300),
        why=_why(document, promises),
        warnings=tuple(_warnings(document)),
        command=document["provenance"]["command"],
    )
    return PipelineReport(
        head=head,
        promises=tuple(promises),
        figures=tuple(map(Figure.of, document["comparison"]["metrics"])),
        change=document.get("change"),
        found=_found(document),
        graph=graph,
        **{
            name: document[name]
            for name in (
                "product",
                "stages",
                "bottleneck",
                "comparison",
                "isolation",
                "provenance",
                "executions",
                "rows",
            )
        },
    )


def _found(document: Mapping[str, Any]) -> tuple[Finding, ...]:
    found = map(finding_of, document.get("change", {}).get("findings", ()))
    return tuple(sorted(found, key=lambda each: (not _rejects(each), each.passed is not None, each.passed is True)))


def _rejects(finding: Finding) -> bool:
    return finding.passed is False and finding.counts


def _why(document: Mapping[str, Any], promises: Sequence[Promise]) -> tuple[str, ...]:
    doubts = tuple(_doubts(document))
    match document["verdict"]:
        case Verdict.REJECTED:
            return (*_rejecting(document, promises), *doubts)
        case Verdict.APPROVED:
            return (
                _kept(promises),
                *_of_change(document),
                _simulated(document["comparison"]),
                "Every call of the twin's roles was allowed and stayed in the twin's account.",
            )
        case _:
            return ("No promise that bears on the verdict is broken, and yet nothing is proven.", *doubts)


def _rejecting(document: Mapping[str, Any], promises: Sequence[Promise]) -> Iterable[str]:
    if found := [each for each in _found(document) if _rejects(each)]:
        told = _named(f"{each.check}: {_sentence(each.message)}" for each in found)
        yield f"{count(len(found), 'finding')} against the contract's change: {told}."
    if broken := [each for each in promises if each.rejects]:
        said = f"{count(len(broken), 'promise')} of the contract {'is' if len(broken) == 1 else 'are'} broken: "
        yield said + _named(f"{each.check}: {_sentence(each.message)}" for each in broken) + "."


def _of_change(document: Mapping[str, Any]) -> Iterable[str]:
    """What an approved change of the contract rests on."""
    if (change := document.get("change")) is None:
        return
    standing, written = (sum(change[name].values()) for name in ("standing", "written"))
    yield f"{count(standing, 'row')} that stood and {count(written, 'row')} that the pipeline wrote keep what the new contract promises."
    if change["may_break"]:
        yield f"What breaks was let through: {_sentence(change['may_break'])}."


def _simulated(compared: Mapping[str, Any]) -> str:
    if compared["agrees"] is None:
        return f"Nothing was simulated: {_sentence(compared.get('reason', ''))}."
    held = count(compared["executions"]["held_out"], "execution")
    return f"The simulation agrees with {held} that nothing was fitted from: the same states, the same rows, and every figure within the error that was stated for it."


def _doubts(document: Mapping[str, Any]) -> Iterable[str]:
    """Why the simulation, or the isolation, cannot be relied on."""
    compared, calls = document["comparison"], document["isolation"]
    if compared["agrees"] is None:
        yield f"Nothing was compared: {_sentence(compared.get('reason', ''))}."
    beyond = [figure["metric"] for figure in compared["metrics"] if not figure["agrees"]]
    if beyond:
        yield f"Beyond the error that was stated: {_named(beyond)}."
    if compared["differences"]:
        yield f"The simulation took other ways than the executions: {_named(map(_sentence, compared['differences']))}."
    other = [table for table, same in compared["same_data"].items() if not same]
    if other:
        yield f"The simulation left other rows in {_named(other)}."
    for kind, words in (("refused", "refused"), ("outside", "outside of the twin's account")):
        if calls[kind]:
            yield f"{count(len(calls[kind]), 'call')} of the twin's roles {words}: {_named(calls[kind])}."


def _warnings(document: Mapping[str, Any]) -> Iterable[str]:
    """What does not decide, and ought to be known."""
    ended = {status: number for status, number in document["executions"]["ended"].items() if status != _SUCCEEDED}
    if ended:
        yield f"Not every execution succeeded: {joined([f'{number} {status}' for status, number in sorted(ended.items())])}."
    if not document["snapshot_restored"]:
        yield "The twin's tables did not hold the snapshot again before the simulation."
    unsaid = sum(entry["passed"] is None for entry in document["quality"])
    if unsaid:
        yield f"{count(unsaid, 'promise')} {'was' if unsaid == 1 else 'were'} not checked."
    mere = sum(entry["passed"] is False and entry["severity"] != _ERROR for entry in document["quality"])
    if mere:
        yield f"{count(mere, 'promise')} {'is' if mere == 1 else 'are'} broken, as a warning only."
    if document["comparison"]["assumed"]:
        yield f"The simulation rests on what nobody gave: {_named(document['comparison']['assumed'])}."


def _kept(promises: Sequence[Promise]) -> str:
    if any(each.result == BROKEN for each in promises):
        return "Each promise of the contract that was checked and bears on the verdict is kept."
    match sum(each.result == KEPT for each in promises):
        case 0:
            return "No promise of the contract was checked, and none is broken."
        case 1:
            return "The one promise of the contract that was checked is kept."
        case number:
            return f"Each of the {number:,} promises of the contract that were checked is kept."


def _sentence(text: str) -> str:
    return clip(text.strip(), 300).rstrip(".")


def _named(several: Iterable[str]) -> str:
    """The first few, and how many more there are."""
    names = [clip(each, 300) for each in several]
    more = len(names) - _NAMED
    return "; ".join(names[:_NAMED]) + (f" and {more:,} more" if more > 0 else "")
