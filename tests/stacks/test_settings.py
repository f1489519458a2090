"""What the app accepts as its context, and how it says what is wrong."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from stacks.settings import read_settings
from stacks.snapshot_source import read_snapshot
from tests.stacks.sample_twin import TWIN, function, write_snapshot, zone
from twinstage.model.archive import zip_files
from twinstage.model.canonical import sha256_hex
from twinstage.model.errors import InputError
from twinstage.model.manifest import Part, new_manifest

if TYPE_CHECKING:
    from pathlib import Path

CAPTURED = {"at": "2026-01-01T00:00:00Z", "account": "111111111111", "region": "us-east-1"}


def pointers(error: InputError) -> list[str]:
    return [problem.pointer for problem in error.problems]


def test_an_empty_context_is_no_error_and_says_what_each_stack_needs(tmp_path: Path) -> None:
    settings = read_settings({}, tmp_path)

    assert settings.missing("platform") == ("twinstage:twin_account",)
    assert settings.missing("twin") == (
        "twinstage:run",
        "twinstage:snapshot",
        "twinstage:objects",
        "twinstage:twin_account",
        "twinstage:bundle",
        "twinstage:recorder",
    )


def test_every_problem_is_told_at_once_with_its_key(tmp_path: Path) -> None:
    context = {
        "twinstage:run": "Not_A_Run",
        "twinstage:twin_account": "12",
        "twinstage:region": "mars",
        "twinstage:arms": "candidate",
        "twinstage:ttl_hours": "soon",
        "twinstage:retain_evidence": "perhaps",
        "twinstage:snapshot": "nowhere.json",
        "twinstage:candidate": "{",
        "twinstage:capture": '{"zones": "all"}',
        "twinstage:capture_options": '{"zone": []}',
        "twinstage:snapshot_key": "alias/mine",
        "twinstage:architecture": "sparc",
        "twinstage:runtime": "nodejs22.x",
        "twinstage:unheard_of": "1",
        "twinstage:availability_zones": "[a",
        "twinstage:keep_environment": "[1]",
        "twinstage:kms_keys": "alias/mine",
        "twinstage:clone_architecture": "vax",
        "twinstage:clone_concurrency": "0",
    }

    with pytest.raises(InputError) as caught:
        read_settings(context, tmp_path)

    assert pointers(caught.value) == sorted(f"/{key}" for key in context)
    assert all(problem.hint for problem in caught.value.problems)


def test_an_availability_zone_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="'us-east-1': each must be an availability zone"):
        read_settings({"twinstage:availability_zones": "us-east-1a,us-east-1"}, tmp_path)


@pytest.mark.parametrize("run", ["a-baseline", "candidate", "x-candidate-y", "repeat-a"])
def test_a_run_that_holds_an_arms_name_is_refused(run: str, tmp_path: Path) -> None:
    """`twin-a-baseline-*` would be the pattern of run `a`'s baseline, and the names of run `a-baseline`."""
    with pytest.raises(InputError) as caught:
        read_settings({"twinstage:run": run}, tmp_path)

    assert pointers(caught.value) == ["/twinstage:run"]


def test_what_the_daily_capture_selects_is_no_option_of_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="tables belong to twinstage:capture"):
        read_settings({"twinstage:capture_options": '{"tables": ["plans"], "items": "export"}'}, tmp_path)


def test_a_selection_of_nothing_is_no_selection_of_everything(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="it selects nothing"):
        read_settings({"twinstage:capture": '{"zones": [], "tables": []}'}, tmp_path)


def test_keys_of_others_are_ignored(tmp_path: Path) -> None:
    assert read_settings({"@aws-cdk/core:bootstrapQualifier": "abc", "aws-cdk:x": 1}, tmp_path).run == ""


@pytest.mark.parametrize("given", ["A,B", ["A", "B"], '["A", "B"]', " A , B "])
def test_lists_come_with_commas_or_as_json(given: object, tmp_path: Path) -> None:
    assert read_settings({"twinstage:keep_environment": given}, tmp_path).keep_environment == ("A", "B")


