"""Where in a module an operator may strike, and the module with the change made there."""

from __future__ import annotations

import ast
import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

Path = tuple[tuple[str, int | None], ...]  # from the module down: field, and place in it where the field is a list

_NO_CODE = {"annotation", "returns", "decorator_list", "type_params", "type_comment"}


@dataclass(frozen=True)
class Site:
    """A node of a module: the path that leads to it, the function it stands in (`module` outside every function)."""

    node: ast.AST
    path: Path
    function: str


def sites(tree: ast.Module, *, without: frozenset[str]) -> Iterator[Site]:
    """Every node that is executed, in the order of the text: no imports, annotations, docstrings, nor the functions `without`."""
    yield from _below(tree, (), "module", without)


def _below(node: ast.AST, path: Path, function: str, without: frozenset[str]) -> Iterator[Site]:
    for field, value in ast.iter_fields(node):
        if field in _NO_CODE:
            continue
        for place, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if not isinstance(child, ast.AST) or _is_no_code(child):
                continue
            name = child.name if isinstance(child, ast.FunctionDef) else function
            if name in without:
                continue
            here = (*path, (field, place))
            yield Site(child, here, name)
            yield from _below(child, here, name, without)


def _is_no_code(node: ast.AST) -> bool:
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)  # a docstring
    if isinstance(node, ast.If):
        return isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
    return isinstance(
        node, ast.Import | ast.ImportFrom | ast.expr_context | ast.operator | ast.cmpop | ast.boolop | ast.unaryop
    )


def replaced(tree: ast.Module, path: Path, new: ast.AST | None) -> str:
    """The text of a module with another node at a place; None takes a statement or an element away."""
    changed: Any = copy.deepcopy(tree)
    parent = changed
    for field, place in path[:-1]:
        parent = getattr(parent, field) if place is None else getattr(parent, field)[place]
    field, place = path[-1]
    if place is None:
        setattr(parent, field, new)
    elif new is None:
        del getattr(parent, field)[place]
    else:
        getattr(parent, field)[place] = new
    return ast.unparse(ast.fix_missing_locations(changed)) + "\n"
