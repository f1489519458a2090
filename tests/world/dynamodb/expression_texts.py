"""Syntax trees drawn at random, and trees written out as expressions."""

from __future__ import annotations

from hypothesis import strategies as st

from twinstage.world.memory.dynamodb.expressions.static_rules import reserved_words
from twinstage.world.memory.dynamodb.expressions.tree import (
    Action,
    And,
    Between,
    Comparison,
    ConditionTree,
    Function,
    In,
    Not,
    Operand,
    Or,
    Path,
    Sum,
    UpdateTree,
    ValueName,
)

WORDS = st.from_regex(r"[a-z][a-z0-9_]{0,4}", fullmatch=True).filter(lambda word: word.upper() not in reserved_words())
NAMES = WORDS | st.sampled_from(["#a", "#b1"])
PATHS = st.builds(lambda first, rest: Path((first, *rest)), NAMES, st.lists(NAMES | st.integers(0, 99), max_size=3))
VALUE_NAMES = st.builds(ValueName, st.sampled_from([":a", ":b", ":c1"]))
SIZES = st.builds(lambda path: Function("size", (path,)), PATHS)
OPERANDS: st.SearchStrategy[Operand] = st.one_of(PATHS, VALUE_NAMES, SIZES)
SIMPLE_CONDITIONS: st.SearchStrategy[ConditionTree] = st.one_of(
    st.builds(Comparison, st.sampled_from(["=", "<>", "<", "<=", ">", ">="]), OPERANDS, OPERANDS),
    st.builds(Between, OPERANDS, OPERANDS, OPERANDS),
    st.builds(
        lambda operand, options: In(operand, tuple(options)), OPERANDS, st.lists(OPERANDS, min_size=1, max_size=4)
    ),
    st.builds(
        lambda name, path: Function(name, (path,)), st.sampled_from(["attribute_exists", "attribute_not_exists"]), PATHS
    ),
    st.builds(lambda name, *two: Function(name, two), st.sampled_from(["begins_with", "contains"]), OPERANDS, OPERANDS),
)
CONDITIONS: st.SearchStrategy[ConditionTree] = st.recursive(
    SIMPLE_CONDITIONS,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(lambda parts: And(tuple(parts)), st.lists(inner, min_size=2, max_size=3)),
        st.builds(lambda parts: Or(tuple(parts)), st.lists(inner, min_size=2, max_size=3)),
    ),
    max_leaves=6,
)
DEFAULTS = st.builds(lambda path, operand: Function("if_not_exists", (path, operand)), PATHS, PATHS | VALUE_NAMES)
ADDENDS = st.one_of(PATHS, VALUE_NAMES, DEFAULTS)
RIGHT_SIDES = st.one_of(
    ADDENDS,
    st.builds(Sum, st.sampled_from(["+", "-"]), ADDENDS, ADDENDS),
    st.builds(lambda *two: Function("list_append", two), ADDENDS, ADDENDS),
)


@st.composite
def updates(draw: st.DrawFn) -> UpdateTree:
    """An update of one to four sections, each once."""
    sections = draw(st.permutations(["SET", "REMOVE", "ADD", "DELETE"]))[: draw(st.integers(1, 4))]
    rights = {"SET": RIGHT_SIDES, "REMOVE": st.none(), "ADD": VALUE_NAMES, "DELETE": VALUE_NAMES}
    actions = [
        Action(section, draw(PATHS), draw(rights[section]))
        for section in sections
        for _ in range(draw(st.integers(1, 3)))
    ]
    return UpdateTree(tuple(sections), tuple(actions))


def operand_text(operand: Operand | Sum) -> str:
    """An operand as written."""
    match operand:
        case Path(steps):
            return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)[1:]
        case ValueName(name):
            return name
        case Function(name, operands):
            return f"{name}({', '.join(map(operand_text, operands))})"
        case Sum(operator, left, right):
            return f"{operand_text(left)} {operator} {operand_text(right)}"


def condition_text(tree: ConditionTree) -> str:
    """A condition as written, with parentheses only where the tree needs them."""
    match tree:
        case Not(condition):
            return f"NOT {_inside(condition, And, Or)}"
        case And(conditions):
            return " AND ".join(_inside(condition, And, Or) for condition in conditions)
        case Or(conditions):
            return " OR ".join(_inside(condition, Or) for condition in conditions)
    return _simple_text(tree)


def _simple_text(tree: Comparison | Between | In | Function) -> str:
    match tree:
        case Comparison(operator, left, right):
            return f"{operand_text(left)} {operator} {operand_text(right)}"
        case Between(operand, low, high):
            return f"{operand_text(operand)} BETWEEN {operand_text(low)} AND {operand_text(high)}"
        case In(operand, options):
            return f"{operand_text(operand)} IN ({', '.join(map(operand_text, options))})"
        case Function():
            return operand_text(tree)


def update_text(tree: UpdateTree) -> str:
    """An update as written."""
    return " ".join(
        f"{section} " + ", ".join(_action_text(action) for action in tree.actions if action.section == section)
        for section in tree.sections
    )


def _action_text(action: Action) -> str:
    right = "" if action.operand is None else operand_text(action.operand)
    return f"{operand_text(action.path)}{' = ' if action.section == 'SET' else ' '}{right}".rstrip()


def _inside(tree: ConditionTree, *looser: type) -> str:
    text = condition_text(tree)
    return f"({text})" if isinstance(tree, looser) else text
