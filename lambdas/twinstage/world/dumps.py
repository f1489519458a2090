"""API-form dumps as a world that can be read: what `aws … list-resource-record-sets`, `describe-table` and a folder of code say.

Layout: `zones/hosted-zones.json` (ListHostedZones) and one file a zone, named after it with or without the trailing dot (ListResourceRecordSets);
`tables/<table>.json` (`{"Table": DescribeTable, "Items": [items in DynamoDB JSON]}`, and what DescribeTimeToLive and
DescribeContinuousBackups answer); `functions/<function>.json`
(GetFunctionConfiguration) with the code beside it, as `<function>.zip` or as a folder.
"""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from twinstage.model.dns_name import canonical_name, is_within
from twinstage.model.errors import InputError, InputProblem
from twinstage.model.item import item_key
from twinstage.model.item_check import item_faults
from twinstage.model.record_set import canonical_record_set, ordered
from twinstage.model.validation import schema_violations
from twinstage.world.api_forms import code_sha256, function_configuration, table_schema
from twinstage.world.interface import Definition, HostedZone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from twinstage.model.item import Item
    from twinstage.model.record_set import RecordSet


class ZoneDumps:
    """Hosted zones out of a folder of API answers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        listing = folder / "hosted-zones.json"
        self.files: dict[str, Path] = {}
        self.listed: list[HostedZone] = []
        problems: list[InputProblem] = []
        for index, zone in enumerate(read_object(listing, "HostedZones", ("Id", "Name"))):
            name = canonical_name(zone["Name"])
            candidates = [folder / f"{name}json", folder / f"{name.rstrip('.')}.json"]
            file = next((path for path in candidates if path.is_file()), None)
            if file is None:
                problems.append(
                    InputProblem(
                        str(listing),
                        0,
                        f"/HostedZones/{index}",
                        f"no dump of {name} beside it",
                        f"write list-resource-record-sets of {zone['Id']} to {candidates[1].name}",
                    )
                )
                continue
            hosted = HostedZone(
                name, zone["Id"].removeprefix("/hostedzone/"), zone.get("Config", {}).get("PrivateZone", False)
            )
            self.listed.append(hosted)
            self.files[hosted.id] = file
        if problems:
            raise InputError(problems)

    def zones(self) -> Iterator[HostedZone]:
        """Every zone of the listing, in the order of name and id."""
        yield from sorted(self.listed)

    def record_sets(self, zone_id: str) -> Iterator[RecordSet]:
        """A zone's record sets in canonical form, in the API's order."""
        file = self.files[zone_id]
        found = read_object(file, "ResourceRecordSets", ("Name", "Type"))
        _whole(file)
        name = next(zone.name for zone in self.listed if zone.id == zone_id)
        if problems := list(_record_problems(str(file), name, found)):
            raise InputError(problems)
        yield from ordered(canonical_record_set(record_set) for record_set in found)


class NoZones:
    """No hosted zone at all."""

    def zones(self) -> Iterator[HostedZone]:
        """None."""
        return iter(())

    def record_sets(self, zone_id: str) -> Iterator[RecordSet]:
        """None."""
        raise LookupError(zone_id)


class TableDumps:
    """Tables out of a folder of API answers, or none without a folder."""

    def __init__(self, folder: Path | None) -> None:
        self.tables = {path.stem: path for path in sorted(folder.glob("*.json"))} if folder else {}

    def schema(self, table: str) -> dict[str, Any]:
        """The shape of a table, as DescribeTable gave it (and `TimeToLiveDescription`, `ContinuousBackupsDescription`, where the dump has them)."""
        document = read_json(self.tables[table])
        described = document.get("Table") if isinstance(document, dict) else None
        _require(self.tables[table], described, "/Table", ("AttributeDefinitions", "KeySchema"))
        schema = table_schema(document["Table"])
        ttl = document.get("TimeToLiveDescription", {})
        if ttl.get("TimeToLiveStatus") == "ENABLED":
            schema["TimeToLive"] = {"AttributeName": ttl["AttributeName"]}
        backups = document.get("ContinuousBackupsDescription", {}).get("PointInTimeRecoveryDescription", {})
        if backups.get("PointInTimeRecoveryStatus") == "ENABLED":
            schema["PointInTimeRecovery"] = True
        return schema

    def scan(self, table: str) -> Iterator[Item]:
        """Every item of the dump. Raises InputError with everything that DynamoDB would not hold."""
        file, schema = self.tables[table], self.schema(table)
        items = read_object(file, "Items")
        faults = [
            (f"/Items/{index}{place}", fault)
            for index, item in enumerate(items)
            for place, fault in item_faults(item, schema)
        ]
        if not faults:
            keys = Counter(item_key(item, schema["KeySchema"]) for item in items)
            faults = [
                (f"/Items/{i}", "another item has the same key")
                for i, item in enumerate(items)
                if keys[item_key(item, schema["KeySchema"])] > 1
            ]
        if faults:
            raise InputError(
                [InputProblem(str(file), 0, place, fault, "dump the table again") for place, fault in faults]
            )
        yield from items


class FunctionDumps:
    """Functions out of a folder of API answers and code, or none without a folder. `zip_folder` makes a deployment package of a folder."""

    def __init__(self, folder: Path | None, zip_folder: Callable[[Path], bytes]) -> None:
        self.files = {path.stem: path for path in sorted(folder.glob("*.json"))} if folder else {}
        self.zip_folder = zip_folder

    def definition(self, function: str) -> Definition:
        """What GetFunctionConfiguration gave, and the zip beside it or the folder as one.

        Raises InputError where a zip is not the package that the configuration's `CodeSha256` describes.
        """
        file, document = str(self.files[function]), read_json(self.files[function])
        members = ("MemorySize", "Timeout") if _is_image(document) else ("Runtime", "Handler", "MemorySize", "Timeout")
        _require(self.files[function], document, "", members)
        configuration, package = function_configuration(document, file), self._package(function)
        described = document.get("CodeSha256")
        if described and self._zip(function).is_file() and code_sha256(package) != described:
            message = f"{function}.zip has CodeSha256 {code_sha256(package)}, not {described}"
            raise InputError([InputProblem(file, 0, "/CodeSha256", message, "dump both again")])
        return Definition(configuration, package)

    def _zip(self, function: str) -> Path:
        return self.files[function].with_suffix(".zip")

    def _package(self, function: str) -> bytes:
        if self._zip(function).is_file():
            return self._zip(function).read_bytes()
        beside = self.files[function].with_suffix("")
        if beside.is_dir():
            return self.zip_folder(beside)
        file = str(self.files[function])
        raise InputError(
            [InputProblem(file, 0, "", "no code beside it", f"put {function}.zip or the folder {function}/ there")]
        )


def _whole(file: Path) -> None:
    """Refuse an answer that says of itself that it is one page of several."""
    if read_json(file).get("IsTruncated") is True:
        raise InputError(
            [InputProblem(str(file), 0, "/IsTruncated", "only a part of the answer", "dump every page into one file")]
        )


def _record_problems(file: str, zone: str, found: list[Any]) -> Iterator[InputProblem]:
    """What is not a record set of this zone: fields by the schema of events, names outside the zone, one set twice."""
    changes = [{"Action": "CREATE", "ResourceRecordSet": record_set} for record_set in found]
    event = {
        "id": "dump",
        "timestamp": "1970-01-01T00:00:00Z",
        "type": "dns_update",
        "payload": {"zone": zone, "changes": changes},
    }
    for place, message in schema_violations("event", event) if changes else ():
        step, _, inside = place.removeprefix("/payload/changes/").partition("/ResourceRecordSet")
        yield InputProblem(file, 0, f"/ResourceRecordSets/{step}{inside}", message, "give the API's own answer")
    seen = set()
    for index, record_set in enumerate(found):
        name = canonical_name(str(record_set.get("Name", "")))
        key = (name, str(record_set.get("Type")), record_set.get("SetIdentifier"))
        if not is_within(name, zone):
            yield InputProblem(
                file, 0, f"/ResourceRecordSets/{index}/Name", f"{name} is not in {zone}", "dump the zone again"
            )
        if key in seen:
            yield InputProblem(
                file, 0, f"/ResourceRecordSets/{index}", f"{name} {key[1]} appears twice", "dump the zone again"
            )
        seen.add(key)


def _is_image(document: Any) -> bool:
    """A function of a container image: its configuration has no runtime and no handler."""
    return isinstance(document, dict) and document.get("PackageType") == "Image"


def read_json(path: Path) -> Any:
    """One JSON file, numbers kept exact. Raises InputError with the line where it stops being JSON."""
    try:
        return json.loads(path.read_bytes(), parse_float=Decimal, parse_constant=_refuse_constant)
    except FileNotFoundError as error:
        raise InputError([InputProblem(str(path), 0, "", "no such file")]) from error
    except (ValueError, UnicodeDecodeError) as error:
        raise InputError([InputProblem(str(path), getattr(error, "lineno", 0), "", f"not JSON: {error}")]) from error


def read_object(path: Path, field: str, members: tuple[str, ...] = ()) -> list[Any]:
    """The list of objects under `field` of a JSON file. Raises InputError for each that is none, or lacks one of `members`."""
    document = read_json(path)
    if not isinstance(document, dict) or not isinstance(document.get(field), list):
        raise InputError(
            [
                InputProblem(
                    str(path), 1, f"/{field}", f"expected an object with the list {field}", "give the API's own answer"
                )
            ]
        )
    found: list[Any] = document[field]
    for index, entry in enumerate(found):
        _require(path, entry, f"/{field}/{index}", members)
    return found


def _require(path: Path, document: Any, pointer: str, members: tuple[str, ...]) -> None:
    missing = [name for name in members if name not in document] if isinstance(document, dict) else ["everything"]
    if missing:
        message = f"not the API's own answer: {', '.join(missing)} is missing"
        raise InputError([InputProblem(str(path), 1, pointer, message, "give the API's own answer")])


def _refuse_constant(text: str) -> Any:
    raise ValueError(f"{text} is not a JSON number")
