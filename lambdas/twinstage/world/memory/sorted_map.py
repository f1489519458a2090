"""An immutable sorted mapping of which another with one entry changed costs the logarithm of its size.

A B+-tree with path copying: entries lie in leaves in the order of their keys; a change copies the leaf it falls in and the branches above it, and
shares every other node. Keeping an old map is keeping a reference to it: nothing is ever changed in place.

Source: Okasaki, Purely Functional Data Structures (1998), chapter 2 (path copying); Comer, The Ubiquitous B-Tree (1979).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any, Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")

NODE_SIZE = 64
"""A node holds at most this many entries or children; one below the root at least a quarter of it."""

_SPARSE = NODE_SIZE // 4


class _Leaf:
    """Keys, sorted, and the value of each. Neither list changes once the node is in a map."""

    __slots__ = ("keys", "values")

    def __init__(self, keys: list[Any], values: list[Any]) -> None:
        self.keys, self.values = keys, values


class _Branch:
    """Children in order; `keys[i]` is not above any key of `values[i + 1]`, and above every key of `values[i]`."""

    __slots__ = ("keys", "values")

    def __init__(self, keys: list[Any], values: list[Any]) -> None:
        self.keys, self.values = keys, values


_Node = _Leaf | _Branch


class SortedMap(Mapping[K, V], Generic[K, V]):
    """An immutable mapping in the order of its keys, which must be comparable with each other.

    `with_entry` and `without` answer another map in O(log n); `items_between` and `items_before` walk a range either way.
    """

    __slots__ = ("_length", "_root")

    def __init__(self, entries: Mapping[K, V] | Iterable[tuple[K, V]] = ()) -> None:
        """Build from entries in any order, in O(n log n); of two with one key the later stays."""
        unique = dict(entries)
        self._root: _Node = _built(sorted(unique.items(), key=lambda entry: entry[0]))
        self._length = len(unique)

    def with_entry(self, key: K, value: V) -> SortedMap[K, V]:
        """Answer the map with `key` set to `value`."""
        node, path = self._root, []
        while type(node) is _Branch:
            index = bisect_right(node.keys, key)
            path.append((node, index))
            node = node.values[index]
        index = bisect_left(node.keys, key)
        values = node.values.copy()
        if index < len(node.keys) and node.keys[index] == key:
            values[index] = value
            return self._with_root(_replaced(path, [_Leaf(node.keys, values)], []), self._length)
        keys = node.keys.copy()
        keys.insert(index, key)
        values.insert(index, value)
        nodes, separators = _split(_Leaf(keys, values))
        return self._with_root(_replaced(path, nodes, separators), self._length + 1)

    def without(self, key: K) -> SortedMap[K, V]:
        """Answer the map without `key`; the map itself where it has no such key."""
        node, path = self._root, []
        while type(node) is _Branch:
            index = bisect_right(node.keys, key)
            path.append((node, index))
            node = node.values[index]
        index = bisect_left(node.keys, key)
        if index == len(node.keys) or node.keys[index] != key:
            return self
        lessened: _Node = _Leaf(
            node.keys[:index] + node.keys[index + 1 :], node.values[:index] + node.values[index + 1 :]
        )
        while path:
            parent, index = path.pop()
            lessened = _with_lessened_child(parent, index, lessened)
        if type(lessened) is _Branch and len(lessened.values) == 1:
            lessened = lessened.values[0]
        return self._with_root(lessened, self._length - 1)

    def _with_root(self, root: _Node, length: int) -> SortedMap[K, V]:
        made: SortedMap[K, V] = SortedMap.__new__(SortedMap)
        made._root, made._length = root, length
        return made

    def items_between(self, low: K | None = None, high: K | None = None) -> Iterator[tuple[K, V]]:
        """Yield the entries with `low` <= key < `high`, ascending; None leaves an end open."""
        return _ascending(self._root, low, high)

    def items_before(self, high: K | None = None, low: K | None = None) -> Iterator[tuple[K, V]]:
        """Yield the entries with `low` <= key < `high`, descending; None leaves an end open."""
        return _descending(self._root, low, high)

    def nodes(self) -> Iterator[object]:
        """Yield every node of the tree: what two maps share is the nodes that are identical in both."""
        waiting: list[_Node] = [self._root]
        while waiting:
            node = waiting.pop()
            yield node
            if type(node) is _Branch:
                waiting.extend(node.values)

    def get(self, key: K, default: Any = None) -> Any:
        """Answer the value of `key`, `default` where there is none."""
        node = self._root
        while type(node) is _Branch:
            node = node.values[bisect_right(node.keys, key)]
        index = bisect_left(node.keys, key)
        if index < len(node.keys) and node.keys[index] == key:
            return node.values[index]
        return default

    def __getitem__(self, key: K) -> V:
        value: V = self.get(key, _ABSENT)
        if value is _ABSENT:
            raise KeyError(key)
        return value

    def __contains__(self, key: object) -> bool:
        return self.get(key, _ABSENT) is not _ABSENT  # type: ignore[arg-type]  # a Mapping is asked for any object

    def __iter__(self) -> Iterator[K]:
        return (key for key, _ in _ascending(self._root, None, None))

    def __reversed__(self) -> Iterator[K]:
        return (key for key, _ in _descending(self._root, None, None))

    def __len__(self) -> int:
        return self._length

    def __repr__(self) -> str:
        return f"SortedMap({dict(self)!r})"


_ABSENT = object()


def _replaced(path: list[tuple[_Branch, int]], nodes: list[_Node], separators: list[Any]) -> _Node:
    """Answer the root after the child at the end of `path` has become `nodes`, with `separators` between them."""
    while path:
        parent, index = path.pop()
        children = parent.values.copy()
        if not separators:
            children[index] = nodes[0]
            nodes = [_Branch(parent.keys, children)]
            continue
        keys = parent.keys.copy()
        keys[index:index] = separators
        children[index : index + 1] = nodes
        nodes, separators = _split(_Branch(keys, children))
    return _Branch(separators, nodes) if separators else nodes[0]


def _split(node: _Node) -> tuple[list[_Node], list[Any]]:
    """Answer a node as one node, or two where it holds too much, and what separates them."""
    keys, values = node.keys, node.values
    if len(values) <= NODE_SIZE:
        return [node], []
    half = len(values) // 2
    if type(node) is _Leaf:
        return [_Leaf(keys[:half], values[:half]), _Leaf(keys[half:], values[half:])], [keys[half]]
    return [_Branch(keys[: half - 1], values[:half]), _Branch(keys[half:], values[half:])], [keys[half - 1]]


def _with_lessened_child(parent: _Branch, index: int, child: _Node) -> _Branch:
    """Answer the branch with a child that has lost an entry, joined with a neighbour where it has become sparse."""
    children = parent.values.copy()
    if len(child.values) >= _SPARSE or len(children) == 1:
        children[index] = child
        return _Branch(parent.keys, children)
    left = index - 1 if index else 0
    before, after = (children[left], child) if index else (child, children[1])
    nodes, separators = _split(_joined(before, after, parent.keys[left]))
    children[left : left + 2] = nodes
    keys = parent.keys.copy()
    keys[left : left + 1] = separators
    return _Branch(keys, children)


def _joined(left: _Node, right: _Node, separator: Any) -> _Node:
    if type(left) is _Leaf:
        return _Leaf(left.keys + right.keys, left.values + right.values)
    return _Branch([*left.keys, separator, *right.keys], left.values + right.values)


def _built(entries: list[tuple[Any, Any]]) -> _Node:
    """Answer the root of a tree over sorted entries with distinct keys."""
    if not entries:
        return _Leaf([], [])
    level: list[tuple[Any, _Node]] = []
    for chunk in _chunks(entries):
        keys = [key for key, _ in chunk]
        level.append((keys[0], _Leaf(keys, [value for _, value in chunk])))
    while len(level) > 1:
        level = [
            (chunk[0][0], _Branch([low for low, _ in chunk[1:]], [node for _, node in chunk]))
            for chunk in _chunks(level)
        ]
    return level[0][1]


def _chunks(entries: list[Any]) -> Iterator[list[Any]]:
    """Yield the entries in as few even runs as fit a node three quarters full, so that the next changes split nothing."""
    count = -(-len(entries) // (NODE_SIZE * 3 // 4))
    bounds = [len(entries) * index // count for index in range(count + 1)]
    return (entries[low:high] for low, high in pairwise(bounds))


def _ascending(node: _Node, low: Any, high: Any) -> Iterator[tuple[Any, Any]]:
    if type(node) is _Leaf:
        start = 0 if low is None else bisect_left(node.keys, low)
        end = len(node.keys) if high is None else bisect_left(node.keys, high)
        yield from zip(node.keys[start:end], node.values[start:end], strict=True)
        return
    first = 0 if low is None else bisect_right(node.keys, low)
    last = len(node.keys) if high is None else bisect_left(node.keys, high)
    for index in range(first, last + 1):
        yield from _ascending(node.values[index], low if index == first else None, high if index == last else None)


def _descending(node: _Node, low: Any, high: Any) -> Iterator[tuple[Any, Any]]:
    if type(node) is _Leaf:
        start = 0 if low is None else bisect_left(node.keys, low)
        end = len(node.keys) if high is None else bisect_left(node.keys, high)
        yield from zip(reversed(node.keys[start:end]), reversed(node.values[start:end]), strict=True)
        return
    first = 0 if low is None else bisect_right(node.keys, low)
    last = len(node.keys) if high is None else bisect_left(node.keys, high)
    for index in range(last, first - 1, -1):
        yield from _descending(node.values[index], low if index == first else None, high if index == last else None)
