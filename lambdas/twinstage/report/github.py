"""A run for GitHub: annotations, as workflow commands that a job writes to its log, and a comment of a pull request that is found again by its marker.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from twinstage.report.markdown import report_markdown
from twinstage.report.summary import headline
from twinstage.report.text import clip, count, visible

if TYPE_CHECKING:
    from collections.abc import Callable

    from twinstage.model.finding import Finding
    from twinstage.report.run_model import RunModel

MOST_OF_A_KIND: Final = 10
"""GitHub shows so many errors, warnings and notices of one step, and drops the others without a word."""
LARGEST_COMMENT: Final = 65_536
"""Characters: the API answers 422 to a longer body."""
_MESSAGE: Final = 1000
_TITLE: Final = 200


@dataclass(frozen=True)
class Line:
    """A line (from 1; 0: none) of a file of the repository; an empty file is no place."""

    file: str = ""
    line: int = 0


def workflow_commands(model: RunModel, place: Callable[[Finding], Line]) -> bytes:
    """One workflow command a line, UTF-8: the verdict, then what decided it, then what does not count. Of what GitHub would drop, the number is told.

    What failed and counts is an error, what could not be decided and counts a warning, what failed and does not count a notice. Equal models give equal bytes.
    """
    head = headline(model)
    kind = "notice" if head.verdict == "APPROVED" else "error"
    lines = [command(kind, " ".join(head.why) or head.title, title=f"{head.verdict}: {head.title}")]
    for of in ("error", "warning", "notice"):
        told = [finding for finding in model.findings or () if _kind(finding) == of]
        # The verdict's own is one of its kind, and so is the line that tells how many are left out.
        most = MOST_OF_A_KIND - (of == kind)
        shown = told if len(told) <= most else told[: most - 1]
        lines += [_annotation(of, finding, place(finding)) for finding in shown]
        if len(shown) < len(told):
            more = f"{count(len(told) - len(shown), 'more finding')} in the report"
            lines.append(command(of, more, title="Not all are shown here"))
    return "".join(f"{line}\n" for line in lines).encode(errors="replace")


def comment(model: RunModel, marker: str, link: str) -> bytes:
    """The report in short as the body of a comment, UTF-8: the marker, which nobody sees, first; a link to the whole last, where there is one. Cut between blocks where it is too long."""
    end = f"\n[The whole report, and the evidence]({link})\n" if link else ""
    body = report_markdown(model).decode(errors="replace")
    cut = "\n\n(cut here: the report has the rest)\n"
    room = LARGEST_COMMENT - len(marker) - 1 - len(end)
    if len(body) > room:
        body = body[: room - len(cut)].rpartition("\n\n")[0] + cut
    return f"{marker}\n{body}{end}".encode()


def command(kind: str, message: str, *, title: str, place: Line | None = None) -> str:
    """One workflow command. Nothing in its texts can end it, begin another or become a property of it."""
    at = place or Line()
    properties = {
        "title": clip(title, _TITLE),
        **({"file": at.file} if at.file else {}),
        **({"line": str(at.line)} if at.line else {}),
    }
    told = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{kind} {told}::{_data(clip(message, _MESSAGE))}"


def _annotation(kind: str, finding: Finding, place: Line) -> str:
    title = f"{finding.check} ({finding.arm or 'run'})" + ("" if finding.counts else ", not counted")
    return command(kind, finding.message or "no reason was given", title=title, place=place)


def _kind(finding: Finding) -> str:
    if finding.passed is True:
        return ""
    if not finding.counts:
        return "notice" if finding.passed is False else ""
    return "error" if finding.passed is False else "warning"


def _data(text: str) -> str:
    return visible(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
