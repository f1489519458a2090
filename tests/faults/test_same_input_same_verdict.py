"""The same input with another hash seed, time zone, locale and order of its events: the same bytes, whatever the machine."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.state.memory_zones import change, rr
from tests.state.production_parts import item, production, write_dumps

ROOT = Path(__file__).parents[2]
SCENARIO = "enactor-stale-plan"
ZONES = ("UTC", "Pacific/Kiritimati", "America/St_Johns", "Asia/Kathmandu", "Pacific/Marquesas")
LOCALES = ("C", "C.UTF-8", "tr_TR.UTF-8", "de_DE.UTF-8", "POSIX")
# A start of the tool takes a second, a rehearsal ten: some in every test run, twenty with `make test-all`.
SOME = [*range(3), *(pytest.param(seed, marks=pytest.mark.long) for seed in range(3, 20))]


def surroundings(seed: int) -> dict[str, str]:
    """Another hash seed, time zone and locale for each seed."""
    rng = random.Random(seed)  # noqa: S311 surroundings that a seed repeats
    locale = rng.choice(LOCALES)
    return {
        **os.environ,
        "PYTHONHASHSEED": str(rng.randrange(2**32)),
        "TZ": rng.choice(ZONES),
        "LC_ALL": locale,
        "LANG": locale,
    }


def shuffled(file: Path, seed: int) -> None:
    """The same lines in another order."""
    lines = file.read_bytes().splitlines(keepends=True)
    random.Random(seed).shuffle(lines)  # noqa: S311 an order that a seed repeats
    file.write_bytes(b"".join(line if line.endswith(b"\n") else line + b"\n" for line in lines))


def twinstage(*arguments: object, seed: int, folder: Path) -> subprocess.CompletedProcess[bytes]:
    command = [str(Path(sys.executable).with_name("twinstage")), *map(str, arguments), "--json"]
    return subprocess.run(command, cwd=folder, env=surroundings(seed), capture_output=True, check=False)


def log() -> list[dict[str, object]]:
    """Changes whose order is told by their times alone: of one record set, of many, of items."""
    found: list[dict[str, object]] = []
    for second in range(60):
        record = rr(f"n{second % 7}.ex.test.", "A", f"192.0.2.{second}")
        payload: dict[str, object] = {"zone": "ex.test", "changes": [change("UPSERT", record)]}
        found.append(
            {
                "id": f"d{second}",
                "timestamp": f"2026-01-01T00:00:{second:02d}Z",
                "type": "dns_update",
                "payload": payload,
            }
        )
        keys, new = (
            {"pk": {"S": "plan"}, "sk": {"N": str(second)}},
            item("plan", str(second), generation={"N": str(second)}),
        )
        payload = {"table": "plans", "keys": keys, "old_image": None, "new_image": new}
        found.append(
            {
                "id": f"i{second}",
                "timestamp": f"2026-01-01T00:00:{second:02d}.5Z",
                "type": "item_change",
                "payload": payload,
            }
        )
    return found


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A store with a small snapshot, and its id."""
    folder = tmp_path_factory.mktemp("imported")
    write_dumps(folder / "dumps", production({"ex.test": []}, {"plans": []}))
    dumps = [f"--{kind}={folder / 'dumps' / kind}" for kind in ("zones", "tables")]
    done = twinstage("snapshot", "import", *dumps, "--store", folder / "store", seed=0, folder=folder)
    return folder / "store", json.loads(done.stdout)["snapshot"]


def replayed(imported: tuple[Path, str], folder: Path, seed: int) -> bytes:
    file = folder / f"{seed}.jsonl"
    file.write_text("".join(json.dumps(event) + "\n" for event in log()))
    shuffled(file, seed)
    store, snapshot = imported
    done = twinstage(
        "replay", "--snapshot", snapshot, "--events", file, "--store", store, "--unsigned", seed=seed, folder=folder
    )
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    # How long everything took: the only member that tells of the machine.
    del document["profile"]
    return json.dumps(document).encode()


@pytest.fixture(scope="module")
def first_replay(imported: tuple[Path, str], tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return replayed(imported, tmp_path_factory.mktemp("first"), 1000)


@pytest.mark.parametrize("seed", SOME)
def test_a_replay_tells_the_same_bytes(
    imported: tuple[Path, str], first_replay: bytes, tmp_path: Path, seed: int
) -> None:
    assert replayed(imported, tmp_path, seed) == first_replay


@pytest.fixture(scope="module")
def first_verdict(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return rehearsed(tmp_path_factory.mktemp("first"), None)


def rehearsed(folder: Path, seed: int | None) -> bytes:
    """The verdict of a whole rehearsal of a copy of the scenario, its events in the order that a seed says."""
    copy = folder / SCENARIO
    shutil.copytree(ROOT / "scenarios" / SCENARIO, copy)
    for shared in (ROOT / "scenarios").iterdir():
        if not (folder / shared.name).exists():
            (folder / shared.name).symlink_to(shared)
    if seed is not None:
        shuffled(copy / "events.jsonl", seed)
    place = ["--local", "--run-dir", folder / "run", "--store", folder / "store"]
    done = twinstage("rehearse", copy, *place, seed=seed or 0, folder=ROOT)
    assert done.returncode == 1, done.stderr
    return (folder / "run/verdict.json").read_bytes()


@pytest.mark.long
@pytest.mark.engine
@pytest.mark.cdk
@pytest.mark.parametrize("seed", range(1, 21))
def test_a_rehearsal_comes_to_the_same_verdict_byte_for_byte(first_verdict: bytes, tmp_path: Path, seed: int) -> None:
    assert rehearsed(tmp_path, seed) == first_verdict
