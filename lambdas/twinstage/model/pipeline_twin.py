"""A pipeline's definition as its twin runs it: every function and table it names becomes the twin's; whatever else it would call is refused.

The definition is in the Amazon States Language, its JSON already parsed. A twin is closed: a task calls a function of the pipeline (by name, ARN or placeholder)
or works with items of one of its tables, and names nothing else.

Sources: https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html (a function's ARN as `Resource`, or `lambda:invoke`),
https://docs.aws.amazon.com/step-functions/latest/dg/connect-ddb.html (items of a table).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from twinstage.model.errors import InputError, InputProblem
from twinstage.model.validation import pointer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

Place = tuple[str | int, ...]

INVOKE: Final = "arn:aws:states:::lambda:invoke"
_ITEMS: Final = ("getItem", "putItem", "updateItem", "deleteItem")
_QUERIES: Final = ("query", "scan")
TABLE_TASKS: Final = frozenset(
    [f"arn:aws:states:::dynamodb:{action}" for action in _ITEMS]
    + [f"arn:aws:states:::aws-sdk:dynamodb:{action}" for action in (*_ITEMS, *_QUERIES)]
)
"""The integrations that work with the items of one table."""
_FUNCTION = re.compile(r"(?:arn:aws:lambda:[a-z0-9-]*:\d*:function:)?(?P<name>[A-Za-z0-9_-]{1,64})(?P<qualifier>:.+)?")
_TABLE = re.compile(r"(?:arn:aws:dynamodb:[a-z0-9-]*:\d*:table/)?(?P<name>[A-Za-z0-9_.-]{3,255})")
_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")
_ANYTHING_OF_AWS = re.compile(r"(?i)\barn:|[a-z][a-z0-9+.-]*://|\.amazonaws\.com")
_REMARKS = ("Comment",)
_NEVER = {
    "Credentials": "a state of the twin acts with no role but the pipeline's",
    "ItemReader": "a twin of a data product has no bucket to read items from",
    "ResultWriter": "a twin of a data product has no bucket to write results into",
}
_MEND = "call a function given with the pipeline, or work with the items of a table of the contract"


@dataclass(frozen=True)
class TwinDefinition:
    """A definition that names the twin's tables literally, and its functions by placeholders.

    `functions` maps each placeholder to the function, by production's name; `items` says which actions of DynamoDB's API the tasks take on which table, by the twin's name.
    `distributed` where a map starts executions of its own.
    """

    document: Mapping[str, Any]
    functions: Mapping[str, str]
    items: Mapping[str, frozenset[str]]
    distributed: bool


@dataclass(frozen=True)
class Names:
    """What a pipeline may name. `tables` maps production's names to the twin's; `placeholders` says what the `${...}` of the file stand for, by production's name."""

    functions: Sequence[str]
    tables: Mapping[str, str]
    placeholders: Mapping[str, str] = field(default_factory=dict)


def twin_definition(definition: Mapping[str, Any], names: Names, file: str) -> TwinDefinition:
    """The definition of the twin. Raises InputError with everything in it that leads out, or that is not known to stay inside."""
    rewriter = _Rewriter(names, file)
    document = rewriter.machine(definition, ())
    if rewriter.problems:
        raise InputError(rewriter.problems)
    items = {table: frozenset(actions) for table, actions in sorted(rewriter.items.items())}
    return TwinDefinition(document, dict(sorted(rewriter.functions.items())), items, rewriter.distributed)


def table_name(reference: str) -> str:
    """The name in a table's ARN, or name; empty where it is neither."""
    found = _TABLE.fullmatch(reference)
    return found["name"] if found else ""


def placeholder(function: str) -> str:
    """How the twin's definition calls a function: a word that CloudFormation takes as a placeholder."""
    return "".join(character if character.isalnum() else f"_{ord(character):x}" for character in function) + "Function"


