"""A function's change: its files, its handler, its environment, and what can be told of the code without running it.

What code does is for a rehearsal to tell: a changed file is undecided here, unless the program is the same. What cannot work is breaking: a handler that is not
defined, a file that is no Python of the runtime, a variable that the code reads without a default and that nobody sets (the handler's module and what it imports: a package may be that of several functions).
"""

from __future__ import annotations

import ast
import re
import sys
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final

from twinstage.model.canonical import digest, sha256_hex
from twinstage.model.reading.python_code import PROVIDED, defines, operations_called, variables_read
from twinstage.rehearse.change.imports import files_run
from twinstage.rehearse.change.plan import PlannedChange

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from twinstage.rehearse.change.plan import Action, Category

_RUNTIME: Final = re.compile(r"python3\.(\d{1,2})")


@dataclass(frozen=True)
class FunctionCode:
    """One version of a function as far as a change can touch it: files by their path in the package, handler, runtime, environment; timeout and memory where they are known."""

    handler: str
    runtime: str
    files: Mapping[str, bytes] = field(repr=False)
    environment: Mapping[str, str] = field(default_factory=dict)
    timeout_s: int | None = None
    memory_mb: int | None = None

    @property
    def digest(self) -> str:
        """Of all of it: files by content, whatever the package that they came in."""
        files = {path: sha256_hex(content) for path, content in self.files.items()}
        settings = [self.timeout_s, self.memory_mb]
        return digest([self.handler, self.runtime, files, dict(self.environment), *settings])

    @cached_property
    def modules(self) -> Mapping[str, ast.Module | SyntaxError]:
        """Every Python file by its path: its tree, or why it has none."""
        return {
            path: _tree(content, self.runtime) for path, content in sorted(self.files.items()) if path.endswith(".py")
        }

    @cached_property
    def missing(self) -> frozenset[str]:
        """Variables that the handler's module, or what it imports, reads without a default, and that neither the environment nor Lambda sets."""
        run = files_run(self.modules, self.handler)
        trees = (tree for path, tree in self.modules.items() if path in run and isinstance(tree, ast.Module))
        read = {name for tree in trees for name, needed in variables_read(tree) if needed}
        return frozenset(read - set(self.environment) - PROVIDED)

    @cached_property
    def operations(self) -> frozenset[str]:
        """`service.method` of the calls that stand in the code."""
        return frozenset(name for tree in self._trees() for name in operations_called(tree))

    @property
    def readable(self) -> bool:
        """Whether every Python file is Python."""
        return not any(isinstance(tree, SyntaxError) for tree in self.modules.values())

    @property
    def undefined(self) -> str:
        """Why there is nothing to call; empty where the handler is defined, or its module cannot be read."""
        module, _, name = self.handler.rpartition(".")
        path = f"{module.replace('.', '/')}.py"
        package = f"{module.replace('.', '/')}/__init__.py"
        place = path if path in self.files else package
        if not module or place not in self.files:
            return f"the package has no module {module or self.handler!r}"
        tree = self.modules[place]
        return "" if isinstance(tree, SyntaxError) or defines(tree, name) else f"{place} defines no {name}"

    def _trees(self) -> Iterator[ast.Module]:
        return (tree for tree in self.modules.values() if isinstance(tree, ast.Module))


def function_changes(name: str, before: FunctionCode, after: FunctionCode) -> Iterator[PlannedChange]:
    """Everything that `after` has otherwise than `before`, and everything in it that cannot work where it did, or might have, before."""
    yield from _files(name, before, after)
    if before.handler != after.handler:
        reason = "another function is called"
        yield PlannedChange("function", name, "change", "undecided", reason, before.handler, after.handler, "handler")
    if after.undefined and not before.undefined:
        reason = f"Lambda finds nothing to call: {after.undefined}"
        yield PlannedChange("function", name, "change", "breaking", reason, before.handler, after.handler, "handler")
    yield from _environment(name, before, after)
    yield from _settings(name, before, after)
    for operation in sorted(after.operations - before.operations):
        reason = f"the code calls {operation}, which it did not before: its role must allow it"
        yield PlannedChange("function", name, "add", "undecided", reason, None, operation, f"calls/{operation}")
    # What cannot be read may still call it.
    for operation in sorted(before.operations - after.operations) if after.readable else ():
        reason = f"the code calls {operation} no longer"
        yield PlannedChange("function", name, "remove", "undecided", reason, operation, None, f"calls/{operation}")


def _files(name: str, before: FunctionCode, after: FunctionCode) -> Iterator[PlannedChange]:
    for path in sorted({*before.files, *after.files}):
        old, new = before.files.get(path), after.files.get(path)
        if old == new:
            continue
        action: Action = "add" if old is None else "remove" if new is None else "change"
        category, reason = _of_file(path, before, after)
        was, is_ = (None if content is None else f"sha256:{sha256_hex(content)}" for content in (old, new))
        yield PlannedChange("function", name, action, category, reason, was, is_, f"code/{path}")


def _of_file(path: str, before: FunctionCode, after: FunctionCode) -> tuple[Category, str]:
    old, new = before.modules.get(path), after.modules.get(path)
    if isinstance(new, SyntaxError):
        if _is_newer(after.runtime):
            return "undecided", f"cannot be read by this Python, and {after.runtime} is newer: {new.msg}"
        return "breaking", f"not Python of {after.runtime}: {new.msg}, line {new.lineno or 0}"
    if isinstance(old, ast.Module) and new is not None and ast.dump(old) == ast.dump(new):
        return "non-breaking", "the same program: comments and layout only"
    return "undecided", "what the code does now is for a rehearsal to tell"


def _environment(name: str, before: FunctionCode, after: FunctionCode) -> Iterator[PlannedChange]:
    fresh = after.missing - before.missing
    for variable in sorted({*before.environment, *after.environment} - fresh):
        old, new = before.environment.get(variable), after.environment.get(variable)
        if old != new:
            action: Action = "add" if old is None else "remove" if new is None else "change"
            reason = "what the code makes of it is for a rehearsal to tell"
            # Values may be secret, and the digest of a short one gives it away: the function's own digest covers them.
            yield PlannedChange("function", name, action, "undecided", reason, place=f"environment/{variable}")
    for variable in sorted(fresh):
        reason = f"the code reads {variable} without a default, and nobody sets it"
        yield PlannedChange("function", name, "change", "breaking", reason, place=f"environment/{variable}")


def _settings(name: str, before: FunctionCode, after: FunctionCode) -> Iterator[PlannedChange]:
    """Timeout and memory: what takes longer than the one, or needs more than the other, fails."""
    for place, old, new in (
        ("timeout_s", before.timeout_s, after.timeout_s),
        ("memory_mb", before.memory_mb, after.memory_mb),
    ):
        if old is not None and new is not None and old != new:
            reason = f"{'less' if new < old else 'more'} than before: whether that is enough is for a rehearsal to tell"
            category: Category = "undecided" if new < old else "non-breaking"
            yield PlannedChange("function", name, "change", category, reason, old, new, place)


def _tree(content: bytes, runtime: str) -> ast.Module | SyntaxError:
    found = _RUNTIME.fullmatch(runtime)
    version = (3, min(int(found[1]), sys.version_info.minor)) if found else None
    try:
        return ast.parse(content, feature_version=version)
    except SyntaxError as error:
        return error
    except ValueError as error:
        return SyntaxError(str(error))


def _is_newer(runtime: str) -> bool:
    found = _RUNTIME.fullmatch(runtime)
    return found is not None and int(found[1]) > sys.version_info.minor
