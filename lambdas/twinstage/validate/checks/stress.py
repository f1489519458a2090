"""Stress: what the load says of each arm against the scenario's thresholds, and of the candidate against the baseline.

A load that is missing, that its own generators could not keep up with, or whose prediction no further run could be held against is no evidence: it makes a run INCONCLUSIVE.
What was measured by the wall clock stands in `stress.json`: its findings say pass or fail and no figure, so that equal rehearsals whose targets do the same give equal
bytes. On virtual time figures are the same everywhere, and stand in the findings too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from twinstage.model.finding import Finding
from twinstage.model.stress_config import MEMORY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from twinstage.model.finding import Arm, Criterion
    from twinstage.model.stress_config import StressConfig

    Document = Mapping[str, Any]

BASELINE: Final = "baseline"
CANDIDATE: Final = "candidate"
# What is stressed without a scenario is no arm.
_ARMS: Final[Mapping[str, Arm]] = {BASELINE: BASELINE, CANDIDATE: CANDIDATE}
LOAD_VALID: Final = "load_valid"
_ASKED: Final = {
    "knee_per_s": ("stress-knee", "keeps up with the rate of arrivals that is asked for"),
    "p99_ms": ("stress-latency", "answers within the latency that is asked for"),
    "failed": ("stress-failed", "fails no more requests than may fail"),
    "headroom": ("stress-headroom", "keeps the headroom that is asked for to the limit that binds first"),
}
_CONFIRMED: Final = {
    True: "one more run around the predicted knee saw what was predicted",
    False: "one more run saw the knee elsewhere than it was predicted: it is where that run saw it",
    None: "no further run could tell whether the predicted knee is one",
}
_WORDS: Final = {True: "it does", False: "it does not", None: "this could not be decided"}


def check_stress(documents: Mapping[str, Document | None], config: StressConfig, subject: str) -> Iterator[Finding]:
    """Every finding: the evidence first. `documents` maps each arm to what stressing it came to, None where that is missing; `subject` is the arm that the verdict is about."""
    yield from check_stress_evidence(documents, config)
    yield from check_stress_thresholds(documents, config, subject)


def check_stress_evidence(documents: Mapping[str, Document | None], config: StressConfig) -> Iterator[Finding]:
    """Was every arm stressed, by generators that kept up, and did the confirming run see what was predicted?"""
    for arm, document in documents.items():
        if document is None:
            yield _finding("stress-valid", "evidence", None, f"{config.target.text} was not stressed", arm)
            continue
        reasons = [str(reason) for reason in document["diagnosis"]["reasons"]]
        told = reasons if _told(config) else []
        message = f"{config.target.text} was stressed, and its generators kept up"
        if not document["diagnosis"]["valid"]:
            message = "; ".join(["the load is no evidence", *(told or ["its diagnosis says why"])])
        yield _finding("stress-valid", "evidence", bool(document["diagnosis"]["valid"]), message, arm)
        yield from _confirmed(arm, document, config)


def check_stress_thresholds(
    documents: Mapping[str, Document | None], config: StressConfig, subject: str
) -> Iterator[Finding]:
    """What is asked of every arm, and what the candidate may lose against the baseline. Only the subject's count."""
    for arm, document in documents.items():
        for judged in document["judged"] if document else ():
            if judged["threshold"] != LOAD_VALID:
                yield _judged(arm, judged, config, counts=arm == subject)
    before, after = documents.get(BASELINE), documents.get(CANDIDATE)
    if before and after:
        yield _compared(before["diagnosis"], after["diagnosis"], config)


def _confirmed(arm: str, document: Document, config: StressConfig) -> Iterator[Finding]:
    """Whether one more run, around the predicted knee, saw what was predicted. A prediction that it refutes is shown: thresholds are judged by where the run saw the knee."""
    found, predicted = document["diagnosis"]["confirmation"], document["diagnosis"]["knee"]
    if predicted is None:
        return
    held: bool | None = None if found is None else found["held"]
    message = _CONFIRMED[held]
    evidence = {"knee": predicted, "confirmation": found["sentence"]} if found and _told(config) else {}
    yield _finding("stress-confirmed", "evidence", held, message, arm, counts=held is not False, evidence=evidence)


def _judged(arm: str, judged: Document, config: StressConfig, *, counts: bool) -> Finding:
    check, asked = _ASKED[judged["threshold"]]
    passed: bool | None = judged["passed"]
    message = judged["sentence"] if _told(config) else f"{config.target.text} {asked}: {_WORDS[passed]}"
    evidence = dict(judged["figures"]) if _told(config) else {}
    return _finding(check, "performance", passed, message, arm, counts=counts, evidence=evidence)


def _compared(before: Document, after: Document, config: StressConfig) -> Finding:
    """The candidate's knee against the baseline's, both under the same requests at the same instants.

    A loss beyond what is allowed is one where the intervals lie apart too. Where an arm has no knee within the load, the highest rate that it held stands for it:
    that is the least its knee can be.
    """
    allowed = config.knee_loss_at_most
    old, new = _knee(before), _knee(after)
    if old is None or new is None:
        message = "the knees of baseline and candidate cannot be compared: no rate was held"
        return _finding("stress-knee-loss", "performance", None, message, CANDIDATE)
    least = (1 - allowed) * old["per_s"]
    enough = new["per_s"] >= least
    passed = True if enough else False if new["high"] < old["low"] else None
    word = {True: "keeps", False: "loses more than it may of", None: "may lose more than it may of"}[passed]
    figures = f" ({new['per_s']:g} against {old['per_s']:g} a second)" if _told(config) else ""
    message = f"the candidate {word} the baseline's knee{figures}; it may lose {allowed:.0%} of it"
    evidence = {"baseline": old, "candidate": new} if _told(config) else {}
    return _finding(
        "stress-knee-loss", "performance", passed, message, CANDIDATE, evidence={"at_most": allowed, **evidence}
    )


def _knee(diagnosis: Document) -> dict[str, float] | None:
    if diagnosis["knee"] is not None:
        return {name: float(diagnosis["knee"][name]) for name in ("per_s", "low", "high")}
    held = diagnosis["held_per_s"]
    return None if held is None else {"per_s": float(held), "low": float(held), "high": float(held)}


def _told(config: StressConfig) -> bool:
    """Whether figures are the same everywhere."""
    return config.world == MEMORY


def _finding(
    check: str,
    criterion: Criterion,
    passed: bool | None,
    message: str,
    arm: str,
    *,
    counts: bool = True,
    evidence: Mapping[str, Any] | None = None,
) -> Finding:
    return Finding(check, criterion, passed, message, arm=_ARMS.get(arm), counts=counts, evidence=evidence or {})
