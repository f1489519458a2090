"""A load's result as JSON: what the schema does not allow, and what contradicts itself, is refused with its place."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from twinstage.model.errors import InputError
from twinstage.stress.metrics.level_tally import Level
from twinstage.stress.metrics.load_document import load_document, load_of
from twinstage.stress.metrics.recorder import Recorder
from twinstage.stress.metrics.resource_use import QuotaUse
from twinstage.stress.metrics.result import GeneratorHealth

S = 1_000_000_000


def document() -> dict[str, Any]:
    recorder = Recorder("plans", "twin", "open", {"profile": "step"}, [Level(0, 0, S, 2.0), Level(1, S, 2 * S)])
    recorder.declare("lock:a", "lock", 1.0, "a.limit", "a")
    recorder.use("lock:a", 0, S)
    recorder.answered("get", "a", 0, 1000, 2000, 3000, "throttled:x", 0.5, 1.0)
    recorder.answered("get", "a", S, 0, None, 3000)
    recorder.call("dynamodb.GetItem", 5000)
    recorder.invoked(S, 128)
    recorder.quota("q", QuotaUse(1_000_000, 5.0))
    return load_document(recorder.result(GeneratorHealth(2, 500.0, 0.4, reasons=("it fell behind",))))


VALID = document()


def having(value: Any, *path: Any) -> dict[str, Any]:
    changed = copy.deepcopy(VALID)
    place: Any = changed
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return changed


def places(wrong: Any) -> list[str]:
    with pytest.raises(InputError) as refused:
        load_of(wrong, "load.json")
    assert {problem.file for problem in refused.value.problems} == {"load.json"}
    return [problem.pointer for problem in refused.value.problems]


def test_a_document_says_what_it_is_and_is_read_back() -> None:
    assert VALID["schema"] == "twinstage:load_result:1"
    assert load_document(load_of(VALID)) == VALID


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        (None, ""),
        (having("twinstage:load_result:2", "schema"), "/schema"),
        (having("aws", "world"), "/world"),
        (having(1, "colour"), ""),
        (having(-1, "duration_us"), "/duration_us"),
        (having("disk", "resources", "lock:a", "kind"), "/resources/lock:a/kind"),
        (having(0.3, "operations", "get", "read_units"), "/operations/get/read_units"),
        (having(True, "operations", "get", "keys", "counts"), "/operations/get/keys/counts"),
        (having([[0, 1, 0, "xyz"]], "operations", "get", "keys", "sketch"), "/operations/get/keys/sketch/0/3"),
        (having([[256, 1, 0, "0"]], "operations", "get", "keys", "sketch"), "/operations/get/keys/sketch/0/0"),
        (having(None, "generator", "reasons"), "/generator/reasons"),
    ],
)
def test_what_the_schema_does_not_allow_is_refused(wrong: Any, place: str) -> None:
    assert places(wrong) == [place]


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        (having(7, "windows", 0, "begin_us"), "/windows"),
        (having(2_000_000, "windows", 1, "width_us"), "/windows"),
        (having(0, "levels", 1, "index"), "/levels"),
        (having(0, "levels", 1, "end_us"), "/levels/1"),
        (having(5, "operations", "get", "answered"), "/operations/get"),
        (having(9, "levels", 0, "throttled"), "/levels/0"),
        (having(9, "windows", 0, "ok"), "/windows/0"),
        (having("1:1", "operations", "get", "latency", "counts"), "/operations/get/latency"),
        (having(3, "generator", "lateness", "count"), "/generator/lateness"),
        (having([[0, 1, 0, "0"]], "operations", "get", "keys", "sketch"), "/operations/get/keys"),
    ],
)
def test_what_contradicts_itself_is_refused(wrong: Any, place: str) -> None:
    assert places(wrong) == [place]


def test_every_contradiction_is_told_at_once() -> None:
    wrong = having(9, "levels", 0, "throttled")
    wrong["operations"]["get"]["service"]["total_us"] = 10**9
    wrong["windows"][1]["begin_us"] = 5
    assert places(wrong) == ["/levels/0", "/operations/get/service", "/windows"]
