"""What a stress says, as far as a report shows it: out of the result document `twinstage:stress:1`.

`of` raises (AttributeError, KeyError, TypeError, ValueError, or InputError for a load) on another form, which `reading.Reader` turns into a note.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from twinstage.model.finding import Verdict, finding_of
from twinstage.model.stress_config import target_of
from twinstage.model.validation import schema_violations
from twinstage.report.documents import listed, mapped, text_of
from twinstage.report.summary import Headline
from twinstage.report.text import clip, count
from twinstage.stress.analysis.diagnosis import diagnosis_of
from twinstage.stress.metrics.load_document import load_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twinstage.model.finding import Finding
    from twinstage.stress.analysis.diagnosis import Diagnosis
    from twinstage.stress.metrics.result import LoadResult

_NAMED = 6
_MICRO = 1e-6


@dataclass(frozen=True)
class StressArm:
    """One arm under load: what was measured, what that comes to, the load that the diagnosis was confirmed by and the capacity plan, where there are such."""

    arm: str
    load: LoadResult
    diagnosis: Diagnosis
    confirming: LoadResult | None
    capacity: Mapping[str, Any] | None

    @classmethod
    def of(cls, arm: str, document: Mapping[str, Any]) -> Self:
        """Out of an entry of `arms`."""
        confirming, capacity = document.get("confirming"), document.get("capacity")
        return cls(
            arm=clip(arm, 60),
            load=load_of(document["load"]),
            diagnosis=diagnosis_of(_sound("stress_diagnosis", document["diagnosis"])),
            confirming=None if confirming is None else load_of(confirming),
            capacity=None if capacity is None else _sound("stress_capacity", capacity),
        )

    @property
    def confirmed(self) -> str:
        """Whether a run at the predicted knee saw what was predicted, in a word or two."""
        confirmation = self.diagnosis.confirmation
        if confirmation is None:
            return "not tried" if self.diagnosis.knee is not None else "nothing to confirm"
        return "undecided" if confirmation.held is None else "confirmed" if confirmation.held else "not confirmed"


@dataclass(frozen=True)
class Compared:
    """One level of both arms: the quantile of a share in seconds and the difference with its interval, None where there were too few requests."""

    rate_per_s: float | None
    share: float
    before_s: float | None
    after_s: float | None
    difference_s: tuple[float, float, float] | None
    verdict: str

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> Self:
        """Out of an entry of `comparison`."""
        quantile, difference = entry["quantile_us"], entry["difference_us"]
        found = None if difference is None else tuple(float(value) * _MICRO for value in difference)
        return cls(
            rate_per_s=entry["rate_per_s"],
            share=float(entry["share"]),
            before_s=None if quantile is None else quantile["baseline"] * _MICRO,
            after_s=None if quantile is None else quantile["candidate"] * _MICRO,
            difference_s=None if found is None else (found[0], found[1], found[2]),
            verdict=text_of(entry["verdict"]),
        )


@dataclass(frozen=True)
class Stress:
    """A whole stress: its arms, baseline first, and what was asked of them."""

    scenario: str
    title: str
    world: str
    target: str
    seed: int
    generators: int
    arms: tuple[StressArm, ...]
    missing: tuple[str, ...]
    comparison: tuple[Compared, ...]
    findings: tuple[Finding, ...]
    verdict: str
    command: str

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        """Out of the whole document. An arm that was not reached is among the missing."""
        arms = mapped(document["arms"])
        return cls(
            scenario=clip(text_of(document.get("scenario")), 300),
            title=clip(text_of(document.get("title")), 300),
            world=text_of(document["world"]),
            target=_target(document["target"]),
            seed=int(document.get("seed", 0)),
            generators=int(document.get("generators", 1)),
            arms=tuple(StressArm.of(text_of(name), arm) for name, arm in arms.items() if arm is not None),
            missing=tuple(text_of(name) for name, arm in arms.items() if arm is None),
            comparison=tuple(Compared.of(entry) for entry in listed(document.get("comparison"))),
            findings=tuple(finding_of(entry) for entry in listed(document.get("thresholds"))),
            verdict=text_of(document["verdict"]),
            command=text_of(document.get("command")),
        )

    @property
    def subject(self) -> StressArm | None:
        """The arm that the verdict is about: the last one."""
        return self.arms[-1] if self.arms else None

    @property
    def warnings(self) -> tuple[str, ...]:
        """What spoils the evidence: arms that were not reached, and what the generators themselves were the bottleneck of."""
        missing = tuple(f"The {arm} was not stressed." for arm in self.missing)
        reasons = [
            f"The load on the {arm.arm} is not valid: {reason}"
            for arm in self.arms
            for reason in dict.fromkeys((*arm.load.generator.reasons, *arm.diagnosis.reasons))
        ]
        return (*missing, *(clip(each, 600) for each in reasons[:_NAMED]))

    @property
    def head(self) -> Headline:
        """The head of a page of its own."""
        return Headline(
            verdict=self.verdict,
            title=self.title or self.target,
            scenario=self.scenario,
            why=self._why(),
            warnings=self.warnings,
            command=self.command,
        )

    def _why(self) -> tuple[str, ...]:
        counting = [each for each in self.findings if each.counts]
        failed = [each for each in counting if each.passed is False]
        open_ = [each for each in counting if each.passed is None]
        sentence = () if self.subject is None else (clip(self.subject.diagnosis.sentence, 1200),)
        match self.verdict:
            case Verdict.REJECTED:
                return (f"Missed: {_named(failed)}.", *sentence)
            case "MEASURED":
                return ("Nothing was asked of the load: it was measured, and it can be believed.", *sentence)
            case Verdict.APPROVED:
                return (f"{count(len(counting), 'check')} of the load passed.", *sentence)
            case _:
                doubts = [*(each for each in failed if each.criterion == "evidence"), *open_]
                said = (
                    f"Undecided: {_named(doubts)}."
                    if doubts
                    else "Nothing was asked of the load, so nothing is decided."
                )
                return (said, *sentence)


def _sound(schema: str, document: Any) -> Mapping[str, Any]:
    """The document, which its schema takes. Raises ValueError where it does not."""
    for place, message in schema_violations(schema, document):
        raise ValueError(f"{schema}{place}: {message}")
    return mapped(document)


def _target(document: Any) -> str:
    """As people name it."""
    found = mapped(document)
    if "url" in found:
        return clip(text_of(found["url"]), 300)
    if "machine" in found:
        return clip(f"machine {text_of(found['machine'])}", 300)
    return clip(target_of({name: text_of(value) for name, value in found.items()}).text, 300)


def _named(findings: list[Finding]) -> str:
    told = [clip(each.message, 300).rstrip(".") for each in findings]
    more = len(told) - _NAMED
    return "; ".join(told[:_NAMED]) + (f" and {more:,} more" if more > 0 else "")
