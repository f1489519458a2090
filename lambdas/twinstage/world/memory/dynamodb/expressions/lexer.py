"""Tokens of an expression, and the exact syntax errors: the offending token, and the text from the token before it to the one after it.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
"""

from __future__ import annotations

import re
from typing import NamedTuple, NoReturn

from twinstage.world.memory.dynamodb.errors import invalid

KEYWORDS = frozenset({"AND", "OR", "NOT", "BETWEEN", "IN", "SET", "REMOVE", "ADD", "DELETE"})
COMPARATORS = frozenset({"=", "<>", "<", "<=", ">", ">="})
END = "<EOF>"

_TOKEN = re.compile(
    r"""[ \t\r\n]*(?:
      (?P<word>[A-Za-z][A-Za-z0-9_]*)
    | (?P<name>\#[A-Za-z0-9_]+)
    | (?P<value>:[A-Za-z0-9_]+)
    | (?P<index>0|[1-9][0-9]*)
    | (?P<symbol><>|<=|>=|[=<>()\[\],.+-])
    | (?P<other>.)
    )""",
    re.VERBOSE | re.DOTALL,
)
_SPACE = " \t\r\n"


class Token(NamedTuple):
    """`kind`: word, name, value, index, other, END, or for a keyword and a symbol the (upper-case) token itself."""

    kind: str
    text: str
    start: int
    end: int


class Reader:
    """The tokens of one expression, read one after the other. `where` names the request's parameter in errors."""

    def __init__(self, text: str, where: str) -> None:
        self._text, self._where, self._tokens, self._at = text, where, _tokens(text), 0

    @property
    def token(self) -> Token:
        """The token that is read next; at the end, one of kind END."""
        return self._tokens[self._at]

    @property
    def previous_start(self) -> int:
        """Where the token read last starts."""
        return self._tokens[self._at - 1].start

    def take(self, *kinds: str) -> Token:
        """The next token, which must be of one of these kinds; otherwise a syntax error."""
        token = self._tokens[self._at]
        if token.kind not in kinds:
            self.refuse()
        self._at += 1
        return token

    def takes(self, kind: str) -> bool:
        """Whether the next token is of this kind; if so, it is read."""
        if self._tokens[self._at].kind != kind:
            return False
        self._at += 1
        return True

    def follows(self, kind: str) -> bool:
        """Whether the token after the next one is of this kind."""
        return self._at + 1 < len(self._tokens) and self._tokens[self._at + 1].kind == kind

    def refuse(self) -> NoReturn:
        """Raises the syntax error at the next token."""
        before = self._tokens[self._at - 1].start if self._at else 0
        after = self._tokens[self._at + 1].end if self._at + 1 < len(self._tokens) else len(self._text)
        raise invalid(
            f'Invalid {self._where}: Syntax error; token: "{self.token.text}", near: "{self._text[before:after]}"'
        )


def _tokens(text: str) -> list[Token]:
    tokens = []
    for found in _TOKEN.finditer(text, 0, len(text.rstrip(_SPACE))):
        kind = str(found.lastgroup)
        word = found[kind]
        start = found.start(kind)
        if kind == "symbol" or (kind == "word" and word.upper() in KEYWORDS):
            kind = word.upper()
        tokens.append(Token(kind, word, start, found.end()))
    return [*tokens, Token(END, END, len(text), len(text))]
