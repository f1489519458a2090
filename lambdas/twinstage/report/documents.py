"""What the documents of a run say, as far as a report shows it.

Each class has an `of` that reads the document's JSON form. It is lenient with fields that are absent and raises (AttributeError,
KeyError, TypeError or ValueError) on a document of another form; `reading.Reader` turns that into a note.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from twinstage.model.finding import Finding

Document = Mapping[str, Any]

ARMS = ("baseline", "candidate")


def text_of(value: Any) -> str:
    """A JSON value as text; null is empty."""
    return "" if value is None else str(value)


def listed(value: Any) -> tuple[Any, ...]:
    """A JSON array, or nothing for null. Raises TypeError for anything else."""
    if value is None:
        return ()
    if not isinstance(value, list):
        raise TypeError(f"expected an array, found {type(value).__name__}")
    return tuple(value)


def mapped(value: Any) -> Document:
    """A JSON object, or an empty one for null. Raises TypeError for anything else."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise TypeError(f"expected an object, found {type(value).__name__}")
    return value


@dataclass(frozen=True)
class Scenario:
    """The scenario's own words. `functions` are those the change replaces; `captured` counts what to capture, by kind; `explores` says whether it asks for other orders, `stresses` whether for load, `rolls_back` whether for a way back, `compares` whether for the baseline once more, `applies` whether records or tables change."""

    name: str
    title: str
    description: str
    change: str
    functions: tuple[str, ...]
    captured: Mapping[str, int]
    explores: bool
    stresses: bool
    rolls_back: bool
    compares: bool
    applies: bool = False

    @property
    def arms(self) -> tuple[str, ...]:
        """The arms to rehearse: without a change there is only the baseline."""
        return ARMS if self.functions or self.applies else ARMS[:1]

    @classmethod
    def of(cls, document: Any) -> Self:
        """Out of `input/scenario.json`."""
        change = mapped(document.get("change"))
        return cls(
            name=text_of(document.get("name")),
            title=text_of(document.get("title")),
            description=text_of(document.get("description")),
            change=text_of(change.get("summary")),
            functions=tuple(mapped(change.get("functions"))),
            captured={kind: len(named) for kind, named in mapped(document.get("capture")).items() if named},
            explores=isinstance(document.get("explore"), Mapping),
            stresses=isinstance(document.get("stress"), Mapping),
            rolls_back=isinstance(document.get("rollback"), Mapping),
            compares=isinstance(document.get("ab"), Mapping),
            applies=any(mapped(step).get("kind") != "function" for step in listed(change.get("steps"))),
        )


def finding_of(document: Any) -> Finding:
    """A finding, whatever else its document carries; what is not true or false was not decided."""
    passed = document.get("passed")
    return Finding(
        check=str(document["check"]),
        criterion=document["criterion"],
        passed=passed if isinstance(passed, bool) else None,
        message=text_of(document.get("message")),
        arm=document.get("arm"),
        counts=bool(document.get("counts", True)),
        evidence=mapped(document.get("evidence")),
    )


def findings_of(document: Any) -> tuple[Finding, ...]:
    """Out of `findings.json` and `verdict.json`."""
    return tuple(map(finding_of, listed(document["findings"])))


@dataclass(frozen=True)
class VerdictDocument:
    """What `verdict.json` says. `code` maps an arm to its functions' digests."""

    verdict: str
    scenario: str
    title: str
    snapshot: str
    events: str
    code: Mapping[str, Mapping[str, str]]
    seed: str
    tool: str
    findings: tuple[Finding, ...]

    @classmethod
    def of(cls, document: Any) -> Self:
        """Out of `verdict.json`."""
        return cls(
            verdict=str(document["verdict"]),
            scenario=text_of(document.get("scenario")),
            title=text_of(document.get("title")),
            snapshot=text_of(document.get("snapshot")),
            events=text_of(document.get("events")),
            code=_code(document.get("code")),
            seed=text_of(document.get("seed")),
            tool=text_of(document.get("tool")),
            findings=findings_of(document),
        )


def _code(document: Any) -> dict[str, dict[str, str]]:
    return {
        arm: {name: text_of(code) for name, code in sorted(mapped(functions).items())}
        for arm, functions in sorted(mapped(document).items())
    }


