"""A rehearsed way back, or one try of it, in a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.report.rollback_words import case_words, left_words, resolver_words, step_words
from twinstage.report.text import count, visible

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from twinstage.cli.console import Console


def tell_rollback(document: Mapping[str, Any], console: Console) -> None:
    """The way back, from how many states it was tried, what fails with the command that shows it; then the verdict."""
    for step in document["way_back"]:
        console.say(visible(f"  {step_words(step)}"))
    for case in document["cases"]:
        console.say(visible(case_words(case)))
    for failure in _once(document["failures"]):
        counted = "" if failure["counts"] else "  (told, not counted)"
        console.say(visible(f"{failure['check']}: {failure['title']}{counted}"))
        console.say(visible(f"    from {count(failure['states'], 'state')}: {failure['detail']}"))
        console.say(visible(f"    {failure['command']}"))
    for words in (*resolver_words(document["resolvers"]), *left_words(document["left_behind"])):
        console.say(visible(words))
    for finding in document["findings"]:
        if finding["passed"] is not True and finding["counts"]:
            word = "failed" if finding["passed"] is False else "undecided"
            console.say(f"  {word:9} {visible(finding['check'])}: {visible(finding['message'])}")
    console.say(str(document["verdict"]))


def _once(failures: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """What counts, all of it; of what is told only, the first of each check."""
    told: set[str] = set()
    for failure in failures:
        if failure["counts"] or failure["check"] not in told:
            yield failure
        told.add(failure["check"])


def tell_tried(document: Mapping[str, Any], counting: Collection[str], console: Console) -> None:
    """Every call of the way back from one state, and of the recovery; `counting`: the ids of what it is judged by."""
    console.say(visible(f"from {document['what']}"))
    for number, step in enumerate(document["told"], 1):
        outcome = "" if step["outcome"] == "success" else f" → {step['outcome']}"
        console.say(visible(f"{number:4}  {step['by']}  {step['call']} {step['what']}{outcome}"))
    for check, detail in document["broken"].items():
        counted = "" if check in counting else " (told, not counted)"
        console.say(visible(f"BREAKS {check}{counted}: {detail}"))
    for call in document["unanswered"]:
        console.say(visible(f"beware: nobody answers {' '.join(call)}"))
    if not document["broken"]:
        console.say("nothing fails from there")
