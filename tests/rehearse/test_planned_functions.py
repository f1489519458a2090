"""A planned change of a function: what is told of code that nobody has run."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest

from twinstage.rehearse.change.functions import FunctionCode, function_changes

CODE = b"""import os
import boto3

TABLE = os.environ["TABLE"]
LEVEL = os.environ.get("LEVEL", "INFO")
dynamodb = boto3.client("dynamodb")


def handle(event, context):
    return dynamodb.get_item(TableName=TABLE, Key={})
"""
BEFORE = FunctionCode("app.handle", "python3.11", {"app.py": CODE, "data.json": b"{}"}, {"TABLE": "plans"})


def told(after: FunctionCode) -> list[tuple[str, str, str]]:
    return [(each.action, each.category, each.place) for each in function_changes("app", BEFORE, after)]


def having(**files: bytes) -> FunctionCode:
    return replace(BEFORE, files={**BEFORE.files, **{name.replace("_", "."): text for name, text in files.items()}})


def test_the_same_function_is_no_change() -> None:
    assert told(replace(BEFORE, files=dict(reversed(list(BEFORE.files.items()))))) == []


def test_the_same_program_breaks_nothing_whatever_its_layout() -> None:
    assert told(having(app_py=b"# why\n" + CODE)) == [("change", "non-breaking", "code/app.py")]


def test_another_program_is_for_a_rehearsal_to_judge() -> None:
    assert told(having(app_py=CODE + b"\n\nX = 1\n", new_py=b"", data_json=b"[]")) == [
        ("change", "undecided", "code/app.py"),
        ("change", "undecided", "code/data.json"),
        ("add", "undecided", "code/new.py"),
    ]


def test_a_handler_that_is_not_there_breaks() -> None:
    found = list(function_changes("app", BEFORE, replace(BEFORE, handler="app.handler")))
    assert [each.category for each in found] == ["undecided", "breaking"]
    assert found[1].reason == "Lambda finds nothing to call: app.py defines no handler"
    gone = list(function_changes("app", BEFORE, replace(BEFORE, handler="other.handle")))
    assert gone[1].reason.endswith("the package has no module 'other'")


@pytest.mark.parametrize(
    "line",
    [
        "handler: object = handle",
        "a, (handler, *_) = 1, (handle, 2)",
        "import x as handler",
        "import handler.sub",
        "from x import *",
        "try:\n    from x import handler\nexcept ImportError:\n    pass",
        "if TABLE:\n    handler = handle",
        "async def handler(event, context): ...",
        "for handler in [handle]: ...",
        "with handle as handler: ...",
        "(handler := handle)",
        "def __getattr__(name): ...",
        "globals()['hand' + 'ler'] = handle",
        "def make():\n    global handler",
    ],
)
def test_a_handler_may_be_bound_by_any_statement_of_the_module(line: str) -> None:
    after = replace(having(app_py=CODE + line.encode() + b"\n"), handler="app.handler")
    assert "breaking" not in {each.category for each in function_changes("app", BEFORE, after)}


@pytest.mark.parametrize(
    "line", ["def f():\n    handler = 1", "class C:\n    handler = 1", "x = lambda handler: handler", "handler"]
)
def test_what_a_function_or_a_class_binds_for_itself_is_no_handler(line: str) -> None:
    after = replace(having(app_py=CODE + line.encode() + b"\n"), handler="app.handler")
    assert "breaking" in {each.category for each in function_changes("app", BEFORE, after)}


def test_what_is_no_python_of_the_runtime_breaks() -> None:
    matched = CODE + b"\n\ndef f(x):\n    match x:\n        case 1:\n            return 2\n"
    assert told(having(app_py=matched)) == [("change", "undecided", "code/app.py")]
    old = replace(BEFORE, runtime="python3.9")
    [found] = function_changes("app", old, replace(having(app_py=matched), runtime="python3.9"))
    assert (found.category, found.place) == ("breaking", "code/app.py")
    assert "not Python of python3.9" in found.reason


def test_a_runtime_that_is_newer_than_this_python_may_read_what_it_cannot() -> None:
    newer = f"python3.{sys.version_info.minor + 1}"
    found = function_changes("app", replace(BEFORE, runtime=newer), replace(having(app_py=b"def ("), runtime=newer))
    assert next(each for each in found if each.place == "code/app.py").category == "undecided"


@pytest.mark.parametrize(
    "line", [b'OTHER = os.environ["OTHER"]\n', b'from os import environ\nOTHER = environ["OTHER"]\n']
)
def test_a_variable_that_nobody_sets_breaks_once_code_needs_it(line: bytes) -> None:
    after = having(app_py=CODE + line)
    assert ("change", "breaking", "environment/OTHER") in told(after)
    assert told(replace(after, environment={**BEFORE.environment, "OTHER": "x"}))[1:] == [
        ("add", "undecided", "environment/OTHER")
    ]


def test_a_variable_with_a_default_or_of_lambda_s_own_is_no_need() -> None:
    after = having(
        app_py=CODE + b'A = os.getenv("A")\nB = os.environ["AWS_LAMBDA_FUNCTION_NAME"]\nos.environ["C"] = "set here"\n'
    )
    assert told(after) == [("change", "undecided", "code/app.py")]


def test_a_variable_that_is_taken_away_from_code_that_needs_it_breaks() -> None:
    assert told(replace(BEFORE, environment={})) == [("change", "breaking", "environment/TABLE")]


OTHERS = b'import os\nQUEUE = os.environ["QUEUE"]\n'


def in_one_folder(added: dict[str, str]) -> list[str]:
    """The variables that break where app.py, whose handler it is, lies beside two modules that read QUEUE; `added` is put after what app.py says, or beside it."""
    code = {name: CODE + text.encode() for name, text in added.items()}
    after = replace(BEFORE, files={**BEFORE.files, "other.py": OTHERS, "pkg/other.py": OTHERS, **code})
    return [place for _, category, place in told(after) if category == "breaking"]


def test_what_only_another_function_of_the_same_folder_reads_is_no_need() -> None:
    assert in_one_folder({}) == []
    assert in_one_folder({"app.py": "import json, pkg.mine\nfrom os import path\n", "pkg/mine.py": ""}) == []


@pytest.mark.parametrize(
    "line",
    [
        "import other",
        "import pkg.other as it",
        "from other import QUEUE",
        "from pkg import other",
        "from pkg import *",
        "def later():\n    import other",
        "from importlib import import_module as load\nload('oth' + 'er')",
        "import sys\nsys.path.append('pkg')",
        "__import__(NAME)",
    ],
)
def test_what_the_handlers_module_imports_or_may_import_is_read_too(line: str) -> None:
    assert in_one_folder({"app.py": line}) == ["environment/QUEUE"]
    assert in_one_folder({"app.py": "from pkg.sub import mine", "pkg/sub/mine.py": line}) == ["environment/QUEUE"]


@pytest.mark.parametrize("line", ["from . import other", "from .other import QUEUE", "from .sub.mine import x"])
def test_what_is_imported_from_beside_or_above_is_read_too(line: str) -> None:
    files = {"app.py": "import pkg", "pkg/__init__.py": line, "pkg/sub/mine.py": "from ..other import QUEUE"}
    assert in_one_folder(files) == ["environment/QUEUE"]


def test_the_folder_of_a_handler_that_is_not_there_is_read_as_a_whole() -> None:
    after = replace(BEFORE, files={**BEFORE.files, "other.py": OTHERS}, handler="gone.handle")
    assert ("change", "breaking", "environment/QUEUE") in told(after)


def test_what_lacked_before_is_not_told_of_the_change() -> None:
    before = replace(BEFORE, environment={})
    [found] = function_changes("app", before, replace(before, files={**before.files, "a.txt": b"x"}))
    assert found.place == "code/a.txt"


def test_values_of_variables_are_never_in_a_plan() -> None:
    [found] = function_changes("app", BEFORE, replace(BEFORE, environment={"TABLE": "hunter2"}))
    assert (found.place, found.before, found.after) == ("environment/TABLE", None, None)


def test_calls_that_are_new_are_listed_since_the_role_must_allow_them() -> None:
    more = CODE.replace(
        b"import boto3", b"import boto3\nqueue = boto3.resource('sqs')\nboto3.client('s3').list_buckets()"
    )
    after = having(app_py=more.replace(b"get_item", b"put_item") + b"\nqueue.get_queue_by_name(QueueName='q')\n")
    calls = [(action, place) for action, _, place in told(after) if place.startswith("calls/")]
    assert calls == [
        ("add", "calls/dynamodb.put_item"),
        ("add", "calls/s3.list_buckets"),
        ("add", "calls/sqs.get_queue_by_name"),
        ("remove", "calls/dynamodb.get_item"),
    ]


def test_a_shorter_timeout_and_less_memory_are_for_a_rehearsal_to_judge_and_more_breaks_nothing() -> None:
    before = replace(BEFORE, timeout_s=30, memory_mb=256)
    found = list(function_changes("app", before, replace(before, timeout_s=10, memory_mb=512)))
    assert [(each.place, each.category, each.before, each.after) for each in found] == [
        ("timeout_s", "undecided", 30, 10),
        ("memory_mb", "non-breaking", 256, 512),
    ]


def test_a_variable_that_goes_and_is_read_without_a_default_breaks() -> None:
    assert told(replace(BEFORE, environment={})) == [("change", "breaking", "environment/TABLE")]