@dataclass(frozen=True)
class Difference:
    """One place where two states differ. `where` is the zone or table; the values are those of the two arms, if compared."""

    kind: str
    service: str
    where: str
    key: str
    baseline: Any = None
    candidate: Any = None

    @classmethod
    def of(cls, document: Any) -> Self:
        """Out of an entry of a `differences` array."""
        return cls(
            kind=text_of(document.get("kind")),
            service=text_of(document.get("service")),
            where=text_of(document.get("zone") or document.get("table")),
            key=_key(document.get("key")),
            baseline=document.get("baseline"),
            candidate=document.get("candidate"),
        )


def _key(value: Any) -> str:
    """A key in one line, also where it is composite (name, type and set identifier; partition and sort key)."""
    if isinstance(value, list):
        return " ".join(map(text_of, value))
    if isinstance(value, Mapping):
        return ", ".join(f"{name}={value[name]}" for name in sorted(value))
    return text_of(value)


def differences_of(document: Any) -> tuple[Difference, ...]:
    """Out of `comparison.json`."""
    return tuple(map(Difference.of, listed(document["differences"])))


@dataclass(frozen=True)
class Substitution:
    """What the twin has instead of what production has, as often as it does so for one reason."""

    service: str
    field: str
    reason: str
    subjects: tuple[str, ...]


@dataclass(frozen=True)
class Fidelity:
    """Whether the twin, once replicated, held exactly what the snapshot holds. `found` counts all differences, listed or not."""

    equal: bool | None
    snapshot: str
    twin: str
    counts: Mapping[str, int]
    differences: tuple[Difference, ...]
    found: int
    substitutions: tuple[Substitution, ...]

    @classmethod
    def of(cls, document: Any) -> Self:
        """Out of `fidelity/<arm>.json`."""
        equal = document.get("equal")
        differences = tuple(map(Difference.of, listed(document.get("differences"))))
        return cls(
            equal=equal if isinstance(equal, bool) else None,
            snapshot=text_of(document.get("snapshot")),
            twin=text_of(document.get("twin")),
            counts={name: int(number) for name, number in mapped(document.get("counts")).items()},
            differences=differences,
            found=int(document.get("differences_found", len(differences))),
            substitutions=substitutions_of(document),
        )


def substitutions_of(document: Any) -> tuple[Substitution, ...]:
    """A document's `substitutions`, those of one field for one reason together."""
    grouped: dict[tuple[str, str, str], list[str]] = {}
    for entry in listed(document.get("substitutions")):
        group = (text_of(entry.get("service")), text_of(entry.get("field")), text_of(entry.get("reason")))
        grouped.setdefault(group, []).append(text_of(entry.get("subject")))
    return tuple(Substitution(*group, tuple(sorted(subjects))) for group, subjects in sorted(grouped.items()))


@dataclass(frozen=True)
class Operation:
    """How often one API operation was called, how often it failed, and its latency."""

    name: str
    count: int
    errors: int
    p50_ms: float | None
    p95_ms: float | None


@dataclass(frozen=True)
class Performance:
    """One arm's latencies. `latency_ms` has `p50`, `p95`, `p99` and `max` of an event."""

    events: int
    calls: int
    latency_ms: Mapping[str, float]
    operations: Mapping[str, Operation]

    @classmethod
    def of(cls, document: Any) -> Self:
        """Out of one arm's part of `performance.json`."""
        return cls(
            events=int(document.get("events") or 0),
            calls=int(document.get("calls") or 0),
            latency_ms={k: float(v) for k, v in mapped(document.get("latency_ms")).items() if v is not None},
            operations={k: _operation(k, v) for k, v in sorted(mapped(document.get("operations")).items())},
        )


def performance_of(document: Any) -> dict[str, Performance]:
    """Out of `performance.json`: the arms that have one."""
    return {arm: Performance.of(part) for arm, part in mapped(document).items() if isinstance(part, Mapping)}


def _operation(name: str, document: Any) -> Operation:
    p50, p95 = document.get("p50_ms"), document.get("p95_ms")
    return Operation(
        name=name,
        count=int(document.get("count") or 0),
        errors=int(document.get("errors") or 0),
        p50_ms=None if p50 is None else float(p50),
        p95_ms=None if p95 is None else float(p95),
    )
