"""What a text of settings names: tables, functions and hosted zones that are known, and names within the zones.

A text is looked at as a whole and in its pieces, between what separates lists and pairs. Only what is known counts: a word that happens to be no name of anything is
no unresolved name. A domain name within a known zone is one, though: when it has no record it is unresolved.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final

from twinstage.model.dns_name import canonical_name
from twinstage.model.graph import Node, qualified
from twinstage.twin.graph import names

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_PIECES: Final = re.compile(r"[^\s,;=|\"'{}\[\]()<>]+")
_HOST: Final = re.compile(
    r"(?:[a-z][a-z0-9+.-]*://)?(?:[^@/]*@)?([A-Za-z0-9_*.-]+\.[A-Za-z0-9-]+\.?)(?::\d+)?(?:[/?#].*)?", re.ASCII
)
_ARN: Final = re.compile(
    r"arn:aws[a-z-]*:(?:dynamodb:[^:]*:[^:]*:table/(?P<table>[^/:]+)|lambda:[^:]*:[^:]*:function:(?P<function>[^:]+)"
    r"|route53:::hostedzone/(?P<zone>[A-Z0-9]+)|states:[^:]*:[^:]*:stateMachine:(?P<machine>[^:]+)"
    r"|(?P<service>sqs|sns|kinesis|s3):[^:]*:[^:]*:(?P<resource>[^:/]+)).*"
)
_LONGEST: Final = 4096


@dataclass(frozen=True)
class Known:
    """The names that there are. `zones` are names by id; `records` are, by zone id and canonical name, the nodes of the record sets there."""

    tables: frozenset[str] = frozenset()
    functions: frozenset[str] = frozenset()
    zones: Mapping[str, str] = field(default_factory=dict)
    records: Mapping[tuple[str, str], Sequence[Node]] = field(default_factory=dict)

    @cached_property
    def _by_name(self) -> Mapping[str, Sequence[str]]:
        found: dict[str, list[str]] = {}
        for zone_id, name in sorted(self.zones.items()):
            found.setdefault(name, []).append(zone_id)
        return found

    def around(self, name: str) -> Sequence[str]:
        """The zones, by id, that are nearest around a canonical name: several where they have one name. None where the name is in no known zone."""
        while name:
            if name in self._by_name:
                return self._by_name[name]
            name = name.partition(".")[2]
        return ()

    def answering(self, zone_id: str, name: str) -> Sequence[Node]:
        """The record sets that answer for a name: its own, or those of the wildcard below its closest encloser (RFC 4592, section 3.3.1)."""
        own = self.records.get((zone_id, name))
        while not own and name.count(".") > 1:
            name = name.partition(".")[2]
            own = self.records.get((zone_id, f"\\052.{name}"))
            if (zone_id, name) in self.records:
                break
        return own or ()


def mentioned(text: str, known: Known) -> list[Node]:
    """The nodes that a text names, each once, in the order of their ids. Of a very long text only the beginning is looked at."""
    text = text[:_LONGEST]
    pieces = {text, *_PIECES.findall(text)}
    found = {node.id: node for piece in pieces for node in _named(piece, known)}
    return [found[node_id] for node_id in sorted(found)]


def _named(piece: str, known: Known) -> Iterator[Node]:
    if piece in known.tables:
        yield names.dynamodb_table(piece)
    if piece in known.functions:
        yield names.function(piece)
    if (zone := piece.removeprefix("/hostedzone/")) in known.zones:
        yield _zone(zone, known)
    arn = named_by_arn(piece, known)
    if arn is not None:
        yield arn
    elif host := _HOST.fullmatch(piece):
        yield from _domain(canonical_name(host[1]), known)


def hosts(text: str) -> set[str]:
    """The canonical domain names that a text names, as a whole or in its pieces, whoever's they are."""
    text = text[:_LONGEST]
    found = (_HOST.fullmatch(piece) for piece in {text, *_PIECES.findall(text)})
    return {canonical_name(host[1]) for host in found if host}


def named_by_arn(text: str, known: Known) -> Node | None:
    """What an ARN names; a table, function or zone that is not known is named and not resolved."""
    found = _ARN.fullmatch(text)
    if found is None:
        return None
    match found.lastgroup, found[found.lastgroup or 0]:
        case "table", name:
            return names.dynamodb_table(name, resolved=name in known.tables)
        case "function", name:
            return names.function(name, resolved=name in known.functions)
        case "zone", name:
            return _zone(name, known)
        case "machine", name:
            return names.state_machine(name, resolved=False)
        case _:
            return names.resource(found["service"], found["resource"], resolved=False)


def _zone(zone_id: str, known: Known) -> Node:
    return Node("zone", qualified(zone_id, known.zones.get(zone_id, zone_id)), resolved=zone_id in known.zones)


def _domain(name: str, known: Known) -> Iterator[Node]:
    """A domain name: the zone that has it as its own name, else the name within the zone that is nearest around it."""
    for zone_id in known.around(name)[-1:]:
        if known.zones[zone_id] == name:
            yield _zone(zone_id, known)
        else:
            yield from known.answering(zone_id, name) or (Node("record", qualified(zone_id, name), resolved=False),)
