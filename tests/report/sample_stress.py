"""The result of a stress as the parts that make one make it: recorded requests, diagnosed. What is stressed serves one request at a time in 20 ms, and is offered up to 90 a second."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.model.finding import weigh
from twinstage.model.load_profile import load_of
from twinstage.model.stress_config import stress_of
from twinstage.rehearse.stress.results import arm_document, stress_document
from twinstage.stress.arrivals import starts
from twinstage.stress.metrics.level_tally import Level
from twinstage.stress.metrics.load_document import load_document
from twinstage.stress.metrics.recorder import Recorder
from twinstage.stress.metrics.result import GeneratorHealth
from twinstage.validate.checks.stress import check_stress

if TYPE_CHECKING:
    from twinstage.model.stress_config import StressConfig
    from twinstage.stress.metrics.result import LoadResult

_NS = 1_000_000_000
SERVICE_S = 0.02


def section(name: str = "plan", level_s: float = 10, **given: Any) -> dict[str, Any]:
    rates = {"from_per_s": 10, "to_per_s": 90, "level_s": level_s}
    return {
        "target": {"function": name},
        "load": {"profile": "breakpoint", **rates, "arrivals": "poisson", "seed": 1},
        "service_level": {"p99_ms": 400},
        "quotas": {"route53.requests": {"rate_per_s": 60, "burst": 60}},
        "capacity": {"target_per_s": 30},
        "thresholds": {"knee_per_s": {"at_least": 20}, "failed": {"at_most": 0.5}},
        **given,
    }


def offered(
    config: StressConfig, name: str, service_s: float = SERVICE_S, load: Any = None, reasons: tuple[str, ...] = ()
) -> LoadResult:
    """One lock, held for `service_s` by each request, behind which the others wait; it is given up after five seconds."""
    load = config.load if load is None else load_of(load)
    levels = [Level(at, each.begin_ns, each.end_ns, each.from_per_s) for at, each in enumerate(load.levels)]
    recorder = Recorder(config.target.text, config.world, "open", load.document(), levels)
    lock, quota = f"lock:{name}/key", "quota:route53.requests"
    recorder.declare(lock, "lock", 1.0, detail=name)
    recorder.declare(quota, "quota", 60.0, limit="route53.requests")
    free_ns, held_ns = 0, round(service_s * _NS)
    for intended in starts(load):
        begin = max(intended, free_ns)
        if begin - intended > 5 * _NS:
            recorder.answered(name, name, intended, 1_000, 5 * _NS, 0, f"failed:{name}")
            recorder.waited(lock, intended, intended + 5 * _NS)
            continue
        free_ns = begin + held_ns
        recorder.answered(name, name, intended, 1_000, begin - intended, held_ns, None, 0.0, 1.0)
        recorder.waited(lock, intended, begin)
        recorder.use(lock, begin, free_ns)
        recorder.use(quota, begin, begin, 1.0)
        recorder.call("route53.ChangeResourceRecordSets", held_ns)
        recorder.handler(name, held_ns // 4, 48 << 20)
    return recorder.result(GeneratorHealth(generators=1, reasons=reasons))


def arm(
    config: StressConfig, name: str = "plan", service_s: float = SERVICE_S, reasons: tuple[str, ...] = ()
) -> dict[str, Any]:
    load = [load_document(offered(config, name, service_s, reasons=reasons))]
    found = arm_document(config, load)
    confirm = found["diagnosis"]["confirm"]
    if confirm is None:
        return found
    return arm_document(config, load, [load_document(offered(config, name, service_s, confirm))])


def stressed(
    name: str = "plan",
    arms: tuple[str, ...] = ("baseline", "candidate"),
    reasons: tuple[str, ...] = (),
    service_s: float = SERVICE_S,
    **given: Any,
) -> dict[str, Any]:
    """A result in which every name that a target may have is `name`. The baseline's lock is held half as long again."""
    config = stress_of(section(name, **given))
    found = {each: arm(config, name, service_s * (1.5 if each == "baseline" else 1), reasons) for each in arms}
    findings = list(check_stress(found, config, arms[-1]))
    return stress_document(
        config, found, findings, weigh(findings), scenario=name, title=name, seed=1, command=f"twinstage stress {name}"
    )
