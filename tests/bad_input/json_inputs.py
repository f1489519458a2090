"""Bad JSON: what dumps, event logs and documents inside documents may hold instead of themselves."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

from tests.bad_input.case import Bad, import_of, scenario_with
from tests.bad_input.good import EVENT, FUNCTION, ITEMS, RECORDS, TABLE, dumps, write

if TYPE_CHECKING:
    from pathlib import Path

DEEP = 100_000
ITEM_LINE = '{"pk": {"S": "plan"}, "n": {"N": "1"}}\n'


def events(name: str, content: str | bytes, *says: str) -> Bad:
    """A scenario's event log."""
    return scenario_with(name, content, *says, file="events.jsonl")


def event(**changed: Any) -> str:
    return json.dumps({**EVENT, **changed}) + "\n"


def table(name: str, content: object, *says: str) -> Bad:
    return import_of(name, "tables", "plans.json", content, "plans.json", *says)


def zone(name: str, content: object, *says: str) -> Bad:
    return import_of(name, "zones", "ex.test.json", content, "ex.test.json", *says)


def item(text: str) -> str:
    """A table's answer with one item, as text: what `json` would not write."""
    return f'{{"Table": {json.dumps(TABLE)}, "Items": [{text}]}}'


def items_in_lines(name: str, content: str | bytes, *says: str, file: str = "plans.jsonl") -> Bad:
    def build(folder: Path) -> list[str]:
        held = dumps(folder / "dumps") / "tables"
        write(held / "plans.json", {"Table": {**TABLE, "ItemCount": 2}})
        write(held / file, content)
        return ["snapshot", "import", "--tables", "dumps/tables", "--no-sign"]

    return Bad(name, build, (file, *says))


def records(*values: str) -> dict[str, Any]:
    found = {"Name": "t.ex.test.", "Type": "TXT", "TTL": 60, "ResourceRecords": [{"Value": v} for v in values]}
    return {"ResourceRecordSets": [*RECORDS, found]}


