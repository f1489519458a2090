"""Make this checkout ready: `.venv` with everything locked in `uv.lock`, and the pinned CDK CLI in `node_modules`.

Needs Python 3.11 or newer with venv and pip, and nothing else: uv comes from PyPI, and so does Node.
A second run, with nothing changed, does nothing.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
STAMP = VENV / ".twinstage-setup"
UV = "uv==0.13.9"
OLDEST_PYTHON = (3, 11)
LOCKS = ("pyproject.toml", "uv.lock", "package.json", "package-lock.json", "tools/setup.py")


def main() -> int:
    """Set up, or find that nothing has to be done."""
    if sys.version_info < OLDEST_PYTHON:
        sys.stderr.write(
            f"Python {'.'.join(map(str, OLDEST_PYTHON))} or newer is needed, this is {sys.version.split()[0]}\n"
        )
        return 2
    state = digest()
    if STAMP.is_file() and STAMP.read_text() == state and (ROOT / "node_modules" / ".bin" / "cdk").exists():
        return 0
    if not (BIN / "uv").exists():
        say(f"creating .venv with {UV}")
        if not (BIN / "python").exists():
            venv.create(VENV, with_pip=False)
        run(str(BIN / "python"), "-m", "ensurepip", "--upgrade")
        run(str(BIN / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", UV)
    say("installing what uv.lock pins, with a Node from PyPI")
    run(str(BIN / "uv"), "sync", "--quiet", "--frozen", "--inexact", env={"UV_PROJECT_ENVIRONMENT": str(VENV)})
    say("installing the CDK CLI that package-lock.json pins")
    npm = shutil.which("npm", path=path()) or "npm"
    run(npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-progress", "--loglevel=error")
    STAMP.write_text(state)
    return 0


def digest() -> str:
    """What the set-up depends on."""
    found = hashlib.sha256(sys.version.encode())
    for name in LOCKS:
        found.update((ROOT / name).read_bytes())
    return found.hexdigest()


def path() -> str:
    """PATH with the environment's own programs first."""
    return os.pathsep.join([str(BIN), os.environ.get("PATH", "")])


def run(*command: str, env: dict[str, str] | None = None) -> None:
    """Run one step in the checkout; its failure is the set-up's."""
    subprocess.run(
        command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, env={**os.environ, "PATH": path(), **(env or {})}
    )


def say(text: str) -> None:
    """One line a step."""
    sys.stderr.write(f"setup: {text}\n")


if __name__ == "__main__":
    try:
        sys.exit(main())
    except subprocess.CalledProcessError as error:
        sys.stderr.write(f"setup: {' '.join(map(str, error.cmd))} failed with {error.returncode}\n")
        sys.exit(5)
