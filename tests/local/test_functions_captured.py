"""A function of the embedded AWS with all that belongs to it is captured through Lambda's own API: into a snapshot, and shown."""

from __future__ import annotations

import io
import json
import sys
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from tests.local.cloud import refusal
from tests.local.conftest import Workshop, zip_of
from twinstage.cli.main import main
from twinstage.state.capture import Production, Selection, capture
from twinstage.state.snapshot import get_bytes, get_manifest
from twinstage.world.aws.functions import LambdaFunctions
from twinstage.world.aws.table_reader import TableReader
from twinstage.world.aws.zones import Route53Zones
from twinstage.world.store import DirectoryStore

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.engine

OLD, NEW = ({"app.py": f"def handler(event, context):\n    return {version}\n"} for version in (1, 2))
RETRIES = {"MaximumRetryAttempts": 1, "MaximumEventAgeInSeconds": 100}


@pytest.fixture
def function(workshop: Workshop) -> str:
    """Two versions, two aliases, a reservation, asynchronous settings and tags."""
    api = workshop.client("lambda")
    environment = {"Variables": {"STAGE": "one"}}
    name = workshop.function(OLD["app.py"], Environment=environment, Tags={"team": "dns"}, Description="first")
    api.publish_version(FunctionName=name)
    api.update_function_code(FunctionName=name, ZipFile=zip_of(NEW))
    api.update_function_configuration(FunctionName=name, Environment={"Variables": {"STAGE": "two"}}, Timeout=9)
    api.publish_version(FunctionName=name, Description="second")
    api.create_alias(FunctionName=name, Name="old", FunctionVersion="1")
    api.create_alias(
        FunctionName=name,
        Name="live",
        FunctionVersion="2",
        Description="served",
        RoutingConfig={"AdditionalVersionWeights": {"1": 0.25}},
    )
    api.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=7)
    api.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=2)
    api.put_function_event_invoke_config(FunctionName=name, **RETRIES)
    return name


def production(workshop: Workshop) -> Production:
    tables = TableReader(workshop.client("dynamodb"))
    return Production(Route53Zones(workshop.client("route53")), tables, LambdaFunctions(workshop.client("lambda")))


def test_versions_aliases_concurrency_and_tags_are_in_the_snapshot_and_shown(
    workshop: Workshop,
    function: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    store, captured = DirectoryStore(tmp_path), {"at": "2026-01-01T00:00:00Z", "account": "2", "region": "us-east-1"}
    done = capture(production(workshop), Selection(functions=(function,)), store, captured=captured, tool="tests")

    (held,) = get_manifest(store, done.id).functions
    assert held.configuration == {
        "Runtime": "python3.11",
        "Handler": "app.handler",
        "MemorySize": 128,
        "Timeout": 9,
        "Environment": {"STAGE": "two"},
        "Description": "first",
        "ReservedConcurrentExecutions": 7,
        "EventInvokeConfigs": [{"Qualifier": "$LATEST", **RETRIES}],
        "Tags": {"team": "dns"},
    }
    assert [(v.version, v.configuration["Environment"], v.configuration["Description"]) for v in held.versions] == [
        ("1", {"STAGE": "one"}, "first"),
        ("2", {"STAGE": "two"}, "second"),
    ]
    assert held.versions[0].code != held.versions[1].code == held.code
    assert zipfile.ZipFile(io.BytesIO(get_bytes(store, held.code))).read("app.py").decode() == NEW["app.py"]
    assert list(held.aliases) == [
        {
            "Name": "live",
            "FunctionVersion": "2",
            "Description": "served",
            "RoutingConfig": {"AdditionalVersionWeights": {"1": 0.25}},
        },
        {"Name": "old", "FunctionVersion": "1"},
    ]
    assert counts_shown(done.id, tmp_path, monkeypatch, capsys)["functions"] == 1


def counts_shown(
    snapshot: str, store: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> dict[str, Any]:
    capsys.readouterr()
    monkeypatch.setattr(sys, "argv", ["twinstage", "snapshot", "show", snapshot, "--store", str(store), "--json"])
    with pytest.raises(SystemExit, match="0"):
        main()
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return dict(found["counts"])


class TestProvisionedConcurrency:
    """https://docs.aws.amazon.com/lambda/latest/api/API_GetProvisionedConcurrencyConfig.html"""

    def test_there_is_none(self, workshop: Workshop, function: str) -> None:
        api = workshop.client("lambda")
        listed = api.list_provisioned_concurrency_configs(FunctionName=function)
        assert listed["ProvisionedConcurrencyConfigs"] == []
        of_alias = {"FunctionName": function, "Qualifier": "live"}
        code, _ = refusal(api.get_provisioned_concurrency_config, **of_alias)
        assert code == "ProvisionedConcurrencyConfigNotFoundException"

    def test_asking_for_some_is_refused_by_name(self, workshop: Workshop, function: str) -> None:
        put = workshop.client("lambda").put_provisioned_concurrency_config
        code, message = refusal(put, FunctionName=function, Qualifier="live", ProvisionedConcurrentExecutions=3)
        assert (code, message) == (
            "InvalidParameterValueException",
            "the embedded AWS has no provisioned concurrency",
        )

    def test_a_function_that_is_not_there_has_no_list(self, workshop: Workshop) -> None:
        code, _ = refusal(workshop.client("lambda").list_provisioned_concurrency_configs, FunctionName="nobody")
        assert code == "ResourceNotFoundException"


def test_asynchronous_settings_of_an_alias_are_refused_rather_than_given_to_the_function(
    workshop: Workshop, function: str
) -> None:
    put = workshop.client("lambda").put_function_event_invoke_config
    code, message = refusal(put, FunctionName=function, Qualifier="live", MaximumRetryAttempts=0)
    assert (code, "not of live" in message) == ("InvalidParameterValueException", True)
