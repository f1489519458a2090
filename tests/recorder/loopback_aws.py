"""Just enough of DynamoDB and Lambda on loopback to be called, and the recorder around a handler in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
DRIVER = """
import json, sys
import twinstage_recorder
for event in json.loads(sys.argv[1]):
    print("answer " + json.dumps(twinstage_recorder.handler(event, None)), flush=True)
    getattr(sys.modules.get("app"), "between", lambda: None)()
"""
LAYOUT = "import boto3\ndynamodb = boto3.client('dynamodb')\n"


@dataclass
class Aws:
    """The server. `functions`: name -> (payload, FunctionError); `released` is set by a GetItem of the table `release`, which one of `slow` waits for. The next `throttles` requests to the table `busy` are refused."""

    functions: dict[str, tuple[Any, str]] = field(default_factory=dict)
    released: threading.Event = field(default_factory=threading.Event)
    port: int = 0
    throttles: int = 2

    def answer(self, path: str, target: str, body: bytes) -> tuple[int, dict[str, str], Any]:
        """Status, headers and document of one answer."""
        if "/invocations" in path:
            payload, error = self.functions[path.split("/")[3]]
            return 200, {"X-Amz-Function-Error": error} if error else {}, payload
        table = json.loads(body).get("TableName")
        if table == "gone":
            return 400, {}, {"__type": "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException", "message": "gone"}
        if table == "busy" and self.throttles > 0:
            self.throttles -= 1
            return 400, {}, {"__type": "com.amazonaws.dynamodb.v20120810#ThrottlingException", "message": "busy"}
        if table == "release":
            self.released.set()
        if table == "slow" and not self.released.wait(20):
            return 500, {}, {}
        return 200, {}, {"Item": {"pk": {"S": "1"}}} if target.endswith("GetItem") else {}

    def serve(self) -> ThreadingHTTPServer:
        """Start to listen."""
        aws = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                status, headers, document = aws.answer(self.path, self.headers.get("X-Amz-Target", ""), body)
                data = json.dumps(document).encode()
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(data))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *args: Any) -> None:
                """Say nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        self.port = server.server_port
        return server


@dataclass
class Layer:
    """The recorder as Lambda would run it."""

    aws: Aws
    folder: Path

    def run(self, code: str, *events: Any, handler: str = "app.handler", **environment: str) -> list[dict[str, Any]]:
        """The recorder's answer for each event, all in one process."""
        (self.folder / "app.py").write_text(code)
        variables = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": f"{self.folder}{os.pathsep}{ROOT / 'lambdas'}",
            "TWINSTAGE_HANDLER": handler,
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.aws.port}",
            "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_CONFIG_FILE": os.devnull,
            **environment,
        }
        command = [sys.executable, "-c", DRIVER, json.dumps(events or [{}])]
        ran = subprocess.run(
            command, cwd=self.folder, env=variables, capture_output=True, text=True, check=False, timeout=240
        )
        assert ran.returncode == 0, ran.stderr
        return [json.loads(line[7:]) for line in ran.stdout.splitlines() if line.startswith("answer ")]
