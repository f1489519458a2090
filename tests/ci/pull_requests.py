"""A loopback stand-in for GitHub's REST API, as far as comments of a pull request go; and a `gh` that asks it with real requests."""

from __future__ import annotations

import json
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TOKEN = "the-token-of-the-job"
BOT = "github-actions[bot]"
PAGE = 2
GH = """#!{python}
import json, os, re, subprocess, sys, urllib.request

arguments, method, query, body, pages = sys.argv[1:], "GET", None, {{}}, False
assert arguments.pop(0) == "api"
while arguments:
    word = arguments.pop(0)
    if word == "--method":
        method = arguments.pop(0)
    elif word == "--jq":
        query = arguments.pop(0)
    elif word == "--field":
        name, _, value = arguments.pop(0).partition("=")
        body[name] = open(value[1:], encoding="utf-8").read() if value.startswith("@") else value
    elif word == "--paginate":
        pages = True
    elif word != "--silent":
        url = os.environ["GITHUB_API_URL"] + "/" + word
while url:
    data = json.dumps(body).encode() if body else None
    request = urllib.request.Request(url, data, {{"Authorization": "token " + os.environ["GH_TOKEN"]}}, method=method)
    with urllib.request.urlopen(request) as answer:
        text, link = answer.read(), answer.headers.get("Link", "")
    if query:
        subprocess.run(["jq", "--raw-output", query], input=text, check=True)
    following = re.search(r'<([^>]*)>; rel="next"', link)
    url = following[1] if pages and following else None
"""


@dataclass
class PullRequest:
    """The comments of pull request 7 of acme/dns, oldest first, and every request that was made: method and path."""

    comments: list[dict[str, Any]] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    url: str = ""

    def say(self, login: str, body: str) -> None:
        """Somebody comments."""
        self.comments.append({"id": 100 + len(self.comments), "user": {"login": login}, "body": body})

    @property
    def of_the_job(self) -> list[str]:
        """What the job's own comments say."""
        return [comment["body"] for comment in self.comments if comment["user"]["login"] == BOT]


@contextmanager
def pull_request() -> Iterator[PullRequest]:
    """Listening on loopback, for as long as it is used."""
    pull = PullRequest()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = int(parse_qs(urlsplit(self.path).query).get("page", ["1"])[0])
            shown = pull.comments[(page - 1) * PAGE : page * PAGE]
            base = f"{pull.url}{urlsplit(self.path).path}"
            more = {"Link": f'<{base}?page={page + 1}>; rel="next"'} if page * PAGE < len(pull.comments) else {}
            self._answer(shown, more)

        def do_POST(self) -> None:
            pull.say(BOT, self._body())
            self._answer(pull.comments[-1])

        def do_PATCH(self) -> None:
            [mine] = [each for each in pull.comments if str(each["id"]) == self.path.rpartition("/")[2]]
            mine["body"] = self._body()
            self._answer(mine)

        def _body(self) -> str:
            return str(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["body"])

        def _answer(self, document: Any, headers: dict[str, str] | None = None) -> None:
            pull.asked.append((self.command, urlsplit(self.path).path))
            known = self.headers["Authorization"] == f"token {TOKEN}"
            text = json.dumps(document).encode()
            self.send_response(200 if known else 401)
            for name, value in {"Content-Length": str(len(text)), **(headers or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: Any) -> None:
            """Nothing: what was asked is kept."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    pull.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield pull
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def install_gh(folder: Path) -> None:
    """The program, which does what the action asks of the real one."""
    program = folder / "gh"
    program.write_text(GH.format(python=sys.executable))
    program.chmod(0o755)
