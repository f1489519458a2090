from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import EngineSlot
    from twinstage.local.engine import Engine


@pytest.fixture(scope="session")
def engine(engine_slot: EngineSlot) -> Iterator[Engine]:
    """One embedded AWS for all tests; each test uses names of its own, or asks for `empty_engine`."""
    with engine_slot.take() as running:
        yield running


@pytest.fixture
def empty_engine(engine: Engine) -> Engine:
    engine.reset()
    return engine


def zip_of(files: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return buffer.getvalue()


@dataclass(frozen=True)
class Workshop:
    """Makes roles, functions and machines with names nobody else uses, in the twin's account."""

    engine: Engine

    @property
    def account(self) -> str:
        return self.engine.accounts.twin

    def client(self, service: str) -> Any:
        return self.engine.client(self.account, service)

    def role(self, service: str = "lambda.amazonaws.com") -> str:
        name = f"role-{uuid4().hex[:8]}"
        trust = {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}],
        }
        role = self.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
        return str(role["Role"]["Arn"])

    def function(self, code: str, role: str | None = None, files: dict[str, str] | None = None, **settings: Any) -> str:
        """A function whose module `app` has the code; returns its name."""
        name = f"function-{uuid4().hex[:8]}"
        self.client("lambda").create_function(
            FunctionName=name,
            Role=role or self.role(),
            Code={"ZipFile": zip_of({"app.py": code, **(files or {})})},
            **{"Runtime": "python3.11", "Handler": "app.handler", "Timeout": 10, **settings},
        )
        return name

    def invoke(self, name: str, event: Any = None, **options: Any) -> dict[str, Any]:
        """The Invoke response with its payload parsed."""
        response = self.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event), **options)
        body = response["Payload"].read()
        return {**response, "Payload": json.loads(body) if body else None}


@pytest.fixture
def workshop(engine: Engine) -> Workshop:
    return Workshop(engine)
