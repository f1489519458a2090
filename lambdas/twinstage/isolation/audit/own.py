"""What belongs to whom: the actions that a role may have, each with the ARNs it may have them on. All else lies outside.

Said a second time, on purpose: the stacks say what their roles get, this says what a role of theirs may ever get.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from twinstage.isolation.audit.own_platform import PLATFORM
from twinstage.isolation.audit.own_production import CAPTURE, EDGE, capture_in, edge_in
from twinstage.isolation.audit.own_twin import APPLY, ARMS, MACHINE, PIPELINE, STAGE, TWIN, arm
from twinstage.isolation.audit.ownership import Own
from twinstage.isolation.audit.values import token

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from twinstage.isolation.audit.identity import Identity
    from twinstage.isolation.audit.template import Template
    from twinstage.isolation.policy.document import Statement

OWN: Mapping[str, tuple[Own, ...]] = {
    **{name: arm(name) for name in ARMS},
    "apply": APPLY,
    "capture": CAPTURE,
    "data-twin": TWIN,
    "edge": EDGE,
    "machine": MACHINE,
    "pipeline": PIPELINE,
    "platform": PLATFORM,
    "stage": STAGE,
    "twin": TWIN,
}
"""Who -> what is its own. `edge` is the role in production that the twin account assumes, `capture` the function beside it; `twin` and `data-twin` are a run's boundary, `pipeline` is the machine of a data product."""

EDGE_ROLE = "twin-capture"


def holder_of(role: str, identity: Identity) -> str:
    """Who a role is, by its name: which of the clones' arms, the machine or a stage, the edge, or the function of a standing stack.

    The twin of a data product has no stages: whatever is not its machine is held to what its functions may have.
    """
    if identity.kind == "data-twin":
        return "pipeline" if role == identity.fill("twin-{run}-machine") else "baseline"
    if identity.kind != "twin":
        return "edge" if identity.kind == "capture" and role == EDGE_ROLE else identity.kind
    part = role.removeprefix(identity.fill("twin-{run}-"))
    if part in ("machine", "Apply"):
        return part.lower()
    return next((name for name in ARMS if part.startswith(f"{name}-")), "stage")


class Belongings:
    """What is whose, in one template."""

    def __init__(self, template: Template, identity: Identity) -> None:
        self._identity = identity
        self._zones = tuple(_own_zones(template))
        self._own: Mapping[str, tuple[Own, ...]] = {**OWN, "capture": capture_in(template), "edge": edge_in(template)}
        self._known: dict[tuple[str, tuple[bool, ...]], Mapping[str, tuple[str, ...]]] = {}

    def of(self, holder: str, statement: Statement | None = None) -> Mapping[str, tuple[str, ...]]:
        """Action (in lower case) -> the patterns of the ARNs on which `holder` may have it by this statement; by one without conditions where none is given."""
        each = (*self._own[holder], *self._zones)
        held = tuple(self._holds(one, statement) for one in each)
        if (holder, held) not in self._known:
            self._known[holder, held] = self._patterns(one for one, holds in zip(each, held, strict=True) if holds)
        return self._known[holder, held]

    def _holds(self, own: Own, statement: Statement | None) -> bool:
        if own.apart and self._identity.profile != "two-accounts":
            return False
        return own.condition is None or (statement is not None and own.condition.holds(statement))

    def _patterns(self, owned: Iterator[Own]) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for each in owned:
            patterns = tuple(self._identity.fill(resource) for resource in each.resources)
            for action in each.actions:
                name = f"{each.service}:{action}".lower()
                found[name] = (*found.get(name, ()), *patterns)
        return found


def _own_zones(template: Template) -> Iterator[Own]:
    """The zones of this very template, by their ids: a zone's ARN carries no account, and its name is not in it."""
    zones = tuple(
        f"arn:aws:route53:::hostedzone/{token(name)}" for name, _ in template.of_type("AWS::Route53::HostedZone")
    )
    if zones:
        actions = ("ChangeResourceRecordSets", "GetHostedZone", "ListResourceRecordSets", "ListTagsForResource")
        yield Own("route53", actions, zones, "the twin's own zones")
