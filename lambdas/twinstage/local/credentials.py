"""Who is calling: the principals of the embedded AWS, found by their access key.

Services obtain credentials as on AWS: only if the role exists and its trust policy names the service.
"""

from __future__ import annotations

import datetime as dt
import json
import threading
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from twinstage.local.moto_contract import extends
from twinstage.model.errors import TwinstageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

OPERATOR = "operator"
SESSION_S = 3600
_ADMINISTRATOR = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
)
_KEEP_EXPIRED = dt.timedelta(minutes=10)


class TrustError(TwinstageError):
    """A service may not assume a role: the role does not exist or does not trust the service."""

    def __init__(self, message: str) -> None:
        super().__init__("LOCAL_TRUST", message)


@dataclass(frozen=True)
class Key:
    """An access key as a client needs it; `token` only for a session."""

    access_key_id: str
    secret_access_key: str
    token: str | None = None
    expires: dt.datetime | None = None


@dataclass(frozen=True)
class Principal:
    """The caller behind an access key. `owner_arn` is the user or role that policies name, `arn` the caller itself.

    A session may have tags, a policy of its own (JSON) and managed policies (ARNs) that limit it.
    """

    account: str
    kind: Literal["user", "role"]
    arn: str
    owner_arn: str
    key: Key
    tags: tuple[tuple[str, str], ...] = ()
    session_policy: str = ""
    session_policy_arns: tuple[str, ...] = ()


@dataclass(frozen=True)
class SessionSettings:
    """What an AssumeRole gives its session beside the role: tags, and ARNs of managed policies that limit it."""

    tags: tuple[tuple[str, str], ...] = ()
    policy_arns: tuple[str, ...] = ()


# Who sent the request that this thread answers; None outside of one. Set by the front.
CALLER: ContextVar[Principal | None] = ContextVar("caller", default=None)
# What the AssumeRole that this thread answers asks for and moto drops. Set by the front, after the gate.
SESSION: ContextVar[SessionSettings] = ContextVar("session", default=SessionSettings())  # noqa: B039  it is frozen


