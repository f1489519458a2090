"""Items as the lines of a snapshot's parts, many at once: `{"Item": {...}}` in canonical form, as DynamoDB's exports have it.

`canonical_line` and `item.item_key` say what the bytes are; `keyed_bodies` gives the same bytes some fifteen times faster. It lets orjson write a batch as it
is, and looks into the bytes for whatever the canonical form may write otherwise. Sets are put in order where they stand. A number in another spelling, or base64
that is not the encoder's own, has its batch made canonical item by item. In JSON text a quotation mark inside a string is escaped, so that `"N":"` and the like
can only be what they seem.
"""

from __future__ import annotations

import re
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import orjson

from twinstage.model.canonical import canonical_json
from twinstage.model.item import canonical_item, canonical_value, item_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from twinstage.model.item import Item

LINE_HEAD, LINE_TAIL = b'{"Item":{"', b"}}"
# Numbers of up to 19 digits before the point and 18 behind it, spelled as `item.canonical_number` spells them.
_OTHER_NUMBER = re.compile(
    rb'N":"(?![1-9]\d{0,18}+"|-?(?:0\.\d{0,17}+(?<=[1-9])|[1-9]\d{0,18}+(?:\.\d{0,17}+(?<=[1-9]))?+)"|0")'
)
_LAST_GROUP = rb"[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]="
_OTHER_BASE64 = re.compile(rb'B":"(?!(?:[A-Za-z0-9+/]{4})*+(?:' + _LAST_GROUP + rb')?")')
_STRING = rb'"(?:[^"\\]++|\\.)*+"'
# What a search looks for first is what takes its time: so few bytes, before the rest of a set is read.
_ANY_SET = re.compile(rb'S":\[')
_SET = re.compile(rb'"([SNB]S)":\[(' + _STRING + rb"(?:," + _STRING + rb")*+)\]")
_INTEGERS = re.compile(rb'"(?:0|-?[1-9]\d{0,18})"(?:,"(?:0|-?[1-9]\d{0,18})")*+')
_OPEN, _BETWEEN, _CLOSE = b'[{"', b'},null,{"', b"},null]"
_KEY_OPEN, _KEY_BETWEEN, _KEY_CLOSE = b'[[{"', b'"}],[{"', b'"}]]'


def canonical_line(item: Mapping[str, Any]) -> bytes:
    """One item's line, without the line break: the form that `keyed_bodies` must agree with."""
    return canonical_json({"Item": canonical_item(item)})


def line_of(body: bytes) -> bytes:
    """The line with this body, without the line break."""
    return b'{"Item":{"%b}}' % body


def content_of(bodies: Sequence[bytes]) -> bytes:
    """The lines with these bodies, each with its line break: a part of a table."""
    return LINE_HEAD + (LINE_TAIL + b"\n" + LINE_HEAD).join(bodies) + LINE_TAIL + b"\n" if bodies else b""


def keyed_bodies(
    items: Sequence[Item], key_schema: Sequence[Mapping[str, str]]
) -> tuple[Sequence[bytes], Sequence[bytes]]:
    """The keys of items in JSON form, and the bodies of their lines (what stands between LINE_HEAD and LINE_TAIL), both in the order given.

    The items must be what DynamoDB can hold.
    """
    names = [element["AttributeName"] for element in key_schema]
    found = _batch(items, names)
    if found is not None:
        return found
    return [item_key(item, key_schema) for item in items], [_body(item) for item in items]


def _batch(items: Sequence[Item], names: Sequence[str]) -> tuple[list[bytes], list[bytes]] | None:
    """All of them as orjson writes them; None where one of them needs more than that."""
    # A null between two items, which no item can hold in such a place, says where one ends: cheaper than an object around each.
    spaced: list[Any] = [None] * (2 * len(items))
    spaced[::2] = items
    try:
        text = _canonical_text(orjson.dumps(spaced, option=orjson.OPT_SORT_KEYS))
        keys = orjson.dumps(list(_key_values(items, names)))
    except orjson.JSONEncodeError:
        return None
    if text is None:
        return None
    bodies = text[len(_OPEN) : -len(_CLOSE)].split(_BETWEEN)
    key_bodies = keys[len(_KEY_OPEN) : -len(_KEY_CLOSE)].split(_KEY_BETWEEN)
    if len(bodies) != len(items) or len(key_bodies) != len(items):
        return None
    return [b'[{"%b"}]' % body for body in key_bodies], bodies


def _key_values(items: Iterable[Item], names: Sequence[str]) -> Iterable[Any]:
    get = itemgetter(*names)
    return map(get, items) if len(names) > 1 else ((value,) for value in map(get, items))


def _body(item: Item) -> bytes:
    try:
        line = _canonical_text(orjson.dumps({"Item": item}, option=orjson.OPT_SORT_KEYS))
        if line is None:
            line = orjson.dumps({"Item": canonical_item(item)}, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:
        # A lone surrogate, which orjson refuses.
        line = canonical_line(item)
    return line[len(LINE_HEAD) : -len(LINE_TAIL)]


def _canonical_text(text: bytes) -> bytes | None:
    """The canonical form of what this text says; None where that takes more than putting sets in order."""
    if _OTHER_NUMBER.search(text) or _OTHER_BASE64.search(text):
        return None
    return _SET.sub(_canonical_set, text) if _ANY_SET.search(text) else text


def _canonical_set(found: re.Match[bytes]) -> bytes:
    kind, content = found.groups()
    if kind == b"NS" and _INTEGERS.fullmatch(content):
        return b'"NS":["%b"]' % b'","'.join(sorted(content[1:-1].split(b'","'), key=int))
    return orjson.dumps(canonical_value({kind.decode(): orjson.loads(b"[%b]" % content)}))[1:-1]
