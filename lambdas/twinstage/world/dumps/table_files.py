"""What the files of a folder say about tables: which describe one, which hold items, and which belong together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from twinstage.model.errors import InputError, InputProblem
from twinstage.world.dumps import workbench
from twinstage.world.dumps.described_table import DescribedTable
from twinstage.world.dumps.files import MISSHAPEN, Answer, read_answers, without_nulls
from twinstage.world.dumps.item_sources import AnswerItems, ItemLines, ItemSource, export_sources

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

LINES = (".jsonl", ".ndjson", ".gz")
SUMMARY = "manifest-summary.json"
_DESCRIPTIONS = ("Table", "TableDescription")
_SETTINGS = ("TimeToLiveDescription", "ContinuousBackupsDescription", "Tags")
_MARKS = (".", "-", "_")


@dataclass(frozen=True)
class _Named:
    """What belongs to the table that `name` begins with: items, or an answer about its settings. `cut` says that it is not the last page."""

    name: str
    file: Path
    source: ItemSource | None = None
    settings: Answer | None = None
    cut: bool = False


@dataclass
class TableFiles:
    """The tables that files describe, by name; files that hold nothing about tables; and every problem."""

    tables: dict[str, DescribedTable] = field(default_factory=dict)
    ignored: list[Path] = field(default_factory=list)
    problems: list[InputProblem] = field(default_factory=list)
    _named: list[_Named] = field(default_factory=list)

    def read(self, folder: Path) -> None:
        """Take everything in a folder, in the order of its names. Names that begin with `_` or `.` are no dumps."""
        for path in sorted(folder.iterdir()):
            if path.name.startswith(("_", ".")):
                continue
            try:
                self._take_path(path)
            except InputError as error:
                self.problems += error.problems
        self._join()

    def _take_path(self, path: Path) -> None:
        if path.is_dir():
            self._take_folder(path)
        elif path.suffix in LINES:
            self._named.append(_Named(_stem(path), path, ItemLines(path)))
        elif path.suffix == ".json":
            answers = read_answers(path)
            if all(list(answer.document) == ["Item"] for answer in answers):
                self._named.append(_Named(_stem(path), path, ItemLines(path)))
                return
            for answer in answers:
                try:
                    self._take(answer)
                except MISSHAPEN as error:
                    self.problems.append(answer.misshapen("", error))
        else:
            self.ignored.append(path)

    def _take_folder(self, folder: Path) -> None:
        """An export to S3 that was copied here, or a folder of data files that is named after its table."""
        summaries = sorted(folder.rglob(SUMMARY))
        for summary in summaries:
            (told,) = read_answers(summary)
            document = told.document
            kind = document.get("outputFormat", "DYNAMODB_JSON"), document.get("exportType", "FULL_EXPORT")
            if kind != ("DYNAMODB_JSON", "FULL_EXPORT"):
                message = f"an export of the kind {', '.join(map(str, kind))}"
                self.problems.append(told.problem("", message, "export the whole table as DynamoDB JSON"))
                continue
            name = str(document.get("tableArn", "")).rpartition(":table/")[2] or folder.name
            if any(named.name == name and named.file.name == SUMMARY for named in self._named):
                self.problems.append(told.problem("", f"a second export of {name}", "leave one of the two out"))
                continue
            self._named += [_Named(name, summary, source) for source in export_sources(summary)]
        files = [] if summaries else sorted(path for path in folder.rglob("*") if path.suffix in LINES)
        self._named += [_Named(folder.name, path, ItemLines(path)) for path in files]
        if not summaries and not files:
            self.ignored.append(folder)

    def _take(self, answer: Answer) -> None:
        document = answer.document
        described = next((member for member in _DESCRIPTIONS if isinstance(document.get(member), dict)), None)
        if workbench.is_model(document):
            self._take_model(answer)
        elif described is not None:
            self._take_description(answer, described)
        elif "KeySchema" in document and "TableName" in document:
            self._describe(DescribedTable(document["TableName"], answer, "", without_nulls(document)))
        elif requests := _write_requests(document):
            self._take_requests(answer, *requests)
        elif isinstance(document.get("Items"), list):
            cut = bool(document.get("LastEvaluatedKey") or document.get("NextToken"))
            source = AnswerItems(answer.file, answer.pointer, ("Items",))
            self._named.append(_Named(_stem(answer.file), answer.file, source, cut=cut))
            self.problems += _left_out(answer)
        elif any(member in document for member in _SETTINGS):
            self._named.append(_Named(_stem(answer.file), answer.file, settings=answer))
        else:
            self.ignored.append(answer.file)

    def _take_description(self, answer: Answer, member: str) -> None:
        document = answer.document
        described = without_nulls(document[member])
        found = DescribedTable(str(described.get("TableName") or _stem(answer.file)), answer, f"/{member}", described)
        _tell(found, document)
        if "Items" in document:
            if isinstance(document["Items"], list):
                found.sources.append(AnswerItems(answer.file, answer.pointer, ("Items",)))
                self.problems += _left_out(answer)
            else:
                self.problems.append(answer.problem("/Items", "expected the list Items", line=1))
            if document.get("LastEvaluatedKey") or document.get("NextToken"):
                message = "only a part of the items"
                self.problems.append(answer.problem("/LastEvaluatedKey", message, "dump every page"))
        self._describe(found)

    def _take_settings(self, table: DescribedTable, answer: Answer) -> None:
        try:
            _tell(table, answer.document)
            table.schema()
        except MISSHAPEN as error:
            self.problems.append(answer.misshapen("", error))

    def _take_model(self, answer: Answer) -> None:
        for step, table in enumerate(answer.document["DataModel"]):
            place = f"/DataModel/{step}"
            try:
                described = workbench.described(table)
            except (KeyError, TypeError, AttributeError) as error:
                self.problems.append(answer.problem(place, f"no table of NoSQL Workbench: {error} is missing", line=1))
                continue
            # A model tells all the items it has: a table without any is an empty one.
            found = DescribedTable(described["TableName"], answer, place, described, empty=True)
            if table.get("TableData"):
                found.sources.append(AnswerItems(answer.file, answer.pointer, ("DataModel", str(step), "TableData")))
            self._describe(found)

    def _take_requests(self, answer: Answer, steps: tuple[str, ...], tables: Collection[str]) -> None:
        for name in sorted(tables):
            source = AnswerItems(answer.file, answer.pointer, (*steps, name), request=True)
            self._named.append(_Named(name, answer.file, source))

    def _describe(self, found: DescribedTable) -> None:
        if problems := found.problems():
            self.problems += problems
            return
        known = self.tables.setdefault(found.name, found)
        if known is found:
            return
        if known.described == found.described or known.schema() == found.schema():
            known.sources += found.sources
        else:
            message = f"{found.name} is described otherwise in {known.answer.file.name}"
            self.problems.append(found.answer.problem(found.place, message, "leave one of the two out"))

    def _join(self) -> None:
        """Give each table what is named after it."""
        pages: dict[str, list[_Named]] = {}
        for named in self._named:
            name = _longest(named.name, self.tables)
            if name is None and named.settings is not None:
                self.ignored.append(named.file)
            elif name is None:
                message = f"items of {named.name}, but nothing describes that table"
                hint = f"write the answer of `aws dynamodb describe-table` to {named.name}.json beside it"
                self.problems.append(InputProblem(str(named.file), 1, "/Table", message, hint))
            elif named.settings is not None:
                self._take_settings(self.tables[name], named.settings)
            elif named.source is not None:
                self.tables[name].sources.append(named.source)
                pages.setdefault(name, []).append(named)
        for name, found in pages.items():
            if all(page.cut for page in found):
                message = f"only a part of the items of {name}"
                problem = InputProblem(str(found[-1].file), 0, "/LastEvaluatedKey", message, "dump every page")
                self.problems.append(problem)


def _tell(table: DescribedTable, document: Mapping[str, Any]) -> None:
    """What an answer says about a table's settings."""
    table.expiry = document.get("TimeToLiveDescription") or table.expiry
    table.backups = document.get("ContinuousBackupsDescription") or table.backups
    table.tags = [*table.tags, *(document.get("Tags") or ())]