class _Rewriter:
    """Rewrites one definition, and collects what is wrong with it instead of stopping there."""

    def __init__(self, names: Names, file: str) -> None:
        self._names, self._file = names, file
        self.problems: list[InputProblem] = []
        self.functions: dict[str, str] = {}
        self.items: dict[str, set[str]] = {}
        self.distributed = False

    def machine(self, machine: Any, place: Place) -> dict[str, Any]:
        """One machine: the whole, the processor of a map, or a branch."""
        states = machine.get("States") if isinstance(machine, dict) else None
        if not isinstance(states, dict) or not states or not isinstance(machine.get("StartAt"), str):
            self._problem(place, "no state machine: it needs StartAt and States", "give a definition in the ASL")
            return {}
        rest = {key: value for key, value in machine.items() if key not in ("States", *_REMARKS)}
        mode = rest.get("ProcessorConfig")
        self.distributed |= isinstance(mode, dict) and mode.get("Mode") == "DISTRIBUTED"
        self._closed(rest, place)
        return rest | {"States": {name: self._state(state, (*place, "States", name)) for name, state in states.items()}}

    def _state(self, state: Any, place: Place) -> dict[str, Any]:
        if not isinstance(state, dict):
            self._problem(place, "a state is an object", "give a definition in the ASL")
            return {}
        found: dict[str, Any] = {}
        for key, value in state.items():
            at = (*place, key)
            if key in _NEVER:
                self._problem(at, f"{key}: {_NEVER[key]}", "leave it out")
            elif key in ("ItemProcessor", "Iterator") and isinstance(value, dict):
                found[key] = self.machine(value, at)
            elif key == "Branches" and isinstance(value, list):
                found[key] = [self.machine(each, (*at, n)) for n, each in enumerate(value)]
            elif key not in ("Resource", *_REMARKS):
                found[key] = _without_remarks(value) if key in ("Choices", "Catch", "Retry") else value
                if state.get("Type") != "Task" or key not in ("Parameters", "Arguments"):
                    self._closed(value, at)
        return found | (self._task(state, place) if state.get("Type") == "Task" else {})

    def _task(self, state: Mapping[str, Any], place: Place) -> dict[str, Any]:
        """The members of a task that say what it calls, and with what."""
        resource = state.get("Resource")
        if resource == INVOKE:
            return {"Resource": INVOKE, **self._called(state, place, "FunctionName", self._function)}
        if isinstance(resource, str) and resource in TABLE_TASKS:
            called = self._called(state, place, "TableName", self._table)
            for given in called.values():
                action = resource.rpartition(":")[2]
                self.items.setdefault(given["TableName"], set()).add(action[0].upper() + action[1:])
            return {"Resource": resource, **called}
        if isinstance(resource, str) and not resource.startswith("arn:aws:states:"):
            given = {key: state[key] for key in ("Parameters", "Arguments") if key in state}
            self._closed(given, place)
            return {"Resource": self._function(resource, (*place, "Resource"))}
        self._problem((*place, "Resource"), f"a task calls {resource!r}, which is none of the twin's", _MEND)
        return {}

    def _called(
        self, state: Mapping[str, Any], place: Place, member: str, rewrite: Callable[[str, Place], str]
    ) -> dict[str, Any]:
        """A task's `Arguments` or `Parameters`, with the one `member` that names what is called."""
        if "Arguments" in state and "Parameters" in state:
            self._problem(place, "a task has Arguments and Parameters: nobody knows which of them is taken", "keep one")
            return {}
        key = "Arguments" if "Arguments" in state else "Parameters"
        given = state.get(key)
        if not isinstance(given, dict) or not isinstance(given.get(member), str) or f"{member}.$" in given:
            self._problem((*place, key), f"{member} is not a name in the file", f"name it: a twin is closed. {_MEND}")
            return {}
        self._closed({name: value for name, value in given.items() if name != member}, (*place, key))
        return {key: {**given, member: rewrite(given[member], (*place, key, member))}}

    def _function(self, text: str, place: Place) -> str:
        name, qualifier = self._named(_FUNCTION, text)
        if name not in self._names.functions:
            known = ", ".join(self._names.functions) or "none"
            self._problem(place, f"it calls the function {text!r}; the pipeline's functions are {known}", _MEND)
            return ""
        if qualifier not in ("", ":$LATEST"):
            self._problem(place, f"it calls {qualifier[1:]!r} of {name}: a twin has no versions", "call the function")
        self.functions[placeholder(name)] = name
        return "${" + placeholder(name) + "}"

    def _table(self, text: str, place: Place) -> str:
        name, _ = self._named(_TABLE, text)
        if name not in self._names.tables:
            known = ", ".join(sorted(self._names.tables)) or "none"
            self._problem(place, f"it uses the table {text!r}; the contract's tables are {known}", _MEND)
            return ""
        return self._names.tables[name]

    def _named(self, form: re.Pattern[str], text: str) -> tuple[str, str]:
        """The name in a text, and what qualifies it; a placeholder stands for what was said, or for what is called so itself."""
        if (found := _PLACEHOLDER.fullmatch(text)) is not None:
            return self._names.placeholders.get(found[1], found[1]), ""
        named = form.fullmatch(text)
        return (named["name"], named.groupdict().get("qualifier") or "") if named else ("", "")

    def _closed(self, value: Any, place: Place) -> None:
        """Note each text that names something of AWS or of the network."""
        for at, text in _texts(value, place):
            if _ANYTHING_OF_AWS.search(text) is not None:
                self._problem(at, f"it names {text[:80]!r}, which is none of the twin's", _MEND)
            elif _PLACEHOLDER.search(text) is not None:
                self._problem(at, f"nobody knows what {text[:80]!r} stands for here", "write its value into the file")

    def _problem(self, place: Place, message: str, hint: str) -> None:
        self.problems.append(InputProblem(self._file, 0, pointer(place), message, hint))


def _without_remarks(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    return [
        {key: member for key, member in each.items() if key not in _REMARKS} if isinstance(each, dict) else each
        for each in value
    ]


def _texts(value: Any, place: Place) -> Iterator[tuple[Place, str]]:
    """Every text in a value, names of members included, each with its place."""
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, dict):
        for key, each in value.items():
            yield (*place, key), key
            yield from _texts(each, (*place, key))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _texts(each, (*place, index))
