"""Masking: values become keyed tokens before they are stored, so that a snapshot of personal data holds none.

A token is made by HMAC-SHA-256 (RFC 2104) of the value under a key that never enters the snapshot, so equal values have equal tokens and joins survive, and
nobody without the key can try values out. Types stay: text becomes text, a number a whole number, binary binary. true, false, null and the empty text say
nothing about anybody and stay as they are.
"""

from __future__ import annotations

import base64
import hmac
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from twinstage.model.canonical import UTF_8
from twinstage.model.errors import InputError, InputProblem
from twinstage.model.item import canonical_number
from twinstage.state.masking_rules import ANY_ELEMENT, matches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from twinstage.model.item import Item
    from twinstage.model.record_set import RecordSet
    from twinstage.state.masking_rules import MaskingRule, MaskingRules, TokenForm

SHORTEST_KEY_BYTES = 16
_TOKEN_BYTES = 20
# `.invalid` is never a domain that exists: https://www.rfc-editor.org/rfc/rfc2606
_EMAIL_DOMAIN = "masked.invalid"
_LONGEST_STRING = 255
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_CHARACTER = re.compile(r"\\[0-7]{3}|\\.|.", re.DOTALL)

Active = list[tuple["MaskingRule", int]]
"""Rules that are on their way to a value, each with the number of steps it has taken."""


class Masking:
    """Rules and the key of their tokens. `used` counts the values that each rule has replaced."""

    def __init__(self, rules: MaskingRules, key: bytes) -> None:
        if len(key) < SHORTEST_KEY_BYTES:
            message = f"the masking key has {len(key)} bytes; it needs {SHORTEST_KEY_BYTES} or more"
            hint = "make one with `openssl rand -hex 32`"
            raise InputError([InputProblem("masking key", 0, "", message, hint)])
        self.rules, self._key, self.used = rules, key, Counter[str]()

    def document(self) -> dict[str, str]:
        """What a manifest says: the digest of the rules and the fingerprint of the key."""
        fingerprint = hmac.digest(self._key, b"twinstage:masking:fingerprint", "sha256").hex()[:32]
        return {"rules": self.rules.digest, "key": fingerprint}

    def paths(self, table: str) -> tuple[str, ...]:
        """The attributes of a table that are masked, in order."""
        return tuple(sorted({rule.path for rule in self.rules.about("table", table)}))

    def unused(self) -> tuple[str, ...]:
        """The rules that have replaced nothing, as people read them."""
        return tuple(
            text for rule in self.rules.rules if not self.used[text := f"{rule.kind} {rule.name}: {rule.path}"]
        )

    def of_table(self, table: str) -> Callable[[Item], Item]:
        """What masks the items of a table. Raises InputError where two elements of a set get one token."""
        rules = self.rules.about("table", table)

        def masked(item: Item) -> Item:
            try:
                return {name: self._value(value, _onward(rules, name)) for name, value in item.items()}
            except _Collision as collision:
                message = f"two elements of a set of {table} get the same token {collision}"
                raise InputError(
                    [InputProblem("capture", 0, f"/tables/{table}", message, "give the rule more digits")]
                ) from None

        return masked if rules else _same

    def environment(self, function: str, environment: Mapping[str, str]) -> dict[str, str]:
        """A function's environment with the variables that rules name masked."""
        rules = self.rules.about("function", function)
        return {name: self._first(rules, name, value) for name, value in environment.items()}

    def left_open(self, function: str, environment: Mapping[str, str]) -> dict[str, str]:
        """What stays readable of a function's variables: of those that rules name what stands before the token, all of the others."""
        rules = self.rules.about("function", function)
        named = {name: _first_of(rules, name) for name in environment}
        return {
            name: value if (rule := named[name]) is None else _kept(rule.form, value)[0]
            for name, value in environment.items()
        }

    def record_sets(self, zone: str, record_sets: Iterable[RecordSet]) -> list[RecordSet]:
        """A zone's record sets with the values of TXT sets that rules name masked, in quoted strings as long as DNS takes them.

        Raises InputError where two values of one set get one token: Route 53 would refuse the set.
        """
        rules = self.rules.about("zone", zone)
        return [self._record_set(rules, record_set) for record_set in record_sets]

    def _record_set(self, rules: Sequence[MaskingRule], record_set: RecordSet) -> RecordSet:
        rule = _first_of(rules, record_set["Name"])
        if record_set["Type"] != "TXT" or rule is None or "ResourceRecords" not in record_set:
            return record_set
        values = [_txt_text(record["Value"]) for record in record_set["ResourceRecords"]]
        tokens = [_quoted(self._text(rule, value)) for value in values]
        if len(set(tokens)) < len(tokens):
            message = f"two values of {record_set['Name']} TXT get the same token"
            hint = "give the rule more digits, or leave one of two values out that say the same"
            raise InputError([InputProblem("capture", 0, f"/zones/{rule.name}", message, hint)])
        return record_set | {"ResourceRecords": [{"Value": token} for token in tokens]}

    def _first(self, rules: Sequence[MaskingRule], name: str, value: str) -> str:
        rule = _first_of(rules, name)
        return self._text(rule, value) if rule else value

    def _value(self, value: Mapping[str, Any], active: Active) -> dict[str, Any]:
        if not active:
            return dict(value)
        arrived = next((rule for rule, taken in active if taken == len(rule.steps)), None)
        if arrived is not None:
            return self._throughout(arrived, value)
        ((kind, content),) = value.items()
        if kind == "M":
            return {kind: {name: self._value(member, _further(active, name)) for name, member in content.items()}}
        if kind == "L":
            return {kind: [self._value(member, _further(active, f"[{i}]")) for i, member in enumerate(content)]}
        return dict(value)

    def _throughout(self, rule: MaskingRule, value: Mapping[str, Any]) -> dict[str, Any]:
        """Every value at and below one that a rule leads to."""
        ((kind, content),) = value.items()
        if kind == "M":
            return {kind: {name: self._throughout(rule, member) for name, member in content.items()}}
        if kind == "L":
            return {kind: [self._throughout(rule, member) for member in content]}
        if kind in ("SS", "NS", "BS"):
            tokens = [self._scalar(rule, kind[0], element) for element in content]
            if repeated := [token for token, number in Counter(tokens).items() if number > 1]:
                raise _Collision(repeated[0])
            return {kind: tokens}
        return {kind: self._scalar(rule, kind, content)} if kind in ("S", "N", "B") else dict(value)

    def _scalar(self, rule: MaskingRule, kind: str, content: str) -> str:
        if kind == "S":
            return self._text(rule, content)
        self._count(rule)
        if kind == "N":
            return self._number(rule.form, canonical_number(content).encode())
        return base64.b64encode(self._hmac(rule.form, "B", base64.b64decode(content))[:_TOKEN_BYTES]).decode()

    def _text(self, rule: MaskingRule, text: str) -> str:
        """The token of a text; with `after`, what follows that, where it is there."""
        kept, rest = _kept(rule.form, text)
        if not rest:
            return text
        self._count(rule)
        return kept + rule.form.prefix + self._token(rule.form, rest.encode(*UTF_8))

    def _token(self, form: TokenForm, value: bytes) -> str:
        if form.format == "digits":
            return self._number(form, value, kind="S").zfill(form.digits)
        made = self._hmac(form, "S", value)
        if form.format == "uuid":
            return _uuid(made)
        token = base64.b32encode(made[:_TOKEN_BYTES]).decode().lower()
        return f"{token}@{_EMAIL_DOMAIN}" if form.format == "email" else token

    def _number(self, form: TokenForm, value: bytes, kind: str = "N") -> str:
        return str(int.from_bytes(self._hmac(form, kind, value), "big") % 10**form.digits)

    def _hmac(self, form: TokenForm, kind: str, value: bytes) -> bytes:
        return hmac.digest(self._key, form.domain.encode() + b"\0" + kind.encode() + b"\0" + value, "sha256")

    def _count(self, rule: MaskingRule) -> None:
        self.used[f"{rule.kind} {rule.name}: {rule.path}"] += 1


