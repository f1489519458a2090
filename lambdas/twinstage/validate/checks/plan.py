"""What a change's plan says before anything runs, as findings: guards that refuse, and what breaks for somebody who was not told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twinstage.model.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SHOWN = 20


def plan_findings(plan: Mapping[str, Any], may_break: str = "") -> Iterator[Finding]:
    """`plan-<guard>` for each guard of a plan's document, all of its steps together, and `plan-breaking`; `may_break` is why something may break all the same.

    A guard that was let through passes, and says so.
    """
    for guard in dict.fromkeys(each["guard"] for each in plan["guards"]):
        yield _guarded(guard, [each for each in plan["guards"] if each["guard"] == guard])
    yield _breaking(plan, may_break)


def _guarded(guard: str, asked: list[Mapping[str, Any]]) -> Finding:
    refusing = [each for each in asked if not (each["passed"] or each["allowed"])]
    allowed = [each for each in asked if each["allowed"] and not each["passed"]]
    if refusing:
        told = "; ".join(each["observed"] for each in refusing[:SHOWN])
        message = f"{told} (limit: {refusing[0]['limit']}; way out: {refusing[0]['way_out']})"
    elif allowed:
        message = f"let through by the change: {'; '.join(each['observed'] for each in allowed[:SHOWN])}"
    else:
        message = "; ".join(each["observed"] for each in asked[:SHOWN])
    evidence = {"refusing": [each["observed"] for each in refusing], "allowed": [each["observed"] for each in allowed]}
    return Finding(f"plan-{guard}", "safety", not refusing, message, arm="candidate", evidence=evidence)


def _breaking(plan: Mapping[str, Any], may_break: str) -> Finding:
    breaking = [each for each in plan["changes"] if each["category"] == "breaking"]
    told = [f"{each['kind']} {each['subject']} {each['place']}".rstrip() + f": {each['reason']}" for each in breaking]
    if not breaking:
        message = f"nothing of {len(plan['changes'])} planned changes breaks anything"
    elif plan["announced"]:
        message = f"{len(breaking)} planned changes break something, and a higher major version says so"
    elif may_break:
        message = f"{len(breaking)} planned changes may break something: {may_break}"
    else:
        message = f"{len(breaking)} planned changes break something for somebody who was not told; the first: {told[0]}"
    passed = not plan["breaking"] or bool(may_break)
    evidence = {"breaking": told[:SHOWN], "breaking_found": len(breaking)}
    return Finding("plan-breaking", "safety", passed, message, arm="candidate", evidence=evidence)
