"""A whole rehearsal of `enactor-update` through the command line, as a user waits for it: cold assembly, then warm."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Measure and print."""
    shutil.rmtree(ROOT / ".build" / "assemblies", ignore_errors=True)
    for label in ("cold", "warm", "warm"):
        with tempfile.TemporaryDirectory() as folder:
            command = [
                str(Path(sys.executable).with_name("twinstage")),
                "rehearse",
                "enactor-update",
                "--local",
                "--store",
                folder,
            ]
            started = time.perf_counter()
            done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
            print(f"rehearsal, {label}: {time.perf_counter() - started:.1f} s wall, exit {done.returncode}")
    print(done.stderr)


if __name__ == "__main__":
    main()
