from __future__ import annotations

import contextlib
import io
import json
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests.local.cloud import Cloud

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conftest import EngineSlot
    from twinstage.local.engine import Engine

ECHO = "def handler(event, context):\n    return event\n"


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

    def role(self, service: str = "lambda.amazonaws.com", *, account: str = "") -> str:
        """A role that may do anything in its account, and that `account` may assume; `powerless_role` may do nothing."""
        arn = self.powerless_role(service, account=account)
        anything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
        name = arn.rpartition("/")[2]
        self.client("iam").put_role_policy(RoleName=name, PolicyName="any", PolicyDocument=json.dumps(anything))
        return arn

    def powerless_role(self, service: str = "lambda.amazonaws.com", *, account: str = "") -> str:
        name = f"role-{uuid4().hex[:8]}"
        trusted = {"Service": service, **({"AWS": account} if account else {})}
        trust = {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": trusted, "Action": "sts:AssumeRole"}],
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
            **{"Runtime": "python3.11", "Handler": "app.handler", "Timeout": 30, **settings},
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


@pytest.fixture
def cloud(engine: Engine) -> Cloud:
    return Cloud(engine, engine.accounts.twin)


def eventually(found: Callable[[], Any], seconds: float = 120) -> Any:
    """What an asynchronous effect brings about, as soon as it is there."""
    deadline = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)
    return value


def running(marker: str) -> list[int]:
    """The machine's processes in whose command this text stands; those that have ended and wait for somebody to notice do not count."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if marker.encode() in (place / "cmdline").read_bytes():
                found.append(int(place.name))
    return found


def logged(workshop: Workshop, group: str) -> list[str]:
    return [event["message"] for event in workshop.client("logs").filter_log_events(logGroupName=group)["events"]]


@pytest.fixture
def bucket(workshop: Workshop) -> str:
    name = f"items-{uuid4().hex[:8]}"
    workshop.client("s3").create_bucket(Bucket=name)
    return name


class Machine:
    """A state machine of the twin's account, run to its end."""

    def __init__(self, workshop: Workshop, definition: dict[str, Any], **settings: Any) -> None:
        self.workshop, self.client = workshop, workshop.client("stepfunctions")
        self.name = f"machine-{uuid4().hex[:8]}"
        text = json.dumps({"QueryLanguage": "JSONata", **definition})
        role = settings.pop("role", None) or workshop.role("states.amazonaws.com")
        self.arn = self.client.create_state_machine(name=self.name, definition=text, roleArn=role, **settings)[
            "stateMachineArn"
        ]

    def start(self, event: Any = None, name: str | None = None) -> str:
        arguments = {"name": name} if name else {}
        return str(
            self.client.start_execution(stateMachineArn=self.arn, input=json.dumps(event or {}), **arguments)[
                "executionArn"
            ]
        )

    def end_of(self, execution: str, seconds: float = 120) -> dict[str, Any]:
        deadline = time.monotonic() + seconds
        while (found := self.client.describe_execution(executionArn=execution))["status"] == "RUNNING":
            assert time.monotonic() < deadline, self.history(execution)
            time.sleep(0.005)
        return dict(found)

    def run(self, event: Any = None) -> dict[str, Any]:
        return self.end_of(self.start(event))

    def output(self, event: Any = None) -> Any:
        ended = self.run(event)
        assert ended["status"] == "SUCCEEDED", ended
        return json.loads(ended["output"])

    def history(self, execution: str) -> list[dict[str, Any]]:
        return list(self.client.get_execution_history(executionArn=execution)["events"])


def entered(events: list[dict[str, Any]]) -> list[str]:
    return [event["stateEnteredEventDetails"]["name"] for event in events if "stateEnteredEventDetails" in event]


def one(state: dict[str, Any], **others: dict[str, Any]) -> dict[str, Any]:
    return {"StartAt": "One", "States": {"One": state, **others}}


def passing(**fields: Any) -> dict[str, Any]:
    return {"Type": "Pass", "End": True, **fields}


def invoke(function: str, payload: Any = "{% $states.input %}", **fields: Any) -> dict[str, Any]:
    end = {} if "Next" in fields else {"End": True}
    arguments = {"FunctionName": function, "Payload": payload}
    return {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Arguments": arguments, **end, **fields}


def inline(states: dict[str, Any], **fields: Any) -> dict[str, Any]:
    processor = {"ProcessorConfig": {"Mode": "INLINE"}, **states}
    return {"Type": "Map", "ItemProcessor": processor, "End": True, **fields}


def distributed(states: dict[str, Any], **fields: Any) -> dict[str, Any]:
    processor = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, **states}
    return {"Type": "Map", "Label": "Many", "ItemProcessor": processor, "End": True, **fields}


def reader(bucket: str, key: str, kind: str) -> dict[str, Any]:
    return {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": {"InputType": kind},
        "Arguments": {"Bucket": bucket, "Key": key},
    }
