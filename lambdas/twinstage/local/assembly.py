"""Cloud assemblies, kept by what they were made of: the same sources and context are synthesized once."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twinstage.local.cdk_environment import OUTPUT_LINES, base_environment, last_lines
from twinstage.model.errors import TwinstageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SOURCES = ("constructs", "stacks", "lambdas/twinstage", "lambdas/twinstage_recorder")
FILES = ("cdk.json", "uv.lock")
SUFFIXES = frozenset({".py", ".json"})
KEPT = 8
IN_USE_S = 600
TIMEOUT_S = 600
FINDING = re.compile(r"^.*\b(?:ERROR|Violation)\b.*(?:\n[ \t]+\S.*)*", re.MULTILINE)
"""Of the report that the CDK prints of its policy validation plugins: the isolation audit's, cdk-nag's."""
NAMED_BY_CONTENT = re.compile(r"[0-9a-f]{64}")


def digest(app: Path, context: Mapping[str, Any]) -> str:
    """SHA-256 (hex) of everything an assembly depends on: the app, its sources, the lock, the context.

    A context value that names an existing file or directory counts with its content, wherever that lies; a directory of files
    that are named by their own SHA-256 does not count, since what is read of it is named elsewhere in the context.
    """
    project, found = app.parent, hashlib.sha256()
    for path in _sources(app):
        _add(found, str(path.relative_to(project)), path)
    found.update(json.dumps(_meaning(context, project), sort_keys=True).encode())
    return found.hexdigest()


def _sources(app: Path) -> Iterator[Path]:
    yield app
    yield from (path for name in FILES if (path := app.parent / name).exists())
    for folder in SOURCES:
        yield from sorted(
            path for path in (app.parent / folder).rglob("*") if path.suffix in SUFFIXES and path.is_file()
        )


def _add(found: hashlib._Hash, name: str, path: Path) -> None:
    found.update(f"{name}\0".encode())
    found.update(hashlib.sha256(path.read_bytes()).digest())


def _meaning(value: Any, project: Path) -> Any:
    """A context value with the content of what it names in the place of each path."""
    if isinstance(value, dict):
        return {key: _meaning(member, project) for key, member in value.items()}
    if isinstance(value, list):
        return [_meaning(member, project) for member in value]
    if isinstance(value, str) and os.sep in value and (project / value).exists():
        return _content(project / value)
    return value


def _content(path: Path) -> str:
    files = (
        [path]
        if path.is_file()
        else sorted(file for file in path.rglob("*") if file.is_file() and file.suffix != ".pyc")
    )
    found = hashlib.sha256()
    if not (files and path.is_dir() and all(NAMED_BY_CONTENT.fullmatch(file.name) for file in files)):
        for file in files:
            _add(found, str(file.relative_to(path)), file)
    return f"sha256:{found.hexdigest()}"


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
        told = [f"{app.name} did not synthesize:", *_findings(done.stdout), *last_lines(FINDING.sub("", done.stdout))]
        raise TwinstageError("SYNTH_FAILED", "\n".join(told))


def _findings(output: str) -> list[str]:
    """The first of what the validations of the app found, each with the indented lines below it; they stand far above the traceback."""
    return [line for found in FINDING.findall(output) for line in found.splitlines()][:OUTPUT_LINES]


def _settle(fresh: Path, place: Path) -> None:
    try:
        fresh.rename(place)
    except OSError:
        # Somebody else made the same assembly meanwhile: theirs is as good.
        if not place.exists():
            raise


def _prune(out: Path) -> None:
    """Remove all but the newest assemblies, and none that was used just now: it may be in use."""
    made = sorted(
        (path for path in out.iterdir() if path.is_dir()), key=lambda path: path.stat().st_mtime, reverse=True
    )
    for path in made[KEPT:]:
        if time.time() - path.stat().st_mtime > IN_USE_S:
            shutil.rmtree(path, ignore_errors=True)
