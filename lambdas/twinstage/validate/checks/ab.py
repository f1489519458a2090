"""A/B: the candidate against what the baseline does twice. `ab.json` says what differs; here is what that means.

Of what is measured by the wall clock, and of what is told from noise by a test, findings name the place and no figure: equal rehearsals give equal bytes, as far as noise lets them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from twinstage.model.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from twinstage.model.finding import Criterion
    from twinstage.validate.evidence import Evidence

    Document = Mapping[str, Any]

SHOWN: Final = 50
_PLACES: Final = {
    "ab-responses": "what the candidate's functions answer, how they end and what they call differs from the baseline beyond noise",
    "ab-state": "the candidate ends otherwise than the baseline beyond noise",
}
_ALIKE: Final = {
    "ab-responses": "the candidate answers, ends and calls as the baseline does, but for noise",
    "ab-state": "the candidate ends with the zones and tables that the baseline ends with, but for noise",
}


def check_repeat(evidence: Evidence) -> Iterator[Finding]:
    """Did the repeat begin as the snapshot and do what the baseline did? Without it, nothing tells noise from a difference."""
    if evidence.scenario.ab is None or len(evidence.scenario.arms) == 1:
        return
    passed, message = _repeat(evidence.ab)
    yield Finding("ab-repeat", "evidence", passed, message)


def check_alike(evidence: Evidence) -> Iterator[Finding]:
    """Consistency: what events come to, and what there is in the end, noise taken out."""
    if evidence.scenario.ab is None or len(evidence.scenario.arms) == 1:
        return
    for check, part in (("ab-responses", "responses"), ("ab-state", "state")):
        found = None if evidence.ab is None else evidence.ab[part]
        if found is None:
            yield _finding(check, "consistency", None, "one of the three arms is not there to be compared")
        else:
            yield _alike(check, found, evidence.ab["mended"] if evidence.ab and part == "responses" else 0)


def check_slower(evidence: Evidence) -> Iterator[Finding]:
    """Performance: how long each function takes. Too few events decide nothing, and reject nothing."""
    if evidence.scenario.ab is None or len(evidence.scenario.arms) == 1:
        return
    found = None if evidence.ab is None else evidence.ab["latency"]
    if found is None:
        yield _finding("ab-latency", "performance", None, "one of the three arms is not there to be compared")
        return
    named: dict[str, list[str]] = {"slower": [], "unseen": [], "too few": []}
    for each in found:
        named[each["verdict"]].append(each["of"])
    ratio = evidence.scenario.ab.latency_ratio
    told: dict[str, Any] = {"max_ratio": ratio, "slower": named["slower"], "too_few": named["too few"]}
    few = f"; too few events of {', '.join(named['too few'])} to tell" if named["too few"] else ""
    if named["slower"]:
        message = f"{', '.join(named['slower'])}: more than {ratio:g} times as long under the candidate{few}"
        yield _finding("ab-latency", "performance", False, message, **told)
    elif named["unseen"]:
        message = f"{', '.join(named['unseen'])}: nothing shows that the candidate takes more than {ratio:g} times as long{few}"
        yield _finding("ab-latency", "performance", True, message, **told)
    else:
        message = "too few events that succeed in all arms to tell whether the candidate takes longer"
        yield _finding("ab-latency", "performance", None, message, counts=False, **told)


def _repeat(document: Document | None) -> tuple[bool | None, str]:
    if document is None or not document["repeat"]["events"]:
        return None, "the baseline was not replayed a second time"
    found = document["repeat"]
    if found["equal"] is False:
        return False, "the twin differed from the snapshot before the baseline was replayed a second time"
    if found["equal"] is None or not found["captured"] or found["missing"] or found["unknown"]:
        return None, "not all of what the baseline did a second time is known"
    return True, f"the baseline was replayed a second time, {found['events']} events, from the same snapshot"


def _alike(check: str, found: Document, mended: int) -> Finding:
    differing = [row for row in found["rows"] if row["verdict"] == "differs"]
    number, declared = found["found"]["differs"], found["found"]["declared"]
    message = f"{_PLACES[check]}, in {number} places" if number else _ALIKE[check]
    return _finding(
        check,
        "consistency",
        not number,
        message
        + (f"; {declared} differ as the scenario declares" if declared else "")
        + (f"; {mended} events are mended" if mended else ""),
        differing=[_place(row) for row in differing[:SHOWN]],
    )


def _place(row: Document) -> dict[str, Any]:
    """Where, and of what no noise is in: in how many subjects, and which come first."""
    place = {"of": row["of"], "pointer": row["pointer"], "what": row["what"]}
    if row["noise"]:
        return place
    return {**place, "members": row["members"], "subjects": row["raw"], "first": row["subjects"][0]}


def _finding(
    check: str, criterion: Criterion, passed: bool | None, message: str, *, counts: bool = True, **evidence: Any
) -> Finding:
    return Finding(check, criterion, passed, message, arm="candidate", counts=counts, evidence=evidence)
