"""Which files of a package a function's handler may run: its module, and whatever that imports."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

_DYNAMIC: Final = frozenset(
    {
        "SourceFileLoader",
        "__import__",
        "eval",
        "exec",
        "exec_module",
        "import_module",
        "load_module",
        "resolve_name",
        "run_module",
        "run_path",
        "spec_from_file_location",
    }
)
"""What runs code that is named as the program runs."""


def files_run(modules: Mapping[str, ast.Module | SyntaxError], handler: str) -> Collection[str]:
    """The paths, among `modules` (trees by their paths in the package), of what `module` of the handler imports, itself among them; an import counts wherever it stands.

    All of `modules` where that cannot be followed: there is no such module, something is no Python, imports by a name that is made, or changes where modules are looked for.
    """
    first = handler.rpartition(".")[0].replace("/", ".")
    waiting = [path for path in _places(first) if path in modules]
    if not any(path in modules for path in _files(first)):
        return modules.keys()
    reached = set[str]()
    while waiting:
        path = waiting.pop()
        if path in reached:
            continue
        reached.add(path)
        tree = modules[path]
        if isinstance(tree, SyntaxError) or any(map(_is_dynamic, ast.walk(tree))):
            return modules.keys()
        waiting += (place for name in _imported(tree, path, modules) for place in _places(name) if place in modules)
    return reached


def _imported(tree: ast.Module, path: str, modules: Collection[str]) -> Iterator[str]:
    """The dotted names of what a file imports, and of what may be a module among them."""
    package = path.split("/")[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) + 1 - node.level] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield base
            for one in node.names:
                yield from _within(base, modules) if one.name == "*" else [f"{base}.{one.name}".lstrip(".")]


def _within(package: str, modules: Collection[str]) -> Iterator[str]:
    """The modules of a package: a star may mean any, by what its `__all__` says."""
    folder = f"{package.replace('.', '/')}/" if package else ""
    for path in modules:
        if path.startswith(folder):
            yield f"{package}.{path.removeprefix(folder).partition('/')[0].removesuffix('.py')}".lstrip(".")


def _places(name: str) -> Iterator[str]:
    """Where a module and the packages that it lies in may be: importing it runs them all."""
    parts = name.split(".")
    for end in range(1, len(parts) + 1):
        yield from _files(".".join(parts[:end]))


def _files(name: str) -> tuple[str, str]:
    path = name.replace(".", "/")
    return f"{path}.py", f"{path}/__init__.py"


def _is_dynamic(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr in _DYNAMIC or (
            node.attr == "path" and isinstance(node.value, ast.Name) and node.value.id == "sys"
        )
    if isinstance(node, ast.ImportFrom):
        names = {one.name for one in node.names}
        return not names.isdisjoint(_DYNAMIC) or (node.module == "sys" and "path" in names)
    return isinstance(node, ast.Name) and node.id in _DYNAMIC