class Principals:
    """The users and role sessions of one engine. Users live in moto's IAM, sessions here."""

    def __init__(self, region: str) -> None:
        self._region = region
        self._sessions: dict[str, Principal] = {}
        self._lock = threading.RLock()

    def operator(self, account: str) -> Key:
        """The administrator's key of an account, what a developer's profile would hold; made at the first call."""
        with self._lock:
            return self._operator(account, None)

    def keep_operators(self, accounts: Iterable[str], *, while_forgetting: Callable[[], None]) -> None:
        """Forget all state but the operators' keys.

        Under the lock: a request that is still under way must not find an account without its operator and give it a new key.
        """
        with self._lock:
            keys = {account: self._operator(account, None) for account in accounts}
            while_forgetting()
            for account, key in keys.items():
                self._operator(account, key)

    def _operator(self, account: str, known: Key | None) -> Key:
        """`known`: the key the operator had before the account was emptied, to be kept."""
        from moto.iam.models import iam_backends

        iam = iam_backends[account]["aws"]
        if OPERATOR not in iam.users:
            iam.create_user(self._region, OPERATOR)
            iam.put_user_policy(OPERATOR, "administrator", _ADMINISTRATOR)
            made = iam.create_access_key(OPERATOR)
            if known is not None:
                del iam.access_keys[made.access_key_id]
                made.access_key_id, made.secret_access_key = known.access_key_id, known.secret_access_key
                iam.access_keys[made.access_key_id] = made
        key = iam.users[OPERATOR].access_keys[0]
        return Key(key.access_key_id, key.secret_access_key)

    def lookup(self, access_key_id: str) -> Principal | None:
        """The principal of an access key, expired or not; None when nobody has it."""
        from moto.iam.models import iam_backends

        if (session := self._sessions.get(access_key_id)) is not None:
            return session
        for account in list(iam_backends):
            iam = iam_backends[account]["aws"]
            key = iam.access_keys.get(access_key_id)
            if key is not None and key.user_name and key.status == "Active":
                user = iam.users[key.user_name]
                return Principal(account, "user", user.arn, user.arn, Key(access_key_id, key.secret_access_key))
        return None

    def service_session(self, role_arn: str, service: str, session_name: str, seconds: int = SESSION_S) -> Key:
        """Credentials that `service` (`lambda.amazonaws.com`) obtains for a role. Raises TrustError."""
        from moto.sts.models import sts_backends

        role = find_role(role_arn)
        if role is None:
            raise TrustError(f"role {role_arn} does not exist")
        if service not in _trusted_services(role.assume_role_policy_document):
            raise TrustError(f"{service} may not assume {role_arn}")
        session = sts_backends[role_arn.split(":")[4]]["aws"].assume_role(
            region_name=self._region,
            role_session_name=session_name[:64],
            role_arn=role_arn,
            policy=None,
            duration=seconds,
            external_id=None,
        )
        return self._sessions[session.access_key_id].key

    def end_sessions(self) -> None:
        """Forget every session of a role: who holds its key is nobody from now on."""
        with self._lock:
            self._sessions.clear()

    def note_session(self, session: Any, now: dt.datetime, settings: SessionSettings, policy: str) -> None:
        """Remember a session that STS has just issued, and forget those long expired (moto keeps them for ever)."""
        from moto.iam.models import iam_backends
        from moto.sts.models import sts_backends

        expires = session.expiration.replace(tzinfo=dt.UTC)
        key = Key(session.access_key_id, session.secret_access_key, session.session_token, expires)
        with self._lock:
            self._sessions[key.access_key_id] = Principal(
                session.account_id,
                "role",
                session.arn,
                session.role_arn,
                key,
                settings.tags,
                policy,
                settings.policy_arns,
            )
            for dead in [p for p in self._sessions.values() if p.key.expires and p.key.expires < now - _KEEP_EXPIRED]:
                identifier = dead.key.access_key_id
                del self._sessions[identifier]
                iam_backends[dead.account]["aws"].access_keys.pop(identifier, None)
                sts = sts_backends[dead.account]["aws"]
                sts.assumed_roles = [role for role in sts.assumed_roles if role.access_key_id != identifier]

    def install(self) -> None:
        """Have STS note its sessions here, and refuse a role that does not exist, as AWS does and moto does not."""
        from moto.core.exceptions import AccessDeniedError

        @extends("moto.sts.models:STSBackend.assume_role")
        def assume_role(original: Any, backend: Any, **arguments: Any) -> Any:
            if find_role(arguments["role_arn"]) is None:
                caller = CALLER.get()
                arn = caller.arn if caller is not None else f"arn:aws:iam::{backend.account_id}:root"
                raise AccessDeniedError(arn, f"sts:AssumeRole on resource: {arguments['role_arn']}")
            _refuse_long(arguments["duration"], find_role(arguments["role_arn"]))
            session = original(backend, **arguments)
            self.note_session(session, dt.datetime.now(dt.UTC), SESSION.get(), arguments.get("policy") or "")
            return session


def _refuse_long(seconds: int, role: Any) -> None:
    """Refuse a session longer than its role allows, or than the hour that a role's session may pass on.

    Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html (DurationSeconds)
    """
    from moto.sts.exceptions import STSValidationError

    caller = CALLER.get()
    if seconds > int(role.max_session_duration or SESSION_S):
        raise STSValidationError("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
    if caller is not None and caller.kind == "role" and seconds > SESSION_S:
        raise STSValidationError(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining"
        )


def find_role(role_arn: str) -> Any | None:
    """moto's role of an ARN, or None."""
    from moto.iam.models import iam_backends

    parts = role_arn.split(":")
    if len(parts) != 6 or not parts[4].isdigit():  # noqa: PLR2004  arn:partition:service:region:account:resource
        return None
    return next((role for role in iam_backends[parts[4]]["aws"].roles.values() if role.arn == role_arn), None)


def _trusted_services(document: str | dict[str, Any]) -> set[str]:
    """Service principals that a trust policy allows to assume the role."""
    policy = json.loads(document) if isinstance(document, str) else document
    return set(_services(policy))


def _services(policy: dict[str, Any]) -> Iterator[str]:
    statements = policy["Statement"]
    for statement in statements if isinstance(statements, list) else [statements]:
        principal = statement.get("Principal")
        if statement["Effect"] == "Allow" and isinstance(principal, dict):
            services = principal.get("Service", [])
            yield from services if isinstance(services, list) else [services]
