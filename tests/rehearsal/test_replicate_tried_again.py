"""Replicate tells what another invocation may mend from what none will: the machine tries again by the name of the error."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from small_scenario import ZONE_ID

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import Stage

pytestmark = [pytest.mark.engine, pytest.mark.cdk]


@contextmanager
def route53_that_answers(code: str) -> Iterator[str]:
    """A Route 53 that refuses everything with this code, under a status that botocore does not repeat by itself. Gives its endpoint."""
    body = f"<ErrorResponse><Error><Code>{code}</Code><Message>not now</Message></Error></ErrorResponse>".encode()

    class Refusing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(400)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Refusing)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def replicated(stage: Stage, endpoint: str | None = None) -> dict[str, Any]:
    """What the Replicate function gives back for the zone, with Route 53 at `endpoint`."""
    functions = stage.rehearsal.engine.client(stage.rehearsal.engine.accounts.twin, "lambda")
    name = f"twin-{stage.twin.spec.run}-Replicate"
    deployed = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    other = {"AWS_ENDPOINT_URL_ROUTE_53": endpoint} if endpoint else {}
    functions.update_function_configuration(FunctionName=name, Environment={"Variables": deployed | other})
    part = {"kind": "zone", "zone": ZONE_ID}
    payload = json.dumps({"run": stage.twin.spec.run, "arm": "baseline", "part": part})
    try:
        answer = functions.invoke(FunctionName=name, Payload=payload)
    finally:
        functions.update_function_configuration(FunctionName=name, Environment={"Variables": deployed})
    found: dict[str, Any] = json.loads(answer["Payload"].read())
    return found


def test_what_aws_would_not_do_now_is_tried_again_and_what_it_will_not_do_is_not(stage: Stage, tmp_path: Path) -> None:
    stage.rehearsal.execute(stage.twin, tmp_path, name="replicated-before")

    with route53_that_answers("ServiceUnavailable") as endpoint:
        now = replicated(stage, endpoint)
    with route53_that_answers("AccessDenied") as endpoint:
        never = replicated(stage, endpoint)

    assert (now["errorType"], "ServiceUnavailable" in now["errorMessage"]) == ("TryAgain", True)
    assert (never["errorType"], "AccessDenied" in never["errorMessage"]) == ("AwsError", True)
    assert replicated(stage) == {"done": True}
