"""What a wheel brings of a checkout: laid out once in the user's cache, where things can be built beside it.

The wheel has the CDK app, the stacks, the scenarios and the pins of the CDK CLI in `twinstage/local/app`, as the repository has them at its root. Sources that are packages of
the wheel (`twinstage`, its constructs, the recorder) are copied beside them, so that the copy is complete: an environment may be read-only, and may be
replaced while a rehearsal runs.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Final

import twinstage

APP: Final = Path(__file__).with_name("app")
# Where a checkout has the packages of the wheel.
PACKAGES: Final = {
    "twinstage": "lambdas/twinstage",
    "twinstage_recorder": "lambdas/twinstage_recorder",
    "twinstage_constructs": "constructs/twinstage_constructs",
}


def laid_out() -> Path | None:
    """The copy of this very installation, made if it is not there yet. None where this is no installed wheel."""
    if not APP.is_dir():
        return None
    place = _cache() / "installed" / f"{twinstage.__version__}-{_identity()[:12]}"
    if not place.is_dir():
        _lay_out(place)
    return place


def _lay_out(place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place.parent) as scratch:
        fresh = Path(scratch) / "app"
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(APP, fresh, ignore=ignored)
        site = APP.parents[2]
        for package, target in PACKAGES.items():
            shutil.copytree(site / package, fresh / target, ignore=ignored)
        shutil.rmtree(fresh / "lambdas/twinstage/local/app")
        try:
            fresh.rename(place)
        except OSError:
            # Somebody else laid the same out meanwhile: theirs is as good.
            if not place.is_dir():
                raise


def _cache() -> Path:
    """Where this user's caches of Twinstage are: below `TWINSTAGE_HOME`, or where XDG keeps caches."""
    if given := os.environ.get("TWINSTAGE_HOME"):
        return Path(given) / "cache"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "twinstage"


def _identity() -> str:
    """SHA-256 (hex) of what was installed: a wheel's RECORD names every file by its own."""
    try:
        record = distribution("twinstage").read_text("RECORD")
    except PackageNotFoundError:
        record = None
    return hashlib.sha256((record or str(APP)).encode()).hexdigest()
