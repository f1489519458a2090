"""The reports of whatever a folder holds the results of: a rehearsal, a data product's rehearsal, a stress."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from twinstage.cli.options import open_run
from twinstage.model.errors import InputError, InputProblem
from twinstage.model.reading.json_document import MALFORMED, not_json, record
from twinstage.model.validation import schema_problems
from twinstage.report import load_run, render
from twinstage.report.pipeline_files import GRAPH, render_pipeline
from twinstage.report.stress_page import RESULT, render_stress
from twinstage.twin.graph.reading import read_graph

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

LARGEST_BYTES: Final = 256 << 20


def reports_of(folder: Path) -> dict[str, bytes]:
    """Every document of the report, by its file's name. Raises InputError where the folder holds no results, or others than it says."""
    result = folder / RESULT
    if (folder / "input/run.json").exists() or not result.is_file():
        return render(load_run(open_run(folder)))
    document = _result(result)
    given = document.get("schema") if isinstance(document, dict) else None
    schema, rendered = _KINDS.get(given, ("", None)) if isinstance(given, str) else ("", None)
    if rendered is None:
        message = f"a result of none of {', '.join(_KINDS)}"
        raise InputError([InputProblem(str(result), 0, "/schema", message, "give a folder that a command has written")])
    if problems := schema_problems(schema, document, str(result)):
        raise InputError(problems)
    return rendered(document, folder)


def _result(file: Path) -> Any:
    if file.stat().st_size > LARGEST_BYTES:
        raise InputError([InputProblem(str(file), 0, "", f"at most {LARGEST_BYTES} bytes are read")])
    try:
        return record(text := file.read_bytes())
    except MALFORMED as error:
        raise InputError([not_json(str(file), error, text=text.decode(errors="replace"))]) from error


def _pipeline(document: Mapping[str, Any], folder: Path) -> dict[str, bytes]:
    return render_pipeline(document, read_graph(folder / GRAPH))


def _stress(document: Mapping[str, Any], _folder: Path) -> dict[str, bytes]:
    return render_stress(document)


_KINDS: Final[Mapping[str, tuple[str, Callable[[Mapping[str, Any], Path], dict[str, bytes]]]]] = {
    "twinstage:twin_rehearse:1": ("twin_rehearse", _pipeline),
    "twinstage:stress:1": ("stress", _stress),
}
