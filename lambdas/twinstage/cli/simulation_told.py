"""What `twinstage simulate` says to people: the figures, the stages, the bottleneck, what is assumed and what error is stated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

MISSED, UNDECIDED = 1, 3
MET = {True: "met", False: "MISSED", None: "undecided"}


def exit_code(met: Collection[bool | None]) -> int:
    """The command's, of what came of each service level: MISSED where one is, UNDECIDED where one is and none is missed, else 0."""
    return MISSED if False in met else UNDECIDED if None in met else 0


def told(document: Mapping[str, Any]) -> str:
    """The result in lines. Names and causes are the pipeline's: nothing in them is taken by a terminal for anything but text."""
    return "\n".join(plain(line) for line in _lines(document))


def plain(text: str) -> str:
    """Text in which nothing moves a cursor."""
    return "".join(each if each.isprintable() else f"\\u{{{ord(each):x}}}" for each in text)


def _lines(document: Mapping[str, Any]) -> Iterator[str]:
    executions = document["executions"]
    ended = ", ".join(f"{count} {status.lower()}" for status, count in executions.items() if status != "started")
    replications = document["replications"]
    yield f"{executions['started']} executions in {replications} replication{'s' if replications > 1 else ''}: {ended}"
    for name, count in document.get("errors", {}).items():
        yield f"  {count} with {name}"
    for execution in document["sample"]:
        if execution.get("error"):
            yield f"  the first: {execution['error']}: {execution['cause']}"
            break
    yield ""
    for name, value in document["figures"].items():
        yield f"  {name:<16} {estimate(value)}"
    yield ""
    width = max((len(stage["state"]) for stage in document["stages"]), default=5)
    yield f"  {'state':<{width}}  {'visits':>8}  {'mean':>11}  {'p95':>11}  {'share':>6}  waits, retries, errors"
    for stage in document["stages"]:
        yield _stage(stage, width)
    yield ""
    if worst := document["bottleneck"]:
        yield f"bottleneck: {worst['state']}: {worst['why']}"
    for level in document["service_levels"]:
        yield f"service level {level['figure']} at most {level['at_most']:g}: {MET[level['met']]} ({estimate(level['estimate'])})"
    yield document["stated_error"]["sentence"]
    for each in document["assumed"]:
        yield f"assumed: {each}"


def estimate(value: Mapping[str, float]) -> str:
    """A mean with its interval, where it has one."""
    around = f"  (95 %: {value['low']:.6g} to {value['high']:.6g})" if "low" in value else ""
    return f"{value['value']:.6g}{around}"


def _stage(stage: Mapping[str, Any], width: int) -> str:
    said = []
    if queue := stage.get("queue"):
        if queue["wait_mean_s"]:
            said.append(f"waits {queue['wait_mean_s']:.3g} s")
        if "utilisation" in queue:
            said.append(f"busy {queue['utilisation']:.0%} of {queue['places']}")
    if stage.get("retried"):
        said.append(f"{stage['retried']} retried")
    said += [f"{count} {name}" for name, count in stage.get("errors", {}).items()]
    figures = (
        f"{stage['visits']:>8}  {stage['mean_s']['value']:>9.4g} s  {stage['p95_s']:>9.4g} s  {stage['share']:>6.1%}"
    )
    return f"  {stage['state']:<{width}}  {figures}  {', '.join(said)}".rstrip()
