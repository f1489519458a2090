"""What a column holds, from the words that contracts and databases have for it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from twinstage.model.data_product import LogicalType

_WORDS: Final[dict[LogicalType, str]] = {
    "string": "string text varchar varchar2 nvarchar nvarchar2 char nchar bpchar character clob nclob ntext tinytext mediumtext longtext uuid guid uniqueidentifier enum set"
    " xml inet cidr macaddr citext fixedstring lowcardinality rowid interval url uri email password ulid",
    "integer": "integer int int1 int2 int4 int8 int16 int32 int64 int128 int256 uint8 uint16 uint32 uint64 tinyint smallint mediumint bigint long short byteint hugeint serial"
    " smallserial bigserial serial2 serial4 serial8 year autoincrement identity",
    "number": "number numeric decimal dec bignumeric bigdecimal double float float4 float8 float16 float32 float64 real money smallmoney decimal32 decimal64 decimal128 decfloat binary_float"
    " binary_double half",
    "boolean": "boolean bool bit",
    "date": "date date32",
    "time": "time timetz time_without_time_zone time_with_time_zone",
    "timestamp": "timestamp timestamptz timestamp_tz timestamp_ntz timestamp_ltz timestampntz timestampltz datetime datetime2 datetime64 datetimeoffset smalldatetime instant",
    "object": "object record struct row json jsonb document nested tuple hstore geography geometry point polygon",
    "array": "array list multiset repeated vector",
    "map": "map dictionary dict",
    "any": "variant super any dynamic sql_variant null",
    "bytes": "bytes byte blob tinyblob mediumblob longblob binary varbinary bytea raw image fixed",
}
_KNOWN: Final = {word: logical for logical, words in _WORDS.items() for word in words.split()}
_WORD: Final = re.compile(r"[a-z_][a-z0-9_]*")
_WHOLE: Final = re.compile(r"(?:number|numeric|decimal)\(\s*\d+\s*(?:,\s*0\s*)?\)")
_ARRAY: Final = re.compile(r"\[\s*\]$")


def logical_type(said: str) -> LogicalType | None:
    """The logical type of a type's name: `varchar(18)`, `NUMBER(38, 0)`, `array<struct<…>>`, `int[]`; None where the word is not known."""
    text = said.strip().lower()
    for wrapper in ("nullable(", "lowcardinality("):
        if text.startswith(wrapper):
            return logical_type(text.removeprefix(wrapper).removesuffix(")"))
    if _ARRAY.search(text):
        return "array"
    if _WHOLE.fullmatch(text):
        return "integer"
    if text.startswith("double precision"):
        return "number"
    word = _WORD.match(text)
    return _KNOWN.get(word[0]) if word else None
