"""The gate itself: a request is let through when it is signed by whom it says, and IAM would allow all that it asks for."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from twinstage.isolation.policy.decision import Decision, Policies, Request, decide
from twinstage.isolation.policy.principal import Principal as PolicyPrincipal
from twinstage.local.credentials import OPERATOR, SessionSettings
from twinstage.local.gate.attached import Identity, resource_policy
from twinstage.local.gate.call import Check, UnmappedError
from twinstage.local.gate.context import Undetermined, principal_context
from twinstage.local.gate.log import Record
from twinstage.local.gate.refusals import REFUSALS, denied_message, signature_refusal
from twinstage.local.gate.services import call_of
from twinstage.local.gate.services.identity import session_policies, session_tags
from twinstage.local.gate.signature import Verifier, read_signature
from twinstage.local.gate.wire import read_request
from twinstage.model.errors import InputError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping

    from twinstage.local.credentials import Principal
    from twinstage.local.gate.call import Asked, Call
    from twinstage.local.gate.log import AccessLog
    from twinstage.local.wire_errors import Refusal

_ARN_PARTS = 6


@dataclass(frozen=True)
class Verdict:
    """What the gate says of one request. `refusal` None: it goes on. `asked`: what it was read as, where it could be."""

    refusal: Refusal | None
    asked: Asked | None = None


class Gate:
    """Decides every request, and notes it in `log`. `clock` gives the time in UTC."""

    def __init__(self, log: AccessLog, clock: Callable[[], dt.datetime]) -> None:
        self.log, self._clock, self._verifier = log, clock, Verifier()

    def decide(self, environ: Mapping[str, Any], body: bytes, principal: Principal) -> Verdict:
        """Decide a request of a known, living access key."""
        started, now = time.perf_counter(), self._clock()
        signed = read_signature(environ)
        if signed is None:
            return self._refused(principal, started, now, "?", "incomplete")
        fault = self._verifier.fault(environ, body, signed, principal.key, now)
        if fault is not None:
            return self._refused(principal, started, now, signed.service, fault)
        asked: Asked | None = None
        try:
            asked = read_request(environ, body, signed, principal.account)
            call = call_of(asked)
        except UnmappedError as unmapped:
            return self._unmapped(principal, started, now, signed.service, unmapped.message, asked)
        return self._authorized(principal, asked, call, started, now)

    def _authorized(self, principal: Principal, asked: Asked, call: Call, started: float, now: dt.datetime) -> Verdict:
        owned = _owned(call, principal)
        decided: list[Decision | str]
        try:
            identity = Identity(principal)
            decided = [self._check(principal, identity, asked, call, check, owner, now) for check, owner in owned]
        except (LookupError, InputError) as error:
            decided = [f"cannot be decided: {error}"] * len(owned)
        ms = (time.perf_counter() - started) * 1000
        self.log.add(
            [
                _record(
                    principal,
                    now,
                    check.action,
                    check.resource,
                    owner,
                    allowed=_allowed(decision),
                    why=_why(decision),
                    ms=ms,
                )
                for (check, owner), decision in zip(owned, decided, strict=True)
            ]
        )
        for (check, _owner), decision in zip(owned, decided, strict=True):
            if not _allowed(decision):
                return Verdict(denied_message(principal.arn, check, decision, asked.service), asked)
        return Verdict(None, asked)

    def _check(
        self,
        principal: Principal,
        identity: Identity,
        asked: Asked,
        call: Call,
        check: Check,
        owner: str,
        now: dt.datetime,
    ) -> Decision:
        if call.free:
            return Decision(True, "identity-based policy", "none is needed")
        context = {
            **principal_context(principal, identity.tags, asked.region, now),
            **call.context,
            "aws:resourceaccount": (owner,),
        }
        policy, required = resource_policy(check.resource, owner, asked.region) if not _passes(check) else (None, False)
        role = principal.owner_arn if principal.kind == "role" else ""
        request = Request(
            PolicyPrincipal(principal.account, principal.arn, role),
            check.action,
            check.resource,
            owner,
            context,
            Undetermined(check.action, frozenset(context)),
        )
        return decide(request, Policies(identity.policies, identity.boundary, identity.session, policy, required))

    def _unmapped(
        self, principal: Principal, started: float, now: dt.datetime, service: str, what: str, asked: Asked | None
    ) -> Verdict:
        """Nobody but the owner of an account may ask for what cannot be told: the owner may do anything in it."""
        owner = principal.kind == "user" and principal.owner_arn.endswith(f":user/{OPERATOR}")
        why = f"not mapped: {what}"
        ms = (time.perf_counter() - started) * 1000
        action = f"{service}:?"
        self.log.add([_record(principal, now, action, "*", principal.account, allowed=owner, why=why, ms=ms)])
        if owner:
            return Verdict(None, asked)
        return Verdict(denied_message(principal.arn, Check(action, "*"), why, service), asked)

    def _refused(self, principal: Principal, started: float, now: dt.datetime, service: str, fault: Any) -> Verdict:
        ms = (time.perf_counter() - started) * 1000
        why = f"signature: {REFUSALS[fault].message}"
        self.log.add([_record(principal, now, f"{service}:?", "*", principal.account, allowed=False, why=why, ms=ms)])
        return Verdict(signature_refusal(fault, service))


def _allowed(decision: Decision | str) -> bool:
    return isinstance(decision, Decision) and decision.allowed


def _why(decision: Decision | str) -> str:
    return decision if isinstance(decision, str) else decision.why


def _owned(call: Call, principal: Principal) -> list[tuple[Check, str]]:
    return [(check, _owner(check, principal)) for check in call.checks]


def _owner(check: Check, principal: Principal) -> str:
    """The account that has a check's resource: its ARN says so, or the service does, or it is the caller's."""
    parts = check.resource.split(":", _ARN_PARTS - 1)
    return (parts[4] if len(parts) == _ARN_PARTS else "") or check.owner or principal.account


def _passes(check: Check) -> bool:
    """A role that is passed to a service is not assumed: its trust policy has no say yet."""
    return not check.action.startswith("sts:") and check.resource.partition(":role/")[1] != ""


def _record(
    principal: Principal,
    now: dt.datetime,
    action: str,
    resource: str,
    owner: str,
    *,
    allowed: bool,
    why: str,
    ms: float,
) -> Record:
    return Record(
        0,
        now.isoformat(timespec="milliseconds"),
        principal.account,
        principal.arn,
        principal.owner_arn,
        action,
        resource,
        owner,
        allowed,
        why,
        round(ms, 3),
    )


def session_settings(asked: Asked | None) -> SessionSettings:
    """What an AssumeRole gives its session; nothing of another request."""
    if asked is None or (asked.service, asked.operation) != ("sts", "AssumeRole"):
        return SessionSettings()
    return SessionSettings(tuple(session_tags(asked).items()), session_policies(asked))
