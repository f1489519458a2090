"""The console's pages. Everything that they show was read from results; everything that they do, a command does as well."""

from __future__ import annotations

import secrets
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from flask import Flask, abort, jsonify, redirect, render_template, request, send_file, url_for
from werkzeug.exceptions import HTTPException

from twinstage.cli.scenario_file import FILE
from twinstage.cli.ui.guard import guard
from twinstage.cli.ui.runs import FILES, UNDER_WAY
from twinstage.model.approval import APPROVE, REJECT
from twinstage.model.errors import TwinstageError
from twinstage.report.text import clip, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from pathlib import Path

    from flask import Response
    from werkzeug.wrappers import Response as AnyResponse

    from twinstage.cli.ui.rehearsals import Rehearsal, Rehearsals
    from twinstage.cli.ui.runs import Run, Runs

LARGEST_FORM = 64 << 10


def console_app(
    runs: Runs,
    rehearsals: Rehearsals,
    scenarios: Callable[[], Sequence[Path]],
    user: str,
    hosts: Collection[str],
    key: str,
) -> Flask:
    """The console over some runs. `scenarios` gives the scenario files that may be started, `user` is who decides where no other name is given, `hosts` are the names that requests may be for, `key` lets its user in."""
    app = Flask("twinstage.cli.ui", static_folder="static")
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_FORM
    guard(app, hosts, key)
    app.add_template_filter(_shown, "shown")
    app.add_template_filter(_when, "when")
    _reading(app, runs, rehearsals, scenarios, user)
    _acting(app, runs, rehearsals, scenarios, user)

    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> tuple[str, int]:
        code = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
        return render_template("refused.html", code=code, name=error.name, why=error.description or ""), code

    return app


def _reading(
    app: Flask, runs: Runs, rehearsals: Rehearsals, scenarios: Callable[[], Sequence[Path]], user: str
) -> None:
    @app.get("/")
    def index() -> str:
        names = [_named(path) for path in scenarios()]
        return render_template("index.html", runs=runs.every(), started=rehearsals.every(), scenarios=names, user=user)

    @app.get("/runs/<name>")
    def run(name: str) -> str:
        return _run_page(runs, rehearsals, name, user)

    @app.get("/runs/<name>/<path:file>")
    def result(name: str, file: str) -> Response:
        place = runs.place(name)
        found = None if place is None or file not in FILES else (place / file).resolve()
        # A link may lead anywhere.
        if place is None or found is None or not found.is_file() or found.parent != place.resolve():
            abort(HTTPStatus.NOT_FOUND)
        served = send_file(found, mimetype=FILES[file])
        if file == "report.html":
            # Its own policy is stricter, and knows its style.
            served.headers["Content-Security-Policy"] = "sandbox; frame-ancestors 'none'"
        return served

    @app.get("/runs/<name>/progress")
    def progress(name: str) -> Response:
        started = rehearsals.one(name)
        if started is None:
            abort(HTTPStatus.NOT_FOUND)
        after = request.args.get("after", 0, type=int)
        found = runs.one(name)
        return jsonify(
            lines=[_shown(line) for line in started.lines[max(0, after) :]],
            next=len(started.lines),
            running=started.code is None,
            waits=found is not None and found.waits,
        )


def _acting(app: Flask, runs: Runs, rehearsals: Rehearsals, scenarios: Callable[[], Sequence[Path]], user: str) -> None:
    @app.post("/rehearsals")
    def start() -> AnyResponse:
        known = {_named(path): path for path in scenarios()}
        path = known.get(request.form.get("scenario", ""))
        if path is None:
            abort(HTTPStatus.BAD_REQUEST, "no such scenario")
        label = "".join(c if c.isalnum() else "-" for c in _named(path))[:60].strip("-")
        name = f"{label}-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}-{secrets.token_hex(2)}"
        rehearsals.start(name, str(path), request.form.get("as", "").strip() or user)
        return redirect(url_for("run", name=name), HTTPStatus.SEE_OTHER)

    @app.post("/runs/<name>/stop")
    def stop(name: str) -> AnyResponse:
        started = rehearsals.one(name)
        if started is None:
            abort(HTTPStatus.NOT_FOUND)
        started.stop()
        return redirect(url_for("run", name=name), HTTPStatus.SEE_OTHER)

    @app.post("/runs/<name>/decision")
    def decide(name: str) -> tuple[str, int] | AnyResponse:
        desk, word = runs.desk(name), request.form.get("decision", "")
        if desk is None:
            abort(HTTPStatus.NOT_FOUND)
        if word not in (APPROVE, REJECT):
            abort(HTTPStatus.BAD_REQUEST, "neither approved nor rejected")
        reason = request.form.get("reason", "").strip()
        if word == REJECT and not reason:
            return _run_page(runs, rehearsals, name, user, refused="Say why you reject it."), HTTPStatus.BAD_REQUEST
        try:
            desk.say(request.form.get("as", "").strip() or user, word, reason)
        except TwinstageError as error:
            told = f"{error.code}: {error.message}" + (f" ({error.hint})" if error.hint else "")
            return _run_page(runs, rehearsals, name, user, refused=told), HTTPStatus.CONFLICT
        return redirect(url_for("run", name=name), HTTPStatus.SEE_OTHER)


def _run_page(runs: Runs, rehearsals: Rehearsals, name: str, user: str, refused: str = "") -> str:
    """The page of one run, which may have only been started. Aborts where nobody knows it."""
    found, started = runs.one(name), rehearsals.one(name)
    if found is None and started is None:
        abort(HTTPStatus.NOT_FOUND)
    standing, broken = None, ""
    try:
        standing = runs.standing(name)
    except TwinstageError as error:
        broken = f"{error.code}: {error.message}"
    return render_template(
        "run.html",
        name=name,
        run=found,
        started=started,
        standing=standing,
        refused=refused or broken,
        user=user,
        **_state(found, started),
    )


def _state(run: Run | None, started: Rehearsal | None) -> dict[str, Any]:
    """What is told of a run first: whether it goes on, and what it came to."""
    running = started is not None and started.code is None
    verdict = run.verdict if run is not None else UNDER_WAY
    if started is not None and not running and verdict == UNDER_WAY:
        verdict = "stopped" if started.stopping else f"ended with exit code {started.code}"
    return {"running": running, "verdict": verdict}


def _named(path: Path) -> str:
    """What a scenario file is called: its folder, and its own name where that is another than usual."""
    return path.parent.name if path.name == FILE else f"{path.parent.name}/{path.stem}"


def _shown(value: Any) -> str:
    """Text with nothing in it that is not seen."""
    return visible(clip(str(value), 2_000))


def _when(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(seconds))
