"""A load's result as JSON, and back: `model/schemas/load_result.schema.json` is its truth. Equal results give equal canonical bytes."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

from twinstage.model.errors import InputError, InputProblem, TwinstageError
from twinstage.model.validation import schema_problems
from twinstage.stress.metrics.histogram import Histogram
from twinstage.stress.metrics.key_sketch import Cell, KeySketch
from twinstage.stress.metrics.keys import KeyUse
from twinstage.stress.metrics.level import LevelResult
from twinstage.stress.metrics.operation import CallUse, FunctionUse, OperationResult
from twinstage.stress.metrics.resource_use import QuotaUse, ResourceUse
from twinstage.stress.metrics.result import GeneratorHealth, LoadResult
from twinstage.stress.metrics.window import Window

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SCHEMA_ID: Final = "twinstage:load_result:1"
_SCHEMA: Final = "load_result"
T = TypeVar("T")


def load_document(result: LoadResult) -> dict[str, Any]:
    """The document of a result."""
    return {"schema": SCHEMA_ID, **_document(result)}


def load_of(document: Any, file: str = "load result") -> LoadResult:
    """The result of a document. Raises InputError with every problem: what the schema does not allow, or else what contradicts itself."""
    problems = schema_problems(_SCHEMA, document, file)
    if problems:
        raise InputError(problems)
    reader = _Reader(file)
    result = reader.result(document)
    if reader.problems:
        raise InputError(reader.problems)
    return result


def _document(value: Any) -> Any:
    if isinstance(value, Histogram):
        return value.document()
    if isinstance(value, KeySketch):
        return [[place, cell.requests, cell.half_units, f"{cell.bits:x}"] for place, cell in value.cells.items()]
    if is_dataclass(value):
        return {field.name: _document(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, (tuple, list)):
        return [_document(each) for each in value]
    if isinstance(value, dict):
        return {name: _document(each) for name, each in value.items()}
    return value


class _Reader:
    """Reads what the schema allows, and notes what contradicts itself, each with its place."""

    def __init__(self, file: str) -> None:
        self._file = file
        self.problems: list[InputProblem] = []

    def result(self, document: Mapping[str, Any]) -> LoadResult:
        whole = {name: value for name, value in document.items() if name != "schema"}
        whole["windows"] = tuple(self._each(document["windows"], "/windows", self._window))
        whole["levels"] = tuple(self._each(document["levels"], "/levels", self._level))
        widths = {window.width_us for window in whole["windows"]}
        begins = [window.begin_us for window in whole["windows"]]
        self._must(
            "/windows",
            len(widths) <= 1 and begins == [i * w for w in widths for i in range(len(begins))],
            "windows follow one another from 0, of one width",
        )
        numbers = [level.index for level in whole["levels"]]
        self._must("/levels", numbers == sorted(set(numbers)), "levels have an index each, ascending")
        whole["operations"] = self._named(document, "", "operations", self._operation)
        whole["resources"] = self._resources(document, "")
        whole["calls"] = self._named(document, "", "calls", lambda each, _: CallUse(**each))
        whole["quotas"] = self._named(document, "", "quotas", lambda each, _: QuotaUse(**each))
        whole["function"] = None if document["function"] is None else FunctionUse(**document["function"])
        health = document["generator"]
        read = {"lateness": self._histogram(health, "/generator", "lateness"), "reasons": tuple(health["reasons"])}
        whole["generator"] = GeneratorHealth(**{**health, **read})
        return LoadResult(**whole)

    def _window(self, document: Mapping[str, Any], place: str) -> Window:
        self._adds_up(document, place)
        return Window(**{**document, "latency": self._histogram(document, place, "latency")})

    def _level(self, document: Mapping[str, Any], place: str) -> LevelResult:
        self._adds_up(document, place)
        self._must(place, document["begin_us"] < document["end_us"], "a level ends after it begins")
        read = {name: self._histogram(document, place, name) for name in ("latency", "service")}
        return LevelResult(**{**document, **read, "resources": self._resources(document, place)})

    def _operation(self, document: Mapping[str, Any], place: str) -> OperationResult:
        self._adds_up(document, place)
        both = bool(document["keys"]["counts"]) and document["keys"]["sketch"] is not None
        self._must(f"{place}/keys", not both, "keys are counted one by one, or in a sketch")
        names = ("latency", "lateness", "wait", "service", "cpu")
        read = {name: self._histogram(document, place, name) for name in names}
        return OperationResult(**{**document, **read, "keys": _keys(document["keys"])})

    def _resources(self, document: Mapping[str, Any], place: str) -> dict[str, ResourceUse]:
        return self._named(document, place, "resources", lambda each, _: ResourceUse(**each))

    def _histogram(self, document: Mapping[str, Any], place: str, name: str) -> Histogram:
        try:
            return Histogram.of(document[name])
        except TwinstageError as error:
            self._must(f"{place}/{name}", False, error.message)
            return Histogram(document[name]["digits"])

    def _adds_up(self, document: Mapping[str, Any], place: str) -> None:
        parts = (
            document["ok"] + document["failed"] == document["answered"] and document["throttled"] <= document["failed"]
        )
        self._must(place, parts, "answered is what went well and what failed, and throttled are among the failed")

    def _named(self, document: Mapping[str, Any], place: str, name: str, read: Callable[[Any, str], T]) -> dict[str, T]:
        return {key: read(each, f"{place}/{name}/{key}") for key, each in sorted(document[name].items())}

    def _each(self, documents: list[Any], place: str, read: Callable[[Any, str], T]) -> list[T]:
        return [read(each, f"{place}/{index}") for index, each in enumerate(documents)]

    def _must(self, place: str, holds: bool, otherwise: str) -> None:
        if not holds:
            self.problems.append(InputProblem(self._file, 0, place, otherwise))


def _keys(document: Mapping[str, Any]) -> KeyUse:
    if document["sketch"] is not None:
        cells = {place: Cell(count, half, int(bits, 16)) for place, count, half, bits in document["sketch"]}
        return KeyUse(sketch=KeySketch(dict(sorted(cells.items()))))
    return KeyUse({key: (count, half) for key, (count, half) in sorted(document["counts"].items())})
