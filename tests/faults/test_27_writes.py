"""Fault 27: a put is lost, or the disk is full. Nothing says that something was stored before it was read back."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.state.sample_snapshots import snapshot_of, source
from twinstage.model.errors import TwinstageError
from twinstage.state.snapshot import part_problems, snapshot_ids
from twinstage.state.snapshot_copy import copy_snapshot
from twinstage.world.store import DirectoryStore

SEEDS = range(20)
ROOT = Path(__file__).parents[2]


class LosingStore(DirectoryStore):
    """A store that acknowledges every put, and loses or changes the one that a seed says."""

    def __init__(self, root: Path, seed: int, puts: int) -> None:
        super().__init__(root)
        self.random, self.puts = random.Random(seed), 0  # noqa: S311 faults that a seed repeats
        self.loses = self.random.randrange(puts)

    def put(self, key: str, data: bytes) -> None:
        self.puts += 1
        if self.puts - 1 != self.loses:
            super().put(key, data)
        elif self.random.random() < 0.5:
            flipped = bytearray(data)
            flipped[self.random.randrange(len(data))] ^= 1
            super().put(key, bytes(flipped))


def puts_of_a_capture(folder: Path) -> int:
    counting = LosingStore(folder, 0, 1)
    counting.loses = -1
    snapshot_of(source(), counting)
    return counting.puts


@pytest.mark.parametrize("seed", SEEDS)
def test_a_capture_whose_put_is_lost_is_refused_and_leaves_no_snapshot(tmp_path: Path, seed: int) -> None:
    puts = puts_of_a_capture(tmp_path / "counting")
    store = LosingStore(tmp_path / "store", seed, puts)

    with pytest.raises(TwinstageError, match="what comes back is not what was put"):
        snapshot_of(source(), store)

    intact = DirectoryStore(tmp_path / "store")
    # The manifest is put last: where it is the one that was changed, it is a file that nobody opens as a snapshot.
    assert store.loses == puts - 1 or not list(snapshot_ids(intact))
    again = snapshot_of(source(), intact)
    assert part_problems(intact, again) == []


@pytest.mark.parametrize("seed", SEEDS)
def test_a_copy_whose_put_is_lost_is_refused_and_mended_by_the_next(tmp_path: Path, seed: int) -> None:
    whole = DirectoryStore(tmp_path / "whole")
    snapshot = snapshot_of(source(), whole)
    target = LosingStore(tmp_path / "target", seed, len(list(whole.list("objects/"))))

    with pytest.raises(TwinstageError, match="what comes back is not what was put"):
        copy_snapshot(whole, target, snapshot)

    assert not list(snapshot_ids(target))
    copy_snapshot(whole, target, snapshot)
    assert part_problems(target, snapshot) == []


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from tests.state.sample_snapshots import snapshot_of, source
from twinstage.state.snapshot import snapshot_ids
from twinstage.world.store import DirectoryStore

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
whole = DirectoryStore(Path(sys.argv[1]) / "whole")
wanted = snapshot_of(source(), whole)
largest = max(path.stat().st_size for path in whole.root.rglob("*") if path.is_file())
for seed in range(20):
    store = DirectoryStore(Path(sys.argv[1]) / str(seed))
    limit = seed * (largest - 1) // 19
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    try:
        snapshot_of(source(), store)
    except OSError:
        assert not list(snapshot_ids(store)), "a snapshot that was not written whole"
        assert not [path for path in store.root.rglob(".put-*")], "what was begun is left"
    else:
        raise SystemExit("the disk was not full")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert snapshot_of(source(), store).digest == wanted.digest
print("done")
"""


def test_a_full_disk_leaves_no_snapshot_and_nothing_half_written(tmp_path: Path) -> None:
    """RLIMIT_FSIZE, at twenty sizes below the largest file: the kernel refuses to write on."""
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path)],
        cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT}:{ROOT / 'lambdas'}", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr
