"""The distribution as users get it: built from the sources, and installed where no checkout is near."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

ROOT = Path(__file__).parents[2]


def build(out: Path) -> dict[str, Path]:
    """The sdist, and the wheel that is built from it, by their kind."""
    uv = str(Path(sys.executable).with_name("uv"))
    subprocess.run([uv, "build", "--quiet", "--out-dir", str(out)], cwd=ROOT, check=True, capture_output=True)
    (sdist,), (wheel,) = out.glob("*.tar.gz"), out.glob("*.whl")
    return {"sdist": sdist, "wheel": wheel}


def beside(wheel: Path, place: Path) -> Path:
    """The programs of an environment that holds the wheel, and whatever else this one holds."""
    venv.create(place, with_pip=False)
    uv, python = str(Path(sys.executable).with_name("uv")), place / "bin/python"
    install = [uv, "pip", "install", "--quiet", "--no-deps", "--python", str(python), str(wheel)]
    subprocess.run(install, check=True, capture_output=True, cwd=place)
    (site,) = place.glob("lib/python*/site-packages")
    # Last on the path, and without the checkout's own entry there: what the wheel brings goes before.
    (site / "zz-others.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    return place / "bin"


def environment(programs: Path, home: Path) -> dict[str, str]:
    """A process's environment in which nothing leads to the checkout."""
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    path = os.pathsep.join([str(programs), str(Path(sys.executable).parent), os.environ["PATH"]])
    return {**kept, "PATH": path, "HOME": str(home), "TWINSTAGE_HOME": str(home / "twinstage"), "NO_COLOR": "1"}
