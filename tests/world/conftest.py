from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3
import pytest

from twinstage.local import daemon
from twinstage.world.aws.clients import client

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class Aws:
    """The production account of an embedded AWS that runs in a process of its own."""

    running: daemon.Running
    clients: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        """A client as the product makes them."""
        if service not in self.clients:
            key, secret = self.running.keys[self.running.accounts["production"]]
            session = boto3.Session(key, secret, region_name=self.running.region)
            with pytest.MonkeyPatch.context() as environment:
                environment.setenv("AWS_ENDPOINT_URL", self.running.endpoint)
                environment.setenv("AWS_CONFIG_FILE", "/dev/null")
                self.clients[service] = client(service, session, attempts=1)
        return self.clients[service]

    def name(self, kind: str) -> str:
        """A name that no other test uses."""
        return f"{kind}-{uuid4().hex[:10]}"


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    """One server for all tests, each of which uses names of its own."""
    home = tmp_path_factory.mktemp("embedded-aws")
    try:
        found = Aws(daemon.start(home))
        yield found
        for made in found.clients.values():
            made.close()
    finally:
        daemon.stop(home)
