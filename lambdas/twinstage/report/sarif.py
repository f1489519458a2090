"""The findings as SARIF 2.1.0 (OASIS), for what shows such results beside the code.

A result is a finding that did not pass: `fail` where it was broken (an error where it bears on the verdict, else a note), `open` where it could not be decided. What passed is counted,
not listed: consumers that know nothing of `kind` would show it as an alert. A run without a verdict has one more result, which says why.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from twinstage import __version__
from twinstage.model.canonical import sha256_hex
from twinstage.report.github import Line
from twinstage.report.summary import headline
from twinstage.report.text import clip, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from twinstage.model.finding import Finding
    from twinstage.report.run_model import RunModel

SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
INFORMATION: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html"
RESULTS_KEPT: Final = 5000
"""More than any consumer takes of one run."""
_TEXT: Final = 1000


@dataclass(frozen=True)
class Result:
    """One result of any kind of run. `file` and `line` (0: none) are where a reader looks for it; `group` and `name` make the rule it belongs to."""

    group: str
    name: str
    arm: str
    passed: bool | None
    counts: bool
    message: str
    file: str
    line: int = 0

    @classmethod
    def of(cls, finding: Finding, at: Line) -> Result:
        """Out of a finding that belongs to a line of a file, or to none of the repository's."""
        told = (finding.criterion, finding.check, finding.arm or "", finding.passed, finding.counts, finding.message)
        return cls(*told, at.file or "findings.json", at.line)


def report_sarif(model: RunModel, place: Callable[[Finding], Line] | None = None) -> bytes:
    """The whole document of a rehearsal, UTF-8. Equal models give equal bytes. `place` says where in a repository a finding belongs; else all are in `findings.json`."""
    head = headline(model)
    results = [Result.of(finding, place(finding) if place else Line()) for finding in model.findings or ()]
    if model.verdict is None:
        why = " ".join(head.why)
        results.append(Result("evidence", "verdict", "", passed=False, counts=True, message=why, file="verdict.json"))
    return sarif(head.scenario, head.verdict, results)


def sarif(name: str, verdict: str, results: Sequence[Result]) -> bytes:
    """The whole document, UTF-8, of what was rehearsed under `name`."""
    told = sorted((each for each in results if each.passed is not True), key=_telling)
    rules = list(dict.fromkeys(_rule(each) for each in told))
    run: dict[str, Any] = {
        "tool": {
            "driver": {
                "name": "twinstage",
                "version": __version__,
                "informationUri": INFORMATION,
                "rules": [{"id": rule, "shortDescription": {"text": rule}} for rule in rules],
            }
        },
        "automationDetails": {"id": _text(f"twinstage/{name}/")},
        "columnKind": "unicodeCodePoints",
        "results": [_result(each, name, rules.index(_rule(each))) for each in told[:RESULTS_KEPT]],
        "properties": {
            "verdict": verdict,
            "passed": sum(each.passed is True for each in results),
            "notListed": max(len(told) - RESULTS_KEPT, 0),
        },
    }
    document = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode()


def _result(each: Result, name: str, rule: int) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": {"uri": _uri(each.file)}}
    if each.line:
        physical["region"] = {"startLine": each.line}
    own = "\n".join((name, each.group, each.name, each.arm))
    return {
        "ruleId": _rule(each),
        "ruleIndex": rule,
        "kind": "open" if each.passed is None else "fail",
        "level": "none" if each.passed is None else "error" if each.counts else "note",
        "message": {
            "text": _text(f"{each.arm}: {each.message}" if each.arm else each.message) or "no reason was given"
        },
        "locations": [{"physicalLocation": physical}],
        "partialFingerprints": {"twinstageCheck/v1": sha256_hex(own.encode("utf-8", "surrogatepass"))},
    }


def _telling(each: Result) -> tuple[bool, bool]:
    """What decides first, else as they were found."""
    return (not each.counts, each.passed is None)


def _rule(each: Result) -> str:
    return _text(f"{each.group}/{each.name}", 200)


def _text(value: str, limit: int = _TEXT) -> str:
    return visible(clip(value, limit))


def _uri(file: str) -> str:
    """A relative reference in which nothing means anything but a path's own slashes (RFC 3986)."""
    return quote(file, safe="/", errors="surrogatepass")
