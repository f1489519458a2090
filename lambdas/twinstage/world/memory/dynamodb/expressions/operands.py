"""The parts all grammars share: document paths, values, function calls, and their parentheses."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from twinstage.world.memory.dynamodb.errors import Unsupported
from twinstage.world.memory.dynamodb.expressions.lexer import END, Reader
from twinstage.world.memory.dynamodb.expressions.tree import Function, Operand, Path, Step, ValueName

if TYPE_CHECKING:
    from collections.abc import Callable

# DynamoDB names no limit of its own; it follows from the 300 operators. Beyond this the interpreter's stack would have to grow.
MAX_PARENTHESES = 60


_T = TypeVar("_T")


class Grammar:
    """One expression being parsed. Subclasses add the productions of conditions, updates and projections."""

    def __init__(self, text: str, where: str) -> None:
        self.reader, self.where = Reader(text, where), where
        self.redundant_parentheses = False
        self._depth = 0
        self._closed = (-1, -1)  # where the pair of parentheses that was closed last opens and closes

    def whole(self, production: Callable[[], _T]) -> _T:
        """Runs one production over the whole text: nothing may be left."""
        result = production()
        self.reader.take(END)
        return result

    def path(self) -> Path:
        """name ( . name | [ index ] )*"""
        steps: list[Step] = [self.reader.take("word", "name").text]
        while True:
            if self.reader.takes("."):
                steps.append(self.reader.take("word", "name").text)
            elif self.reader.takes("["):
                steps.append(int(self.reader.take("index").text))
                self.reader.take("]")
            else:
                return Path(tuple(steps))

    def operand(self) -> Operand:
        """A value's name, a path, a call, or one of them in parentheses."""
        kind = self.reader.token.kind
        if kind == "(":
            return self.in_parentheses(self.operand)
        if kind == "value":
            return ValueName(self.reader.take("value").text)
        if kind == "word" and self.reader.follows("("):
            return self._call()
        return self.path()

    def in_parentheses(self, production: Callable[[], _T]) -> _T:
        """( production ), where a pair directly inside another is redundant: noted, and refused once the whole text is known to be well formed."""
        self._enter()
        opening = self.reader.take("(")
        first = self.reader.token.start
        result = production()
        if self._closed == (first, self.reader.previous_start):
            self.redundant_parentheses = True
        closing = self.reader.take(")")
        self._closed = (opening.start, closing.start)
        self._depth -= 1
        return result

    def _call(self) -> Function:
        name = self.reader.take("word").text
        operands: list[Operand] = []
        self._enter()
        self.reader.take("(")
        operands.append(self.operand())
        while self.reader.takes(","):
            operands.append(self.operand())
        self.reader.take(")")
        self._depth -= 1
        return Function(name, tuple(operands))

    def _enter(self) -> None:
        self._depth += 1
        if self._depth > MAX_PARENTHESES:
            raise Unsupported(f"an expression with more than {MAX_PARENTHESES} parentheses inside one another")