JSON_INPUTS = [
    table("table-nan", item('{"pk": {"S": "plan"}, "n": {"N": NaN}}'), "plans.json:1", "NaN is not a JSON number"),
    table("table-infinity", item('{"pk": {"S": "plan"}, "n": {"N": -Infinity}}'), "-Infinity is not a JSON number"),
    table(
        "table-duplicate-member", item('{"pk": {"S": "plan"}, "pk": {"S": "other"}}'), "the member 'pk' appears twice"
    ),
    table("table-surrogate", item('{"pk": {"S": "\\ud800"}}'), "half of a surrogate pair"),
    table(
        "table-surrogate-in-a-name", item('{"pk": {"S": "plan"}, "\\udfff": {"S": "x"}}'), "half of a surrogate pair"
    ),
    table("table-depth-bomb", "[" * DEEP, "nested deeper than 128 levels"),
    table("table-depth-bomb-of-objects", '{"a":' * DEEP, "nested deeper than 128 levels"),
    table("table-deep-and-whole", '{"a":' * 500 + "1" + "}" * 500, "nested deeper than 128 levels"),
    table(
        "item-too-deep",
        item('{"pk": {"S": "p"}, "n": ' + '{"L": [' * 40 + '{"S": "x"}' + "]}" * 40 + "}"),
        "/Items/0",
        "nested deeper than 32 levels",
    ),
    table(
        "number-as-a-number",
        item('{"pk": {"S": "plan"}, "n": {"N": 12345678901234567890.5}}'),
        "/Items/0/n/N",
        "a number is written as text",
    ),
    table(
        "number-of-39-digits",
        item(f'{{"pk": {{"S": "plan"}}, "n": {{"N": "{"1234567890" * 3}123456789"}}}}'),
        "/Items/0/n/N",
        "38 digits",
    ),
    table("number-beyond-dynamodb", item('{"pk": {"S": "plan"}, "n": {"N": "1e400"}}'), "/Items/0/n/N", "out of range"),
    table("number-of-a-million-digits", item('{"pk": {"S": "plan"}, "n": {"N": ' + "9" * 1_000_000 + "}}"), "not JSON"),
    table("key-missing", item('{"n": {"N": "1"}}'), "/Items/0/pk", "the key attribute is missing"),
    table("unknown-type", item('{"pk": {"S": "plan"}, "n": {"X": "1"}}'), "/Items/0/n", "'X' is no type of DynamoDB"),
    table("cut-off", json.dumps({"Table": TABLE, "Items": ITEMS})[:-9], "not JSON"),
    table("text-instead", '"all of it"', "expected an object"),
    table("not-utf-8-json", b'{"Table": "\xff"}', "not JSON"),
    table("nothing", "", "not JSON"),
    table("nul-bytes", b"\0" * 4096, "not JSON"),
    items_in_lines(
        "line-nan", ITEM_LINE + '{"pk": {"S": "b"}, "n": {"N": NaN}}\n', "plans.jsonl:2", "NaN is not a JSON number"
    ),
    items_in_lines(
        "line-duplicate", ITEM_LINE + '{"pk": {"S": "b"}, "pk": {"S": "c"}}\n', "plans.jsonl:2", "appears twice"
    ),
    items_in_lines("line-depth-bomb", ITEM_LINE + "[" * DEEP + "\n", "plans.jsonl:2", "nested deeper"),
    items_in_lines(
        "gzip-cut-off", gzip.compress(ITEM_LINE.encode() * 2000)[:-30], "not whole gzip data", file="plans.jsonl.gz"
    ),
    items_in_lines(
        "gzip-bomb", gzip.compress(b'{"pk": {"S": "' + b"x" * (48 << 20)), "plans.jsonl.gz", file="plans.jsonl.gz"
    ),
    zone(
        "zone-nan",
        '{"ResourceRecordSets": [{"Name": "ex.test.", "Type": "A", "TTL": NaN}]}',
        "NaN is not a JSON number",
    ),
    zone(
        "zone-ttl-beyond-a-double",
        '{"ResourceRecordSets": [{"Name": "a.ex.test.", "Type": "A", "TTL": 1e400, "ResourceRecords": [{"Value": "192.0.2.1"}]}]}',
        "/ResourceRecordSets/0/TTL",
    ),
    zone("zone-duplicate-member", '{"ResourceRecordSets": [], "ResourceRecordSets": []}', "appears twice"),
    zone("zone-surrogate", records('"\ud800"'), "half of a surrogate pair"),
    zone("txt-that-backtracks", records('\\"' * 200_000), "ex.test.json", "/ResourceRecordSets/1"),
    zone("txt-of-a-megabyte", records('"' + "x" * 1_000_000 + '"'), "/ResourceRecordSets/1"),
    zone("name-outside", {"ResourceRecordSets": [{**RECORDS[0], "Name": "api.other.test."}]}, "is not in ex.test."),
    import_of(
        "function-without-its-members", "functions", "enactor.json", {"FunctionName": "enactor"}, "Runtime, Handler"
    ),
    import_of("function-depth-bomb", "functions", "enactor.json", '{"FunctionName": ' + "[" * DEEP, "nested deeper"),
    import_of(
        "function-name-that-is-a-path",
        "functions",
        "enactor.json",
        {**FUNCTION, "FunctionName": "../../etc/passwd"},
        "FunctionName",
    ),
    events("event-not-json", "{\n", "events.jsonl:1", "not JSON"),
    events(
        "event-nan",
        event(payload={"function": "enactor", "event": {"x": 1}}).replace("1}}}", "NaN}}}"),
        "events.jsonl:1",
        "NaN is not a JSON number",
    ),
    events("event-duplicate-member", '{"id": "e1", "id": "e2"}\n', "events.jsonl:1", "appears twice"),
    events(
        "event-duplicate-id",
        event() + event(payload={"function": "enactor", "event": {"other": 1}}),
        "was already read with another content",
    ),
    events("event-depth-bomb", "[" * DEEP + "\n", "events.jsonl:1", "nested deeper than 128 levels"),
    events(
        "event-deep-payload",
        event(payload={"function": "enactor", "event": None}).replace("null", "[" * 600 + "]" * 600),
        "events.jsonl:1",
        "nested deeper than 128 levels",
    ),
    events("event-time", event(timestamp="2025-10-19 02:14:07"), "events.jsonl:1", "/timestamp"),
    events("event-time-with-a-line-break", event(timestamp="2025-10-19T02:14:07Z\n"), "events.jsonl:1", "/timestamp"),
    events(
        "event-id-that-moves-the-cursor",
        event(id="\x1b[2J\u202e") + event(id="\x1b[2J\u202e", type="zone_delete", payload={"zone_id": "Z1"}),
        "already read",
        "\\u{1b}[2J\\u{202e}",
    ),
    events("event-of-no-type", event(type="lambda_delete"), "events.jsonl:1"),
    events("event-beyond-a-double", event().replace("{}}}", '{"x": 1e400}}}'), "events.jsonl:1"),
    events("events-empty", "", "no event in it"),
    events("events-binary", bytes(range(256)) * 64, "not JSON"),
    events("events-gzip-cut-off", gzip.compress(event().encode() * 50)[:-12], "the gzip data ends or breaks"),
    events("event-line-of-24-mb", '{"id": "' + "x" * (24 << 20) + "\n", "events.jsonl:1", "not JSON"),
    events("trail-bad-inner-json", json.dumps({"Events": [{"CloudTrailEvent": "{"}]}), "events.jsonl:1"),
]
