"""No credential in the repository: the shapes by which capture refuses a secret are looked for in every file of ours."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from twinstage.state.secret_shapes import SHAPES, shape_of

ROOT = Path(__file__).parents[2]
SKIPPED = {
    ".build",
    ".git",
    ".hypothesis",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    ".twinstage",
    ".venv",
    "__pycache__",
    "cdk.out",
    "node_modules",
}
# Where shapes of credentials are the subject: they are made up, and none of them opens anything.
ABOUT_SECRETS = {
    "lambdas/twinstage/state/secret_shapes.py",
    "tests/state/test_secrets.py",
    "tests/hygiene/test_no_secrets.py",
}
# AWS's own documentation signs its examples so, and loopback servers take any key.
MADE_UP = re.compile(r"AKIA[A-Z0-9]{9}EXAMPLE|(?:AKIA|ASIA)(?:IOSFODNN7EXAMPLE|I44QH8DHBEXAMPLE)")
LOUD = [(kind, shape) for kind, shape in SHAPES if kind not in ("a pre-signed AWS request", "an authorization header")]


def files() -> list[Path]:
    """Every text file of the repository: what git knows, or all there is where there is no git."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
        )
        found = [ROOT / line for line in listed.stdout.splitlines()]
    except (OSError, subprocess.CalledProcessError):
        found = [path for path in ROOT.rglob("*") if not SKIPPED & set(path.relative_to(ROOT).parts)]
    return [path for path in found if path.is_file() and path.relative_to(ROOT).as_posix() not in ABOUT_SECRETS]


def credentials(text: str) -> list[str]:
    """The kinds of credential in a text."""
    plain = MADE_UP.sub("", text)
    return [kind for kind, shape in LOUD if shape.search(plain)]


def test_no_file_holds_a_credential() -> None:
    looked_at, found = 0, {}
    for path in files():
        content = path.read_bytes()
        if b"\0" in content[:4096]:
            continue
        looked_at += 1
        if kinds := credentials(content.decode("utf-8", "replace")):
            found[path.relative_to(ROOT).as_posix()] = kinds
    assert looked_at > 500
    assert found == {}


@pytest.mark.parametrize(
    "planted",
    [
        "AKIA" + "Z7QXJ2LMN4PO5RTS",
        "-----BEGIN " + "RSA PRIVATE KEY-----",
        "ghp_" + "a1B2" * 9,
        "xoxb-" + "1234567890-abcdef",
    ],
)
def test_a_planted_credential_is_found(planted: str) -> None:
    assert credentials(f'key = "{planted}"\n')
    assert shape_of(planted)
