"""Where the embedded AWS is known to do something else than AWS, by case of the corpus, with what says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Deviation:
    """Where the embedded AWS does something else than AWS: what it comes to there, and what says so."""

    there: tuple[str, Any, str]
    because: str


DEVIATIONS = {
    "path $.a[0].n": Deviation(
        ("SUCCEEDED", [1], ""), "a definite path gives its value: real definitions compare $.list[0].name with a text"
    ),
    "path $.o.deep.er[-1]": Deviation(
        ("SUCCEEDED", [30], ""), "a definite path gives its value: real definitions compare $.list[0].name with a text"
    ),
    "path $..er": Deviation(
        ("SUCCEEDED", [10, 20, 30], ""), "an indefinite path gives the list of what it finds, also of one"
    ),
    "result path through a number": Deviation(
        ("FAILED", None, "States.Runtime"),
        "https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html names the error States.ResultPathMatchFailure",
    ),
    "string matches a star": Deviation(("SUCCEEDED", False, ""), "a star after a backslash is a star"),
    "string matches a backslash": Deviation(("SUCCEEDED", False, ""), "two backslashes are one, and the star is free"),
    "a missing variable": Deviation(
        ("SUCCEEDED", False, ""),
        "https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language-choice-state.html: an input without the variable fails the execution",
    ),
    "States.ArrayRange(5, 1, -2)": Deviation(
        ("FAILED", None, "States.IntrinsicFailure"),
        "https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html: an increment may be negative",
    ),
    "map of no array": Deviation(
        ("FAILED", None, "States.QueryEvaluationError"), "a JSONPath state evaluates no query"
    ),
}
