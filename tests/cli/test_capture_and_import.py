"""`twinstage capture` and `twinstage snapshot import`: options become what enters the snapshot, and equal state has an equal digest."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from click.testing import CliRunner

from tests.state.memory_zones import apex, change, rr
from tests.world.aws_parts import SCHEMA, items
from tests.world.dump_files import shared, write
from tests.world.memory_clock import Clock
from twinstage.cli.commands.capture import capture_command
from twinstage.cli.commands.snapshot_import import import_command
from twinstage.model.archive import zip_files
from twinstage.model.errors import InputError
from twinstage.model.item import to_client
from twinstage.world.memory.aws import MemoryAws
from twinstage.world.memory.door import answering

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CODE = zip_files({"a.py": b"code"})


@dataclass
class Production:
    """A zone and a table of an account in memory, and dumps of the same."""

    zone: dict[str, Any]
    folder: Path

    def dump(self) -> None:
        """What the AWS CLI prints of it."""
        route53, dynamodb = boto3.client("route53"), boto3.client("dynamodb")
        id_ = self.zone["Id"]
        answers = {
            "zones/hosted-zones.json": route53.list_hosted_zones(),
            "zones/ex.test.json": route53.list_resource_record_sets(HostedZoneId=id_),
            "zones/zone.json": route53.get_hosted_zone(Id=id_),
            "zones/tags.json": route53.list_tags_for_resource(
                ResourceType="hostedzone", ResourceId=id_.rpartition("/")[2]
            ),
            "zones/checks.json": route53.list_health_checks(),
            "tables/plans.json": dynamodb.describe_table(TableName="plans"),
            "tables/plans.backups.json": dynamodb.describe_continuous_backups(TableName="plans"),
            "tables/plans.items.json": {"Items": items(60)},
        }
        write(self.folder, {name: json.dumps(answer, default=str) for name, answer in answers.items()})
        for client in (route53, dynamodb):
            client.close()


@pytest.fixture
def production(tmp_path: Path) -> Iterator[Production]:
    with answering(MemoryAws(clock=Clock())):
        route53, dynamodb = boto3.client("route53"), boto3.client("dynamodb")
        config = {"Comment": "the plans", "PrivateZone": False}
        made = route53.create_hosted_zone(Name="ex.test.", CallerReference="1", HostedZoneConfig=config)["HostedZone"]
        check = route53.create_health_check(
            CallerReference="1", HealthCheckConfig={"Type": "TCP", "IPAddress": "192.0.2.1", "Port": 80}
        )["HealthCheck"]["Id"]
        route53.change_tags_for_resource(
            ResourceType="hostedzone",
            ResourceId=made["Id"].rpartition("/")[2],
            AddTags=[{"Key": "team", "Value": "dns"}],
        )
        record = rr("w.ex.test.", "A", "192.0.2.1", SetIdentifier="a", Weight=1, HealthCheckId=check)
        changes = [change("CREATE", rr("*.ex.test.", "TXT", '"x" "y"')), change("CREATE", record)]
        route53.change_resource_record_sets(HostedZoneId=made["Id"], ChangeBatch={"Changes": changes})
        dynamodb.create_table(TableName="plans", **SCHEMA)
        for item in items(60):
            dynamodb.put_item(TableName="plans", Item=to_client(item))
        yield Production(made, tmp_path / "dumps")
        for client in (route53, dynamodb):
            client.close()


def run(command: Any, *arguments: Any) -> dict[str, Any]:
    """The one JSON document that a command prints."""
    result = CliRunner().invoke(command, [*map(str, arguments), "--json"], catch_exceptions=False)
    assert result.exit_code == 0
    document: dict[str, Any] = json.loads(result.stdout)
    return document


def captured(store: Path, *more: Any) -> dict[str, Any]:
    return run(capture_command, "--zone", "ex.test", "--table", "plans", "--store", store, *more)


def test_a_capture_and_an_import_of_the_same_state_have_the_same_digest(production: Production, tmp_path: Path) -> None:
    production.dump()
    folders = ("--zones", production.folder / "zones", "--tables", production.folder / "tables")

    over_api = captured(tmp_path / "a")
    imported = run(import_command, *folders, "--out", tmp_path / "b")

    assert over_api["digest"] == imported["digest"]
    assert (
        over_api["counts"]
        == imported["counts"]
        == {
            "zones": 1,
            "record_sets": 4,
            "health_checks": 1,
            "tables": 1,
            "items": 60,
            "functions": 0,
        }
    )
    assert (imported["refused"], imported["ignored"]) == ([], [])
    manifest = json.loads((tmp_path / "a" / "snapshots" / f"{over_api['snapshot'][7:]}.json").read_bytes())
    assert manifest["captured"]["account"] == "123456789012"
    assert manifest["content"]["zones"][0]["comment"] == "the plans"


def test_a_zone_may_be_named_by_its_id(production: Production, tmp_path: Path) -> None:
    found = run(capture_command, "--zone", production.zone["Id"], "--store", tmp_path)

    assert found["counts"]["zones"] == 1


def test_a_budget_and_segments_change_nothing_of_the_state(production: Production, tmp_path: Path) -> None:
    digests = {
        captured(tmp_path, "--segments", segments, "--read-budget", budget)["digest"]
        for segments, budget in ((1, 100), (7, 1000))
    }

    assert len(digests) == 1


def test_a_sample_keeps_fewer_items_and_says_so(production: Production, tmp_path: Path) -> None:
    whole, sample = captured(tmp_path / "a"), captured(tmp_path / "b", "--items", "sample", "--one-in", 8)

    assert sample["counts"]["items"] < whole["counts"]["items"]
    assert sample["captured"]["sources"]["tables"]["plans"]["by"] == "sample"


def test_masking_needs_rules_and_a_key(production: Production, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rules, key = tmp_path / "rules.yaml", tmp_path / "key"
    rules.write_text("rules:\n  - table: plans\n    path: pk\n  - table: plans\n    path: nobody\n")
    key.write_text("0123456789abcdef\n")
    monkeypatch.delenv("TWINSTAGE_MASK_KEY", raising=False)

    masked = captured(tmp_path / "a", "--mask", rules, "--mask-key", key)

    assert masked["masking"]["unused"] == ["table plans: nobody"]
    assert masked["digest"] != captured(tmp_path / "b")["digest"]
    for given, message in ((("--mask", rules), "rules, but no key"), (("--mask-key", key), "a key, but no rules")):
        with pytest.raises(InputError, match=message):
            captured(tmp_path / "c", *given)
    monkeypatch.setenv("TWINSTAGE_MASK_KEY", "0123456789abcdef")
    assert captured(tmp_path / "d", "--mask", rules)["digest"] == masked["digest"]


def test_wrong_rules_are_told_with_their_line(production: Production, tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text("rules:\n  - table: plans\n    path: a..b\n")

    with pytest.raises(InputError) as caught:
        captured(tmp_path / "a", "--mask", rules)

    assert [(p.file, p.line) for p in caught.value.problems] == [(str(rules), 3)]


@pytest.mark.parametrize("options", [["--items", "export"], ["--export-bucket", "b"]])
def test_an_export_and_its_bucket_go_together(production: Production, tmp_path: Path, options: list[str]) -> None:
    with pytest.raises(InputError, match="--items export and --export-bucket go together"):
        captured(tmp_path, *options)


def write_function(folder: Path, **environment: str) -> Path:
    told = {"FunctionName": "enactor", "Runtime": "python3.12", "Handler": "a.b", "MemorySize": 128, "Timeout": 3}
    told["Environment"] = {"Variables": environment}
    return write(folder, {"enactor.json": told, "enactor.zip": CODE})


def test_secrets_of_dumps_are_refused_and_may_be_withheld(tmp_path: Path) -> None:
    folder = write_function(tmp_path / "functions", DB_PASSWORD="hunter2", TABLE="plans")

    with pytest.raises(InputError, match="enactor: the environment variable DB_PASSWORD looks like a secret") as caught:
        run(import_command, "--functions", folder, "--out", tmp_path / "store")
    assert "hunter2" not in str(caught.value)

    found = run(import_command, "--functions", folder, "--out", tmp_path / "store", "--withhold", "enactor:DB_PASSWORD")
    stored = (tmp_path / "store" / "snapshots" / f"{found['snapshot'][7:]}.json").read_text()
    assert json.loads(stored)["content"]["functions"][0]["withheld"] == ["DB_PASSWORD"]
    assert "hunter2" not in stored


def test_refused_record_sets_are_left_out_only_where_that_is_asked_for(tmp_path: Path) -> None:
    records = [*apex("ex.test."), rr("a.ex.test.", "A", "192.0.2.1"), rr("a.ex.test.", "CNAME", "b.test.")]
    folder = write(tmp_path / "zones", {"ex.test.json": {"ResourceRecordSets": records}})

    with pytest.raises(InputError, match=r"Route 53 refuses a\.ex\.test\. CNAME: InvalidChangeBatch"):
        run(import_command, "--zones", folder, "--out", tmp_path / "store")

    found = run(import_command, "--zones", folder, "--out", tmp_path / "store", "--skip-refused")
    assert [(r["zone"], r["key"], r["code"]) for r in found["refused"]] == [
        ("ex.test.", "a.ex.test. CNAME", "InvalidChangeBatch")
    ]
    assert found["counts"]["record_sets"] == 3


def test_problems_of_all_folders_are_told_at_once(tmp_path: Path) -> None:
    folders = {kind: write(tmp_path / kind, {"x.json": "{"}) for kind in ("zones", "tables", "functions")}

    with pytest.raises(InputError) as caught:
        run(import_command, *(part for kind, path in folders.items() for part in (f"--{kind}", path)))

    assert len(caught.value.problems) == 3


def test_a_folder_without_a_dump_is_no_import(tmp_path: Path) -> None:
    folder = write(tmp_path / "zones", {"README.md": "nothing here"})

    with pytest.raises(InputError, match="holds no dump that is known here"):
        run(import_command, "--zones", folder, "--out", tmp_path / "store")


def test_nothing_is_no_import() -> None:
    with pytest.raises(InputError, match="nothing to import"):
        run(import_command)


def test_real_zones_and_tables_are_imported_twice_with_one_digest(tmp_path: Path) -> None:
    folders = ("--zones", shared("dns", "18f-dns"), "--tables", shared("dynamodb", "nosql-workbench"))

    first, again = (run(import_command, *folders, "--out", tmp_path / name) for name in ("a", "b"))

    assert first["digest"] == again["digest"]
    assert (first["counts"]["record_sets"], first["counts"]["items"]) == (523, 40)
