"""boto3 sessions and clients of the embedded AWS: an operator's, and a role's as a service would hold them."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.credentials import Credentials, RefreshableCredentials

from twinstage.local.credentials import find_role

if TYPE_CHECKING:
    from collections.abc import Callable

    from twinstage.local.credentials import Key, Principals

# A session's own variables instead of the process's: the developer's profile and files must not reach a local call.
_NO_FILES = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
    "ec2_metadata_disabled": (None, None, True, None),
}
_OPERATOR = Config(
    s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}, max_pool_connections=64, proxies={}
)
# The interpreter checks a task's parameters by its own rules; a task may run for as long as its machine allows.
_SERVICE = _OPERATOR.merge(Config(parameter_validation=False, connect_timeout=5, read_timeout=99_999))


def isolated_core() -> botocore.session.Session:
    """A botocore session that sees neither the developer's profile nor any file of theirs."""
    return botocore.session.Session(session_vars=_NO_FILES)


class _Given:
    """A botocore credential provider that has them already; `set_credentials` of a session cannot take refreshing ones."""

    def __init__(self, credentials: Credentials | RefreshableCredentials) -> None:
        self._credentials = credentials

    def load_credentials(self) -> Credentials | RefreshableCredentials:
        """What botocore asks for when the first client is made."""
        return self._credentials


class LocalSession(boto3.Session):
    """A boto3 session whose clients and resources talk to the embedded AWS unless told otherwise."""

    def __init__(self, endpoint: str, core: botocore.session.Session, region: str, config: Config = _OPERATOR) -> None:
        super().__init__(botocore_session=core, region_name=region)
        self._endpoint, self._defaults = endpoint, config

    def client(self, *args: Any, **kwargs: Any) -> Any:
        """boto3.Session.client with the embedded AWS as its endpoint."""
        return super().client(*args, **self._with_defaults(kwargs))

    def resource(self, *args: Any, **kwargs: Any) -> Any:
        """boto3.Session.resource with the embedded AWS as its endpoint."""
        return super().resource(*args, **self._with_defaults(kwargs))

    def _with_defaults(self, kwargs: dict[str, Any]) -> dict[str, Any]:
        config = kwargs.get("config")
        merged = self._defaults.merge(config) if config is not None else self._defaults
        return {"endpoint_url": self._endpoint, **kwargs, "config": merged}


class Clients:
    """Cached clients. Those of roles refresh their credentials by themselves."""

    def __init__(self, endpoint: str, region: str, principals: Principals) -> None:
        self.endpoint, self.region, self.principals = endpoint, region, principals
        self._clients: dict[tuple[str, str, str], Any] = {}
        self._lock = threading.Lock()
        # One copy of the service models for every client.
        self._loader = isolated_core().get_component("data_loader")

    def session(self, account: str) -> LocalSession:
        """A session of the account's operator."""
        key = self.principals.operator(account)
        return LocalSession(
            self.endpoint, self._core(Credentials(key.access_key_id, key.secret_access_key)), self.region
        )

    def operator(self, account: str, service: str, region: str | None = None) -> Any:
        """The operator's client."""
        return self._cached((account, service, region or self.region), lambda: self.session(account))

    def role(self, role_arn: str, principal: str, service: str, region: str | None = None) -> Any:
        """A client that calls as `role_arn`, as the service `principal` (`states.amazonaws.com`) does. Raises TrustError."""

        def session() -> LocalSession:
            def refresh() -> dict[str, str]:
                return _metadata(self.principals.service_session(role_arn, principal, "engine"))

            credentials = RefreshableCredentials.create_from_metadata(
                refresh(), refresh, "local-sts", advisory_timeout=300, mandatory_timeout=120
            )
            return LocalSession(self.endpoint, self._core(credentials), self.region, _SERVICE)

        return self._cached((role_arn, service, region or self.region), session)

    def close(self) -> None:
        """Close every client's connections."""
        with self._lock:
            for client in self._clients.values():
                client.close()
            self._clients.clear()

    def _core(self, credentials: Credentials | RefreshableCredentials) -> botocore.session.Session:
        core = isolated_core()
        core.register_component("data_loader", self._loader)
        core.register_component("credential_provider", _Given(credentials))
        return core

    def _cached(self, key: tuple[str, str, str], session: Callable[[], LocalSession]) -> Any:
        _, service, region = key
        with self._lock:
            if key not in self._clients:
                # Roles come and go with every rehearsal, and their clients with them.
                for dead in [k for k in self._clients if k[0].startswith("arn:") and find_role(k[0]) is None]:
                    self._clients.pop(dead).close()
                self._clients[key] = session().client(service, region_name=region)
            return self._clients[key]


def _metadata(key: Key) -> dict[str, str]:
    assert key.token is not None  # noqa: S101  a service session always has both
    assert key.expires is not None  # noqa: S101
    return {
        "access_key": key.access_key_id,
        "secret_key": key.secret_access_key,
        "token": key.token,
        "expiry_time": key.expires.isoformat(),
    }
