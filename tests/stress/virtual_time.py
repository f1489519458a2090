"""Loads on virtual time for tests: functions out of their code, a start out of requests, and one contained process that runs any number of loads."""

from __future__ import annotations

import pickle
import textwrap
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from twinstage.model.canonical import canonical_json
from twinstage.stress.metrics.load_document import load_document, load_of
from twinstage.stress.virtual.subject import Subject
from twinstage.world.contained import Function, Limits
from twinstage.world.memory.aws import AwsState, MemoryAws

if TYPE_CHECKING:
    from pathlib import Path

    from twinstage.model.load_profile import Load
    from twinstage.model.service_level import ServiceLevel
    from twinstage.stress.metrics.result import LoadResult
    from twinstage.world.contained import Containment

NOW_S = 1_750_000_000.0


def table(name: str, *items: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """The requests that make an on-demand table with the key `id` and these items."""
    made = {
        "TableName": name,
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
    }
    puts = [("dynamodb", "PutItem", {"TableName": name, "Item": item}) for item in items]
    return [("dynamodb", "CreateTable", made), *puts]


def world(*requests: tuple[str, str, dict[str, Any]]) -> AwsState:
    """What a fresh account holds after these requests: (service, operation, parameters)."""
    aws = MemoryAws(clock=lambda: NOW_S)
    for service, operation, parameters in requests:
        aws.answer(service, operation, parameters)
    return aws.state


@dataclass
class VirtualTime:
    """Runs loads in copies of one contained process."""

    containment: Containment
    root: Path
    made: int = field(default=0)

    def subject(self, code: str, start: AwsState | None = None, **more: Any) -> Subject:
        """A function of this code (`lambda_handler` in `handler.py`), on this start."""
        self.made += 1
        folder = self.root / f"function-{self.made}"
        folder.mkdir(parents=True)
        (folder / "handler.py").write_text(textwrap.dedent(code))
        function = Function("worker", folder, timeout_s=more.pop("timeout_s", 30), memory_mb=256)
        requests = more.pop("requests", ({},))
        return Subject("function worker", function, start or world(), requests, NOW_S, **more)

    def offered(self, subject: Subject, load: Load, shard: int = 0, of: int = 1) -> LoadResult:
        """What a load does to it."""
        return load_of(self._run("twinstage.rehearse.stress.contained_load:load_offered", subject, load, shard, of))

    def swept(self, subject: Subject, load: Load, level: ServiceLevel, for_s: float) -> tuple[float, float]:
        """The highest rate that was found to be kept up with, and the lowest that was not; see `tests.stress.sweeping`."""
        asked = {"p99_s": level.p99_s, "failed": level.failed, "for_s": for_s}
        held, broke = self._run("tests.stress.sweeping:swept", subject, load, 0, 1, **asked)
        return held, broke

    def _run(self, target: str, subject: Subject, load: Load, shard: int, of: int, **more: Any) -> Any:
        place = self.containment.folder / "subject.pickle"
        place.write_bytes(pickle.dumps((subject, load)))
        function = isinstance(subject.serves, Function)
        given = {"subject": str(place), "shard": shard, "of": of, "function": function, **more}
        return self.containment.run(target, given, limits=Limits())


def as_bytes(result: LoadResult) -> bytes:
    """A result as it is written."""
    return canonical_json(load_document(result))
