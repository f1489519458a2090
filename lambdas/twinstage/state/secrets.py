"""Secrets in a function's environment: which values look like one, by their shape or by their name. Values are never told, only names.

A value may name a secret without being one: an ARN, a path in Parameter Store, a dynamic reference, `my-database-password`. Those pass.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from twinstage.model.errors import InputError, InputProblem
from twinstage.model.rewrite import WITHHELD
from twinstage.state.secret_shapes import shape_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_PASSWORDS = frozenset({"password", "passwd", "passphrase", "pwd", "pass", "passcode", "pw"})
_SECRETS = frozenset({"secret", "secrets", "token", "tokens", "credential", "credentials", "apikey", "secretkey"})
_KEYS = frozenset(
    {"api", "access", "private", "signing", "encryption", "auth", "master", "shared", "hmac", "license", "app"}
)
_ABOUT = frozenset(
    "name arn id ids path url uri file filename parameter param params table topic queue ttl expiry expires expiration seconds minutes hours days age "  # noqa: SIM905 so many words read better as text
    "lifetime enabled disabled required rotation rotate header field type length size policy region version algorithm alg prefix suffix alias ref "
    "reference endpoint host hostname issuer audience bucket count limit max min store stage manager provider scope scopes mode role user username "
    "engine namespace label title description address format regex pattern interval timeout retries bytes".split()
)
"""Words that say that a name is about a secret and does not hold it: `SECRET_NAME`, `TOKEN_TTL`."""

_REFERENCE = re.compile(
    r"arn:|\{\{resolve:|\$\{|\$\(|(?:aws:)?(?:ssm|secretsmanager|secrets-manager|parameterstore|kms|vault|s3|file|env)[:/]|alias/|https?://[^\s@]*$",
    re.IGNORECASE,
)
_AWS_SECRET = re.compile(r"[A-Za-z0-9/+]{40}")
_PATH = re.compile(r"\.{0,2}/[A-Za-z0-9_./@-]*")
_WORDS = re.compile(r"[A-Za-z][a-z]*[0-9]{0,3}(?:[-_./:@ ][A-Z]?[a-z]*[0-9]{0,3}){1,20}")
_PLAIN = re.compile(r"(?i:true|false|yes|no|on|off|none|null|enabled|disabled|[0-9.,:TZ+-]{1,32})")
_DIGITS = re.compile(r"[0-9]{4,}")
_HEX = re.compile(r"[0-9a-fA-F]{16,}")
_SHORTEST_SECRET, _SHORTEST_RANDOM, _SHORTEST_WORD, _DEEPEST = 8, 16, 3, 8
_BITS_A_CHARACTER, _BITS_A_HEX_DIGIT = 3.0, 2.5


def secret_in(name: str, value: str) -> str | None:
    """Why a value of this name looks like a secret, in words that hold nothing of it; None where it does not."""
    if value == WITHHELD:
        return None
    return shape_of(value) or _in_document(value) or _by_name(name, value)


def secret_problems(function: str, environment: Mapping[str, str], place: str) -> Iterator[InputProblem]:
    """A problem for each variable whose value looks like a secret. `place` is the JSON pointer of the environment."""
    for name in sorted(environment):
        if kind := secret_in(name, environment[name]):
            message = f"{function}: the environment variable {name} looks like a secret: {kind}"
            hint = f"read it from Secrets Manager, or leave its value out with --withhold {function}:{name}"
            yield InputProblem("capture", 0, f"{place}/{name}", message, hint)


def withheld(environment: Mapping[str, str], names: Collection[str]) -> dict[str, str]:
    """The environment with a placeholder for the values of these names."""
    return {name: WITHHELD if name in names else value for name, value in environment.items()}


def withheld_by_function(given: Iterable[str]) -> dict[str, frozenset[str]]:
    """`FUNCTION:NAME` texts as names by function. Raises InputError with every text that is none."""
    found: dict[str, set[str]] = {}
    problems = []
    for text in given:
        function, mark, name = text.rpartition(":")
        if not (function and mark and name):
            problems.append(InputProblem("--withhold", 0, "", f"{text!r} is not FUNCTION:NAME"))
        found.setdefault(function, set()).add(name)
    if problems:
        raise InputError(problems)
    return {function: frozenset(names) for function, names in found.items()}


def _by_name(name: str, value: str) -> str | None:
    kind = _kind_of_name(name)
    if kind is None or not value.strip() or _REFERENCE.match(value) or _is_path(value):
        return None
    if _PLAIN.fullmatch(value) and not (kind == "password" and _DIGITS.fullmatch(value)):
        return None
    if kind == "password":
        named = {word.lower() for word in _WORD.findall(value)}
        is_a_name = _WORDS.fullmatch(value) and named & (_PASSWORDS | _SECRETS | _ABOUT)
        return None if is_a_name else "its name says that it is a password"
    return "its name says so, and it looks random" if _looks_random(value) else None


def _is_path(value: str) -> bool:
    """A path, as of a parameter or a file; not what a generator made that happens to begin with a slash, as base64 may."""
    if not _PATH.fullmatch(value) or (_AWS_SECRET.fullmatch(value) and _looks_random(value)):
        return False
    return not any(map(_is_generated, re.split("[/.]", value)))


def _is_generated(segment: str) -> bool:
    """Random, and not `MyDatabasePassword1`: its words are hardly longer than a letter or two."""
    long = len(segment) >= _SHORTEST_RANDOM and _looks_random(segment)
    return long and len(_WORD.findall(segment)) * _SHORTEST_WORD > len(segment)


def _kind_of_name(name: str) -> str | None:
    """`password` or `secret` for a name whose last words say that it holds one."""
    words = [word.lower() for word in _WORD.findall(name)]
    while words and words[-1].isdigit():
        words.pop()
    if not words or words[-1] in _ABOUT:
        return None
    if words[-1] in _PASSWORDS:
        return "password"
    if words[-1] in ("key", "keys"):
        return "secret" if set(words[:-1]) & (_KEYS | _SECRETS) else None
    return "secret" if set(words) & (_SECRETS | _PASSWORDS) or "apikey" in "".join(words) else None


def _looks_random(value: str) -> bool:
    """No words with marks between them, and as mixed as what a generator makes."""
    if len(value) < _SHORTEST_SECRET or _WORDS.fullmatch(value):
        return False
    kinds = sum(any(test(c) for c in value) for test in (str.islower, str.isupper, str.isdigit, _is_mark))
    if kinds >= 3:  # noqa: PLR2004 of four kinds of characters, as password rules ask for
        return True
    mixed = any(c.isdigit() for c in value) and any(c.isalpha() for c in value)
    if _HEX.fullmatch(value):
        return mixed and _bits(value) >= _BITS_A_HEX_DIGIT
    return len(value) >= _SHORTEST_RANDOM and (mixed or not value.islower()) and _bits(value) >= _BITS_A_CHARACTER


def _is_mark(character: str) -> bool:
    return not character.isalnum()


def _bits(value: str) -> float:
    """Shannon's entropy of the characters, in bits a character."""
    total = len(value)
    return -sum(n / total * math.log2(n / total) for n in Counter(value).values())


def _in_document(value: str) -> str | None:
    """A secret in a value that is a JSON object or list, by the names within."""
    if value.lstrip()[:1] not in ("{", "["):
        return None
    try:
        document = json.loads(value)
    except (ValueError, RecursionError):
        return None
    found = next(_secrets_within(document, "", 0), None)
    return f"inside the document, {found}" if found else None


def _secrets_within(document: Any, name: str, depth: int) -> Iterator[str]:
    if depth > _DEEPEST:
        return
    if isinstance(document, dict):
        for key, member in document.items():
            yield from _secrets_within(member, str(key), depth + 1)
    elif isinstance(document, list):
        for member in document:
            yield from _secrets_within(member, name, depth + 1)
    elif isinstance(document, str) and (kind := shape_of(document) or _by_name(name, document)):
        yield kind
