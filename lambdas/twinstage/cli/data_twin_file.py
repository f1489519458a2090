"""The file of a data product's twin, with everything it names: read and checked, every problem at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from twinstage.cli.data_twin_change import contract_change, standing_of, standing_rows
from twinstage.model.errors import InputError, InputProblem
from twinstage.model.pipeline_twin import Names, twin_definition
from twinstage.model.reading.json_document import MALFORMED, not_json, record
from twinstage.model.reading.machine_yaml import yaml_machine
from twinstage.model.reading.yaml_document import read_yaml
from twinstage.model.validation import pointer, schema_problems
from twinstage.rehearse.pipeline.product_snapshot import MEMORY_MB, TIMEOUT_S, PipelineFunction, deployed_name
from twinstage.twin.contracts.contract import read_contract
from twinstage.twin.sample.rows import sample_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from twinstage.model.reading.yaml_document import Located
    from twinstage.rehearse.pipeline.contract_change import ContractChange
    from twinstage.twin.contracts.contract import ReadContract

FILE = "data-twin.yaml"
MOST_INPUTS = 10_000


@dataclass(frozen=True)
class DataTwinFile:
    """A data product's twin, and how its pipeline is rehearsed. `rows` are by the contract's table names; `definition` is as the file has it.

    `change` is what is another one than what stands; None where nothing is. `lineage` is the file that says who reads the product.
    """

    path: Path
    name: str
    title: str
    contract: ReadContract
    contract_file: str
    definition: Mapping[str, Any]
    definition_file: str
    functions: Mapping[str, PipelineFunction]
    placeholders: Mapping[str, str]
    keep: tuple[str, ...]
    rows: Mapping[str, Sequence[Mapping[str, Any]]]
    inputs: Sequence[Any]
    executions: Mapping[str, Any] = field(default_factory=dict)
    change: ContractChange | None = None
    lineage: Path | None = None


def find_data_twin(given: Path) -> Path:
    """The file that is meant: itself, or the one in a folder. Raises InputError."""
    found = given / FILE if given.is_dir() else given
    if not found.is_file():
        raise InputError(
            [InputProblem(str(given), 0, "", f"no {FILE} there", f"give a folder with a {FILE}, or the file")]
        )
    return found


def load_data_twin(path: Path, runtime: str) -> DataTwinFile:
    """Read and check one. `runtime` is what functions run on that do not say. Raises InputError with every problem."""
    located = read_yaml(path)
    if problems := schema_problems("data_twin", located.document, str(path), located.lines):
        raise InputError(problems)
    return _Reader(path, located, runtime).read()


class _Reader:
    def __init__(self, path: Path, located: Located, runtime: str) -> None:
        self._path, self._located, self._runtime = path, located, runtime
        self._document: dict[str, Any] = located.document
        self._problems: list[InputProblem] = []

    def read(self) -> DataTwinFile:
        document = self._document
        contract = self._within(lambda: read_contract(self._file("contract")))
        definition = self._machine("pipeline", "definition")
        functions = self._functions()
        inputs = self._lines(("inputs",), self._file("inputs"))
        lineage = self._lineage()
        rows, change = self._rows(contract, functions, lineage)
        placeholders = document["pipeline"].get("placeholders", {})
        if contract is not None and definition is not None:
            tables = {deployed_name(table): deployed_name(table) for table in contract.product.tables}
            names, file = Names(list(functions), tables, placeholders), str(self._file("pipeline", "definition"))
            self._within(lambda: twin_definition(definition, names, file))
        if self._problems or contract is None or definition is None:
            raise InputError(self._problems)
        return DataTwinFile(
            self._path,
            document["name"],
            document.get("title", document["name"]),
            contract,
            str(self._file("contract")),
            definition,
            str(self._file("pipeline", "definition")),
            functions,
            placeholders,
            tuple(document["pipeline"].get("keep", ())),
            rows,
            inputs,
            document.get("executions", {}),
            change,
            lineage,
        )

    def _file(self, *place: str) -> Path:
        value: Any = self._document
        for member in place:
            value = value[member]
        return self._path.parent / str(value)

    def _lineage(self) -> Path | None:
        if "lineage" not in self._document:
            return None
        file = self._file("lineage")
        if file.is_file():
            return file
        self._problem(("lineage",), f"{file} is no file", "give OpenLineage events or a dbt manifest")
        return None

    def _machine(self, *place: str) -> dict[str, Any] | None:
        file = self._file(*place)
        try:
            content = file.read_bytes()
            located = yaml_machine(content, str(file))
            found = record(content) if located is None else located.document
        except InputError as error:
            self._problems.extend(error.problems)
        except OSError as error:
            self._problem(place, f"{file} cannot be read: {error.strerror}", "give a file that can be read")
        except MALFORMED as error:
            self._problems.append(not_json(str(file), error, "give a state machine as JSON or YAML"))
        else:
            if isinstance(found, dict):
                return found
            self._problem(place, f"{file} holds no object", "give a state machine as JSON or YAML")
        return None

    def _lines(self, place: tuple[str, ...], file: Path) -> list[Any]:
        """One JSON value a line."""
        found = []
        try:
            lines = file.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            self._problem(place, f"{file} cannot be read: {error}", "give JSON lines in UTF-8")
            return []
        for number, line in enumerate(lines, 1):
            try:
                found.append(record(line))
            except MALFORMED as error:
                self._problems.append(
                    InputProblem(str(file), number, "", f"not JSON: {error}", "one JSON value a line")
                )
        if place == ("inputs",) and not 1 <= len(lines) <= MOST_INPUTS:
            self._problem(place, f"{len(lines)} inputs", f"give 1 to {MOST_INPUTS}")
        return found

    def _functions(self) -> dict[str, PipelineFunction]:
        found = {}
        for name, spec in self._document["pipeline"].get("functions", {}).items():
            place, code = ("pipeline", "functions", name), self._path.parent / spec["code"]
            if not code.is_dir():
                self._problem((*place, "code"), f"{code} is no folder", "give the folder of the function's code")
                continue
            found[name] = PipelineFunction(
                code,
                spec["handler"],
                spec.get("runtime", self._runtime),
                spec.get("memory_mb", MEMORY_MB),
                spec.get("timeout_s", TIMEOUT_S),
                spec.get("environment", {}),
            )
        return found

    def _rows(
        self, contract: ReadContract | None, functions: Mapping[str, PipelineFunction], lineage: Path | None
    ) -> tuple[dict[str, list[dict[str, Any]]], ContractChange | None]:
        """What the tables hold before, by the contract's names; and the change, whose rows that stand they are then."""
        sample = self._document.get("sample", {})
        given = {
            table: self._lines(("sample", "files", table), self._path.parent / file)
            for table, file in sample.get("files", {}).items()
        }
        if contract is None:
            return {}, None
        file, standing = self._file("contract"), standing_of(self._document, self._path.parent)
        if standing is None:
            made = self._within(
                lambda: sample_rows(contract.product, sample.get("rows", {}), sample.get("seed", 0), given, str(file))
            )
            return made or {}, None

        def changed() -> ContractChange:
            old = read_contract(standing.contract)
            names = (str(standing.contract), str(file))
            rows = standing_rows(old.product, contract.product, sample, given, names)
            files = {"contract": file, **({"lineage": lineage} if lineage else {})}
            return contract_change(standing, old, contract, files, functions, rows)

        change: ContractChange | None = self._within(changed)
        return {} if change is None else {
            name: [dict(row) for row in rows] for name, rows in change.standing.items()
        }, change

    def _within(self, read: Any) -> Any:
        """What `read` gives; None, and its problems, where it raises."""
        try:
            return read()
        except InputError as error:
            self._problems += error.problems
            return None

    def _problem(self, place: Sequence[str], message: str, hint: str) -> None:
        at = pointer(place)
        self._problems.append(InputProblem(str(self._path), self._located.lines.get(at, 0), at, message, hint))
