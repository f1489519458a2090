"""What can be told of Python code without running it: what a module defines, which variables it reads, which operations of AWS it asks for by name."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

PROVIDED: Final = frozenset(
    {
        "AWS_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "AWS_DEFAULT_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_LAMBDA_RUNTIME_API",
        "AWS_REGION",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_XRAY_CONTEXT_MISSING",
        "AWS_XRAY_DAEMON_ADDRESS",
        "LAMBDA_RUNTIME_DIR",
        "LAMBDA_TASK_ROOT",
        "LANG",
        "LD_LIBRARY_PATH",
        "PATH",
        "PYTHONPATH",
        "TZ",
        "_HANDLER",
    }
)
"""Variables that are set in every function, whatever its own environment says.

Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
"""
_MAKERS: Final = frozenset({"client", "resource"})
_SCOPES: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_NAMED: Final = (
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.ExceptHandler,
    ast.MatchAs,
    ast.MatchStar,
)
_BINDING: Final = frozenset({"exec", "globals", "locals", "setattr", "vars"})


def defines(tree: ast.Module, name: str) -> bool:
    """Whether a module may have something of that name: anything outside of its functions and classes that binds it, on whatever condition; a star import may bind anything.

    What a function declares global may be bound by a call, and whoever calls `globals()` or the like, or has a `__getattr__` of the module, may bind anything.
    """
    return not _bound(tree).isdisjoint({name, "*", "__getattr__"})


def variables_read(tree: ast.Module) -> Iterator[tuple[str, bool]]:
    """Variables that are read by a name that stands in the code, and whether it fails without: `environ["X"]` does, `environ.get("X")` and `getenv("X")` do not."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and _last(node.value) == "environ" and (name := _read(node)):
            yield name, True
        if isinstance(node, ast.Call) and node.args and (name := _text(node.args[0])):
            called = node.func
            if _last(called) == "getenv" or (
                isinstance(called, ast.Attribute) and called.attr == "get" and _last(called.value) == "environ"
            ):
                yield name, False


def operations_called(tree: ast.Module) -> set[str]:
    """`service.method` of every call on a boto3 client or resource that the module makes and calls by name; what is passed on to others is not followed."""
    made = {
        name: service
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign | ast.AnnAssign) and (service := _service(node.value))
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if (name := _last(target))
    }
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            service = _service(node.func.value) or made.get(_last(node.func.value), "")
            if service:
                found.add(f"{service}.{node.func.attr}")
    return found


def _bound(tree: ast.Module) -> set[str]:
    """The names that a module binds; `*` among them where it may bind any."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Global):
            found.update(node.names)
        elif isinstance(node, ast.Name) and node.id in _BINDING:
            found.add("*")
    waiting: list[ast.AST] = list(tree.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found.update((one.asname or one.name.partition(".")[0]) for one in node.names)
        elif isinstance(node, _NAMED) and node.name:
            found.add(node.name)
        if not isinstance(node, _SCOPES):
            waiting += ast.iter_child_nodes(node)
    return found


def _read(node: ast.Subscript) -> str:
    """The key that is read; empty where it is written, deleted, or no text that stands there."""
    return _text(node.slice) if isinstance(node.ctx, ast.Load) else ""


def _service(node: ast.expr | None) -> str:
    """The service of `boto3.client("x")`, `session.resource("x")`; empty for anything else."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _MAKERS and node.args:
        return _text(node.args[0])
    return ""


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _text(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