class _Collision(Exception):
    """Two values have one token, which it names."""


def _first_of(rules: Sequence[MaskingRule], name: str) -> MaskingRule | None:
    """The rule that decides about a variable or the name of a TXT record set."""
    return next((rule for rule in rules if matches(rule.steps[0], name)), None)


def _kept(form: TokenForm, text: str) -> tuple[str, str]:
    """What stays of a text, and what becomes a token."""
    if not form.after:
        return "", text
    before, marker, rest = text.partition(form.after)
    return before + marker, rest


def _onward(rules: Sequence[MaskingRule], attribute: str) -> Active:
    return [(rule, 1) for rule in rules if rule.steps[0] in (attribute, "*")]


def _further(active: Active, step: str) -> Active:
    anything = ANY_ELEMENT if step.startswith("[") else "*"
    return [(rule, taken + 1) for rule, taken in active if rule.steps[taken] in (step, anything)]


def _uuid(random: bytes) -> str:
    """A UUID of version 4: https://www.rfc-editor.org/rfc/rfc9562#section-5.4"""
    number = int.from_bytes(random[:16], "big")
    number = number & ~(0xF << 76) | 4 << 76
    text = f"{number & ~(0b11 << 62) | 0b10 << 62:032x}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def _txt_text(value: str) -> str:
    """What a TXT value says, its strings put together, the quotes that hold them left out, escapes as they are."""
    return "".join(_STRING.findall(value)) if value.startswith('"') else value


def _quoted(text: str) -> str:
    """A text as a TXT value: strings of at most 255 characters, none of which ends in the middle of an escape.

    https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/ResourceRecordTypes.html#TXTFormat
    """
    characters = _CHARACTER.findall(text)
    strings = ["".join(characters[at : at + _LONGEST_STRING]) for at in range(0, len(characters), _LONGEST_STRING)]
    return " ".join(f'"{string}"' for string in strings)


def _same(item: Item) -> Item:
    return item
