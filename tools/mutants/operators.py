"""Operators over the syntax tree: each says what else could stand in the place of a node, as a careless edit would have it."""

from __future__ import annotations

import ast
import copy
import textwrap
from typing import TYPE_CHECKING, Any

from tools.mutants.mutant import Mutant
from tools.mutants.sites import replaced, sites

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Variants = Iterator[ast.AST | None]

_SHIFTED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
_PAIR = 2  # a tuple of two is a change or a key: without a half it is no tuple of its kind
_SMALL = 2
_SHOWN = 110  # characters of a node that are shown
_ORDER = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Pow: ast.Mult,
}  # fmt: skip
_ACTIONS = {"CREATE": "UPSERT", "UPSERT": "CREATE"}
_MISTAKEN = {
    "customer_name": "rollback_name",
    "rollback_name": "customer_name",
    "generation_name": "lock_name",
    "lock_name": "generation_name",
    "active": "rollback",
    "zone": "zone_id",
    "max": "min",
    "min": "max",
}


def comparison_shifted(node: ast.AST) -> Variants:
    """`<` for `<=`, `is` for `is not`, and their like."""
    if isinstance(node, ast.Compare) and type(node.ops[0]) in _SHIFTED:
        yield ast.Compare(node.left, [_SHIFTED[type(node.ops[0])](), *node.ops[1:]], node.comparators)


def compared_as_strings(node: ast.AST) -> Variants:
    """Numbers ordered as texts are."""
    if isinstance(node, ast.Compare) and isinstance(node.ops[0], _ORDER):
        yield ast.Compare(_text(node.left), node.ops, [_text(each) for each in node.comparators])


def condition_dropped(node: ast.AST) -> Variants:
    """A branch always taken, or never; a part of a condition or a filter left out."""
    if isinstance(node, ast.If | ast.IfExp):
        for always in (True, False):
            changed: Any = copy.copy(node)
            changed.test = ast.Constant(always)
            yield changed
    elif isinstance(node, ast.BoolOp):
        yield from node.values
    elif isinstance(node, ast.comprehension) and node.ifs:
        yield ast.comprehension(node.target, node.iter, [], node.is_async)


def statement_dropped(node: ast.AST) -> Variants:
    """A call made for its effect, or an error raised, left out."""
    if (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)) or isinstance(node, ast.Raise):
        yield ast.Pass()


def error_widened(node: ast.AST) -> Variants:
    """Every error taken for the one that is expected."""
    if isinstance(node, ast.ExceptHandler) and node.type is not None:
        yield ast.ExceptHandler(ast.Name("Exception", ast.Load()), node.name, node.body)


def element_dropped(node: ast.AST) -> Variants:
    """One element of a list, a tuple or a mapping left out."""
    if isinstance(node, ast.List | ast.Tuple) and isinstance(node.ctx, ast.Load):
        for at in range(len(node.elts)):
            if isinstance(node, ast.List) or len(node.elts) > _PAIR:
                yield type(node)([*node.elts[:at], *node.elts[at + 1 :]], node.ctx)
    elif isinstance(node, ast.Dict) and len(node.keys) > 1:
        for at in range(len(node.keys)):
            yield ast.Dict([*node.keys[:at], *node.keys[at + 1 :]], [*node.values[:at], *node.values[at + 1 :]])


def action_changed(node: ast.AST) -> Variants:
    """CREATE turned into UPSERT, and the other way round."""
    if isinstance(node, ast.Constant) and node.value in _ACTIONS:
        yield ast.Constant(_ACTIONS[node.value])


def number_changed(node: ast.AST) -> Variants:
    """Off by one where a number is small, ten times as much or nothing where it is large; a flag flipped."""
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield ast.Constant(not node.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int):
        for value in [node.value + 1] if node.value <= _SMALL else [node.value * 10, 0]:
            yield ast.Constant(value)


def arithmetic_changed(node: ast.AST) -> Variants:
    """Plus for minus and their like."""
    if isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC:
        yield ast.BinOp(node.left, _ARITHMETIC[type(node.op)](), node.right)


def argument_dropped(node: ast.AST) -> Variants:
    """A keyword argument left out."""
    if isinstance(node, ast.Call) and not isinstance(node.func, ast.Attribute | ast.Name):
        return
    if isinstance(node, ast.Call):
        for at, keyword in enumerate(node.keywords):
            if keyword.arg is not None:
                yield ast.Call(node.func, node.args, [*node.keywords[:at], *node.keywords[at + 1 :]])


def name_mistaken(node: ast.AST) -> Variants:
    """One name for another that would do as well by its type."""
    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load) and node.attr in _MISTAKEN:
        yield ast.Attribute(node.value, _MISTAKEN[node.attr], node.ctx)
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in _MISTAKEN:
        yield ast.Name(_MISTAKEN[node.id], node.ctx)


def first_page_only(node: ast.AST) -> Variants:
    """The loop over pages lost."""
    if isinstance(node, ast.comprehension) and isinstance(node.iter, ast.Name) and node.iter.id == "pages":
        first = ast.parse("[next(iter(pages))]", mode="eval").body
        yield ast.comprehension(node.target, first, node.ifs, node.is_async)


OPERATORS: tuple[Callable[[ast.AST], Variants], ...] = (
    comparison_shifted, compared_as_strings, condition_dropped, statement_dropped, error_widened, element_dropped, action_changed,
    number_changed, arithmetic_changed, argument_dropped, name_mistaken, first_page_only,
)  # fmt: skip


def generated(modules: Mapping[str, str], *, without: frozenset[str]) -> Iterator[Mutant]:
    """Every mutant that the operators make of some modules (file name to text), leaving the functions `without` alone."""
    for file, text in modules.items():
        tree, counts = ast.parse(text), dict[str, int]()
        for site in sites(tree, without=without):
            for operator in OPERATORS:
                for new in operator(site.node):
                    kind = operator.__name__.replace("_", "-")
                    place = f"{file.removesuffix('.py')}:{site.function}:{kind}"
                    counts[place] = counts.get(place, 0) + 1
                    what = f"{_shown(site.node)} -> {_shown(new)}"
                    yield Mutant(f"{place}:{counts[place]}", kind, what, {file: replaced(tree, site.path, new)})


def _text(node: ast.expr) -> ast.expr:
    return ast.Call(ast.Name("str", ast.Load()), [node], [])


def _shown(node: ast.AST | None) -> str:
    text = "" if node is None else ast.unparse(ast.fix_missing_locations(copy.deepcopy(node)))
    return textwrap.shorten(text, _SHOWN, placeholder=" ...")
