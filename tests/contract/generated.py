"""What the state machines send: few keys, few attributes, and expressions from a small grammar, so that things meet.

An expression is generated with its placeholders: text in which `:v0`, `:v1`, ... stand for the values beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

Value = dict[str, Any]

PARTITIONS, SORTS = ("a", "b"), ("-1", "1", "2.50", "10")
NUMBERS = ("0", "1", "2.5", "-1", "1e2", "0.10", "12345678901234567890123456789012345678")
TEXTS = ("", "x", "xy", "y")

numbers: st.SearchStrategy[Value] = st.sampled_from(NUMBERS).map(lambda text: {"N": text})
texts: st.SearchStrategy[Value] = st.sampled_from(TEXTS).map(lambda text: {"S": text})
sets: st.SearchStrategy[Value] = st.one_of(
    st.lists(st.sampled_from(TEXTS), min_size=1, max_size=3, unique=True).map(lambda members: {"SS": members}),
    st.lists(st.sampled_from(("0", "1", "2.5")), min_size=1, max_size=3, unique=True).map(
        lambda members: {"NS": members}
    ),
)
others: st.SearchStrategy[Value] = st.sampled_from([{"BOOL": True}, {"NULL": True}, {"B": b"\x00\xff"}, {"B": b""}])
lists: st.SearchStrategy[Value] = st.lists(numbers | texts, max_size=3).map(lambda members: {"L": members})
maps: st.SearchStrategy[Value] = st.dictionaries(st.sampled_from(("k", "j")), numbers | texts | lists, max_size=2).map(
    lambda members: {"M": members}
)
values = st.one_of(numbers, texts, sets, others, lists, maps)

ATTRIBUTES = ("n", "t", "ss", "l", "m", "x")
PATHS = (*ATTRIBUTES, "l[0]", "l[1]", "m.k", "m.j", "m.k[0]", "absent")
# Of these types the items begin with, so that most operands suit; the updates change them.
FITTING = {"n": numbers, "t": texts, "ss": sets, "l": lists, "m": maps, "x": values}

keys = st.tuples(st.sampled_from(PARTITIONS), st.sampled_from(SORTS)).map(
    lambda key: {"p": {"S": key[0]}, "s": {"N": key[1]}}
)
# The keys of the two indexes; they have their types, for DynamoDB Local takes an update to another type.
index_keys: st.SearchStrategy[dict[str, Value]] = st.fixed_dictionaries(
    {},
    optional={
        "g": st.sampled_from(("red", "blue")).map(lambda text: {"S": text}),
        "r": st.sampled_from(("1", "2", "3.0")).map(lambda text: {"N": text}),
    },
)
_attributes: st.SearchStrategy[dict[str, Value]] = st.fixed_dictionaries({}, optional=FITTING)
_items = st.tuples(keys, _attributes, index_keys).map(lambda parts: {**parts[0], **parts[1], **parts[2]})


@dataclass(frozen=True)
class Expression:
    """Text with `{}` where a value's placeholder belongs, and the values."""

    text: str
    values: tuple[Value, ...] = ()

    def parameters(self, member: str, start: int = 0) -> dict[str, Any]:
        """The members of a request; placeholders are numbered from `start`."""
        names = [f":v{start + number}" for number in range(len(self.values))]
        found: dict[str, Any] = {member: self.text.format(*names)}
        if names:
            found["ExpressionAttributeValues"] = dict(zip(names, self.values, strict=True))
        return found


def _join(pattern: str, *parts: Expression) -> Expression:
    return Expression(
        pattern.format(*(part.text for part in parts)), tuple(value for part in parts for value in part.values)
    )


paths = st.sampled_from(PATHS).map(Expression)
given_values = values.map(lambda value: Expression("{}", (value,)))
sizes = paths.map(lambda path: _join("size({})", path))
operands = st.one_of(paths, given_values, given_values, sizes)
comparisons = st.tuples(operands, st.sampled_from(("=", "<>", "<", "<=", ">", ">=")), operands).map(
    lambda parts: _join(f"{{}} {parts[1]} {{}}", parts[0], parts[2])
)
functions = st.one_of(
    paths.map(lambda path: _join("attribute_exists({})", path)),
    paths.map(lambda path: _join("attribute_not_exists({})", path)),
    st.tuples(paths, given_values).map(lambda pair: _join("contains({}, {})", *pair)),
    st.tuples(paths, texts).map(lambda pair: _join("begins_with({}, {})", pair[0], Expression("{}", (pair[1],)))),
    st.tuples(paths, st.sampled_from(("S", "N", "SS", "L", "M"))).map(
        lambda pair: _join("attribute_type({}, {})", pair[0], Expression("{}", ({"S": pair[1]},)))
    ),
    st.tuples(operands, given_values, given_values).map(lambda three: _join("{} BETWEEN {} AND {}", *three)),
    st.tuples(operands, given_values, given_values).map(lambda three: _join("{} IN ({}, {})", *three)),
)
_conditions: st.SearchStrategy[Expression] = st.recursive(
    comparisons | functions,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda pair: _join("{} AND {}", *pair)),
        st.tuples(inner, inner).map(lambda pair: _join("({} OR {}) AND attribute_exists(p)", *pair)),
        inner.map(lambda one: _join("NOT ({})", one)),
    ),
    max_leaves=3,
)

_assigned = st.one_of(
    given_values,
    given_values,
    paths,
    st.tuples(paths, given_values).map(lambda pair: _join("if_not_exists({}, {})", *pair)),
    st.tuples(paths, numbers, st.sampled_from("+-")).map(
        lambda parts: _join(f"{{}} {parts[2]} {{}}", parts[0], Expression("{}", (parts[1],)))
    ),
    st.tuples(paths, lists).map(lambda pair: _join("list_append({}, {})", pair[0], Expression("{}", (pair[1],)))),
)
_written = st.sampled_from(PATHS[:-1])
_set = st.tuples(_written, _assigned).map(lambda pair: _join(f"SET {pair[0]} = {{}}", pair[1]))
_set_two = st.tuples(_written, _assigned, _written, _assigned).map(
    lambda four: _join(f"SET {four[0]} = {{}}, {four[2]} = {{}}", four[1], four[3])
)
_add = st.tuples(_written, numbers | sets).map(lambda pair: _join(f"ADD {pair[0]} {{}}", Expression("{}", (pair[1],))))
_delete = st.tuples(_written, sets).map(lambda pair: _join(f"DELETE {pair[0]} {{}}", Expression("{}", (pair[1],))))
_remove = _written.map(lambda path: Expression(f"REMOVE {path}"))
_updates: st.SearchStrategy[Expression] = st.one_of(
    _set,
    _set,
    _set_two,
    _add,
    _delete,
    _remove,
    st.tuples(_set, _remove).map(lambda pair: _join("{} {}", *pair)),
    st.tuples(_set, _add).map(lambda pair: _join("{} {}", *pair)),
)
sort_conditions: st.SearchStrategy[Expression] = st.one_of(
    st.just(Expression("")),
    st.tuples(st.sampled_from(("=", "<", "<=", ">", ">=")), st.sampled_from(SORTS)).map(
        lambda pair: Expression(f" AND s {pair[0]} {{}}", ({"N": pair[1]},))
    ),
    st.tuples(st.sampled_from(SORTS), st.sampled_from(SORTS)).map(
        lambda pair: Expression(" AND s BETWEEN {} AND {}", ({"N": pair[0]}, {"N": pair[1]}))
    ),
)


# Drawn by functions, because the description of a large strategy is larger still, and Hypothesis writes it out.
@st.composite
def attributes(draw: st.DrawFn) -> dict[str, Value]:
    """Attributes that are no keys."""
    return draw(_attributes)


@st.composite
def items(draw: st.DrawFn) -> dict[str, Value]:
    """An item, now and then in the indexes."""
    return draw(_items)


@st.composite
def conditions(draw: st.DrawFn) -> Expression:
    """A condition; most are valid, and some of them hold."""
    return draw(_conditions)


@st.composite
def updates(draw: st.DrawFn) -> Expression:
    """An update; most are valid."""
    return draw(_updates)
