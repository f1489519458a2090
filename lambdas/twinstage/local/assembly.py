"""Cloud assemblies, kept by what they were made of: the same sources and context are synthesized once."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twinstage.local.cdk_environment import base_environment, last_lines
from twinstage.model.errors import TwinstageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SOURCES = ("constructs", "stacks", "lambdas/twinstage", "lambdas/twinstage_recorder")
FILES = ("cdk.json", "uv.lock")
SUFFIXES = frozenset({".py", ".json"})
KEPT = 8
IN_USE_S = 3600
TIMEOUT_S = 600


def digest(app: Path, context: Mapping[str, Any]) -> str:
    """SHA-256 (hex) of everything an assembly depends on: the app, its sources, the lock, the context.

    A context value that names an existing file or directory counts with its content, so that a changed input is a new assembly.
    """
    project, found = app.parent, hashlib.sha256()
    for path in _sources(app):
        found.update(f"{path.relative_to(project)}\0".encode())
        found.update(hashlib.sha256(path.read_bytes()).digest())
    found.update(json.dumps(context, sort_keys=True).encode())
    for path in sorted(_named(context, project)):
        found.update(f"{path}\0".encode())
        found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()


def _sources(app: Path) -> Iterator[Path]:
    yield app
    yield from (path for name in FILES if (path := app.parent / name).exists())
    for folder in SOURCES:
        yield from sorted(
            path for path in (app.parent / folder).rglob("*") if path.suffix in SUFFIXES and path.is_file()
        )


def _named(value: Any, project: Path) -> Iterator[Path]:
    """The files that a context value names, directly or by their directory."""
    if isinstance(value, dict | list):
        for member in value.values() if isinstance(value, dict) else value:
            yield from _named(member, project)
    elif isinstance(value, str) and os.sep in value:
        path = project / value
        if path.is_dir():
            yield from (file for file in path.rglob("*") if file.is_file())
        elif path.is_file():
            yield path


def synthesize(app: Path, out: Path, context: Mapping[str, Any]) -> Path:
    """The cloud assembly of `app` with this context, in a directory of `out` named by its digest.

    `app` is run as `python app.py`, with no credentials; the context of the project's cdk.json comes first. The assembly is made
    beside its place and renamed into it, so that nobody sees half of one. Old assemblies go. Raises TwinstageError when the app fails.
    """
    app = app.resolve()
    settings = app.parent / "cdk.json"
    own = json.loads(settings.read_text()).get("context", {}) if settings.exists() else {}
    complete = {**own, **context}
    place = out.resolve() / digest(app, complete)
    if not place.exists():
        out.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=".synth-", dir=out))
        try:
            _run(app, fresh, complete)
            _settle(fresh, place)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    os.utime(place)
    _prune(place.parent)
    return place


def _run(app: Path, fresh: Path, context: Mapping[str, Any]) -> None:
    environment = {**base_environment(), "CDK_OUTDIR": str(fresh), "CDK_CONTEXT_JSON": json.dumps(context)}
    done = subprocess.run(
        [sys.executable, str(app)],
        cwd=app.parent,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=TIMEOUT_S,
    )
    if done.returncode != 0 or not (fresh / "manifest.json").exists():
        raise TwinstageError("SYNTH_FAILED", "\n".join([f"{app.name} did not synthesize:", *last_lines(done.stdout)]))


def _settle(fresh: Path, place: Path) -> None:
    try:
        fresh.rename(place)
    except OSError:
        # Somebody else made the same assembly meanwhile: theirs is as good.
        if not place.exists():
            raise


def _prune(out: Path) -> None:
    """Remove all but the newest assemblies, and none that was used within the hour: it may be in use."""
    made = sorted(
        (path for path in out.iterdir() if path.is_dir()), key=lambda path: path.stat().st_mtime, reverse=True
    )
    for path in made[KEPT:]:
        if time.time() - path.stat().st_mtime > IN_USE_S:
            shutil.rmtree(path, ignore_errors=True)