def test_paths_start_at_the_root(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()

    assert read_settings({"twinstage:objects": "parts"}, tmp_path).objects == tmp_path / "parts"


def test_a_candidate_without_an_arm_is_refused(tmp_path: Path) -> None:
    candidate = json.dumps({"enactor": {"code": str(tmp_path)}})

    with pytest.raises(InputError) as caught:
        read_settings({"twinstage:candidate": candidate, "twinstage:arms": "baseline"}, tmp_path)

    assert pointers(caught.value) == ["/twinstage:arms"]


def test_a_candidate_is_read_with_its_handler_and_environment(tmp_path: Path) -> None:
    entry = {"code": str(tmp_path), "handler": "fixed.handler", "environment": {"MODE": "cas"}}
    context = {"twinstage:candidate": json.dumps({"enactor": entry}), "twinstage:arms": "baseline,candidate"}

    enactor = read_settings(context, tmp_path).candidate["enactor"]

    assert (enactor.code, enactor.handler, enactor.environment) == (tmp_path, "fixed.handler", {"MODE": "cas"})


def test_a_candidate_may_lose_variables_and_have_another_timeout_and_memory(tmp_path: Path) -> None:
    entry = {"code": str(tmp_path), "unset": ["LEVEL"], "timeout_s": 45, "memory_mb": 512}
    context = {"twinstage:candidate": json.dumps({"enactor": entry}), "twinstage:arms": "baseline,candidate"}

    enactor = read_settings(context, tmp_path).candidate["enactor"]

    assert (enactor.unset, enactor.timeout_s, enactor.memory_mb) == (("LEVEL",), 45, 512)


def test_a_snapshot_that_cannot_become_a_twin_is_refused_with_every_reason(tmp_path: Path) -> None:
    manifest = new_manifest(
        CAPTURED,
        "tests",
        [zone(1), zone(1).__class__("ZOTHER", zone(1).name, True, 1, zone(1).part)],
        [],
        [function("f" * 50, {})],
    )
    candidate = json.dumps({"unheard-of": {"code": str(tmp_path)}})
    context = {
        **write_snapshot(tmp_path, manifest),
        "twinstage:run": "demo",
        "twinstage:twin_account": TWIN,
        "twinstage:arms": "baseline,candidate",
        "twinstage:candidate": candidate,
    }
    (tmp_path / "objects" / manifest.functions[0].code.sha256).unlink()

    with pytest.raises(InputError) as caught:
        read_snapshot(read_settings(context, tmp_path))

    assert pointers(caught.value) == [
        "/content/functions/0/code/sha256",
        "/content/functions/0/name",
        "/content/zones/0/name",
        "/content/zones/1/name",
        "/twinstage:candidate/unheard-of",
    ]


@pytest.mark.parametrize(
    ("file", "module"),
    [
        ("twinstage_recorder.py", "twinstage_recorder"),
        ("twinstage_recorder/handler.py", "twinstage_recorder"),
        ("botocore/client.py", "botocore"),
        ("boto3/__init__.py", "boto3"),
    ],
)
def test_code_that_would_run_unrecorded_is_refused_with_the_modules_name(
    file: str, module: str, tmp_path: Path
) -> None:
    package = zip_files({"index.py": b"", "lib/botocore.py": b"", "botocore-1.42.dist-info/METADATA": b"", file: b""})
    fine = zip_files({"index.py": b"", "lib/botocore.py": b"", "botocore-1.42.dist-info/METADATA": b""})
    part = Part(sha256_hex(package), len(package))
    manifest = new_manifest(CAPTURED, "tests", [], [], [replace(function("enactor", {}), code=part)])
    (tmp_path / "code" / file).parent.mkdir(parents=True)
    (tmp_path / "code" / file).write_bytes(b"")
    context = {
        **write_snapshot(tmp_path, manifest),
        "twinstage:run": "demo",
        "twinstage:arms": "baseline,candidate",
        "twinstage:candidate": json.dumps({"enactor": {"code": str(tmp_path / "code")}}),
    }
    (tmp_path / "objects" / part.sha256).write_bytes(package)

    with pytest.raises(InputError) as caught:
        read_snapshot(read_settings(context, tmp_path))

    assert pointers(caught.value) == ["/content/functions/0/code", "/twinstage:candidate/enactor/code"]
    assert all(f"enactor brings its own {module}:" in problem.message for problem in caught.value.problems)
    part = Part(sha256_hex(fine), len(fine))
    manifest = new_manifest(CAPTURED, "tests", [], [], [replace(function("enactor", {}), code=part)])
    context |= write_snapshot(tmp_path, manifest)
    (tmp_path / "objects" / part.sha256).write_bytes(fine)
    assert read_snapshot(read_settings({**context, "twinstage:candidate": ""}, tmp_path)).manifest == manifest


def test_code_that_was_changed_after_it_was_captured_is_refused(tmp_path: Path) -> None:
    manifest = new_manifest(CAPTURED, "tests", [], [], [function("enactor", {})])
    context = {**write_snapshot(tmp_path, manifest), "twinstage:run": "demo"}
    package = tmp_path / "objects" / manifest.functions[0].code.sha256
    package.write_bytes(package.read_bytes() + b"\0")

    with pytest.raises(InputError, match=f"{package} was changed after it was captured"):
        read_snapshot(read_settings(context, tmp_path))


def test_code_that_is_no_zip_is_refused(tmp_path: Path) -> None:
    part = Part(sha256_hex(b"not a zip"), 9)
    manifest = new_manifest(CAPTURED, "tests", [], [], [replace(function("enactor", {}), code=part)])
    context = {**write_snapshot(tmp_path, manifest), "twinstage:run": "demo"}
    (tmp_path / "objects" / part.sha256).write_bytes(b"not a zip")

    with pytest.raises(InputError, match="the code of enactor is no zip"):
        read_snapshot(read_settings(context, tmp_path))


def test_a_manifest_that_is_not_json_is_refused_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "snapshot.json").write_text("{")
    context = {"twinstage:snapshot": "snapshot.json", "twinstage:objects": "."}

    with pytest.raises(InputError, match=r"snapshot\.json: not JSON"):
        read_snapshot(read_settings(context, tmp_path))
