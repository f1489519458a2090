"""Whether AWS would let a request through: every policy that has a say, in the order that AWS documents.

An explicit Deny anywhere wins. Then, within one account, either the resource's policy or the caller's own must allow it; between
accounts both must. Permissions boundary and session policy limit what the caller's own policies give, and what a resource's policy
gives to a role; not what it gives to a user or a session by name. What cannot be decided counts against the caller.

Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics-cross-account.html and
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html. Organizations' policies are no part of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from twinstage.isolation.policy.conditions import NOTHING, conditions_hold
from twinstage.isolation.policy.matching import action_matches, resource_matches
from twinstage.isolation.policy.principal import Naming, Principal, naming

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

    from twinstage.isolation.policy.document import Effect, Policy, Statement
    from twinstage.isolation.policy.matching import Context

Layer = Literal["identity-based policy", "permissions boundary", "session policy", "resource-based policy"]


@dataclass(frozen=True)
class Request:
    """One action on one resource. `resource_account` owns the resource (the caller's own for `*`).

    `context`: values by condition key in lower case. `undetermined`: keys the request may have whose values are not known.
    """

    principal: Principal
    action: str
    resource: str
    resource_account: str
    context: Context = field(default_factory=dict)
    undetermined: Container[str] = NOTHING


@dataclass(frozen=True)
class Policies:
    """What has a say. None: there is no such policy.

    `resource_required`: the resource's own policy must allow, whatever the caller's say (a role's trust policy, a KMS key's).
    """

    identity: tuple[Policy, ...] = ()
    boundary: Policy | None = None
    session: tuple[Policy, ...] | None = None
    resource: Policy | None = None
    resource_required: bool = False


@dataclass(frozen=True)
class Decision:
    """`layer` and `statement` (policy and Sid or number) settled it; `statement` is empty where none allowed it."""

    allowed: bool
    layer: Layer
    statement: str = ""

    @property
    def explicit(self) -> bool:
        """A Deny that was written, rather than an Allow that was not."""
        return not self.allowed and bool(self.statement)

    @property
    def why(self) -> str:
        """One clause: what settled it."""
        if self.allowed:
            return f"{self.layer} {self.statement} allows it"
        return f"{self.layer} {self.statement} denies it" if self.statement else f"no {self.layer} allows it"


def decide(request: Request, policies: Policies) -> Decision:
    """Decide one request. Pure: the same arguments give the same decision."""
    layers = list(_layers(policies))
    for layer, documents in layers:
        if denial := _first(documents, "Deny", request):
            return Decision(False, layer, denial)
    if denial := _resource_denial(request, policies):
        return Decision(False, "resource-based policy", denial)
    return _granted(request, policies, layers[1:])


def _granted(request: Request, policies: Policies, limits: list[tuple[Layer, tuple[Policy, ...]]]) -> Decision:
    """The decision where nothing is denied by a statement. `limits`: what the caller's own grants must pass through."""
    given, by = _given(request, policies)
    same = request.resource_account == request.principal.account
    if (policies.resource_required or not same) and given is Naming.NOT:
        return Decision(False, "resource-based policy")
    if same and given is Naming.ITSELF:
        return Decision(True, "resource-based policy", by)
    own = _first(policies.identity, "Allow", request)
    if not own and not (same and given is Naming.ROLE):
        return Decision(False, "identity-based policy")
    for layer, documents in limits:
        if not _first(documents, "Allow", request):
            return Decision(False, layer)
    return Decision(True, "identity-based policy", own) if own else Decision(True, "resource-based policy", by)


def _layers(policies: Policies) -> Iterator[tuple[Layer, tuple[Policy, ...]]]:
    """The caller's side: what gives, and then what limits."""
    yield "identity-based policy", policies.identity
    if policies.boundary is not None:
        yield "permissions boundary", (policies.boundary,)
    if policies.session is not None:
        yield "session policy", policies.session


def _first(documents: Iterable[Policy], effect: Effect, request: Request) -> str:
    """The first statement of an effect that applies, as `policy/sid`; empty when none does."""
    for document in documents:
        for number, statement in enumerate(document.statements):
            if statement.effect == effect and applies(statement, request):
                return reference(document, number)
    return ""


def _given(request: Request, policies: Policies) -> tuple[Naming, str]:
    """The closest that the resource's policy allows the caller by name, and the statement that does."""
    best, by = Naming.NOT, ""
    if policies.resource is None:
        return best, by
    bounded = policies.boundary is not None
    for number, statement in enumerate(policies.resource.statements):
        if statement.effect == "Allow":
            named = naming(statement, request.principal, bounded=bounded)
            if named > best and applies(statement, request):
                best, by = named, reference(policies.resource, number)
    return best, by


def _resource_denial(request: Request, policies: Policies) -> str:
    if policies.resource is None:
        return ""
    bounded = policies.boundary is not None
    for number, statement in enumerate(policies.resource.statements):
        if (
            statement.effect == "Deny"
            and naming(statement, request.principal, bounded=bounded) is not Naming.NOT
            and applies(statement, request)
        ):
            return reference(policies.resource, number)
    return ""


def applies(statement: Statement, request: Request) -> bool:
    """Whether action, resource and conditions of a statement match. Undecided conditions: a Deny applies, an Allow does not."""
    listed = any(action_matches(pattern, request.action) for pattern in statement.actions or statement.not_actions)
    if listed != bool(statement.actions):
        return False
    if patterns := statement.resources or statement.not_resources:
        listed = any(
            resource_matches(pattern, request.resource, request.context, variables=statement.variables)
            for pattern in patterns
        )
        if listed != bool(statement.resources):
            return False
    held = conditions_hold(
        statement.conditions, request.context, undetermined=request.undetermined, variables=statement.variables
    )
    return statement.effect == "Deny" if held is None else held


def reference(policy: Policy, number: int) -> str:
    """How messages name a statement: its policy, and its Sid or (without one) its number from 0."""
    return f"{policy.name}/{policy.statements[number].sid or number}"