def _left_out(answer: Answer) -> list[InputProblem]:
    """A problem where a scan says that there is more than its items: a filter left some out, or somebody did.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Scan.html#API_Scan_ResponseElements
    """
    count, scanned = answer.document.get("Count"), answer.document.get("ScannedCount")
    held = len(answer.document["Items"])
    if answer.document.get("NextToken") or not isinstance(count, int):
        return []
    if count > held:
        return [answer.problem("/Count", f"counts {count} items, and holds {held}", "dump the table again", line=1)]
    if isinstance(scanned, int) and scanned > count:
        message = f"a filter let {count} of {scanned} items through"
        return [answer.problem("/ScannedCount", message, "scan without a filter", line=1)]
    return []


def _write_requests(document: Mapping[str, Any]) -> tuple[tuple[str, ...], Collection[str]] | None:
    """The steps to the tables of a BatchWriteItem request, and their names."""
    inner = document.get("RequestItems")
    steps, tables = (("RequestItems",), inner) if isinstance(inner, dict) else ((), document)
    lists = [value for value in tables.values() if isinstance(value, list) and value]
    requests = [entry for value in lists for entry in value]
    if not requests or len(lists) != len(tables):
        return None
    known = all(isinstance(entry, dict) and set(entry) & {"PutRequest", "DeleteRequest"} for entry in requests)
    return (steps, tuple(tables)) if known else None


def _stem(path: Path) -> str:
    """A file's name without what says how it is written."""
    name = path.name
    for suffix in (".gz", ".jsonl", ".ndjson", ".json"):
        name = name.removesuffix(suffix)
    return name


def _longest(name: str, tables: Collection[str]) -> str | None:
    """The table that a file's name is, or begins with before a mark."""
    fitting = [table for table in tables if name == table or name.startswith(tuple(table + mark for mark in _MARKS))]
    return max(fitting, key=len, default=None)
