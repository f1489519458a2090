"""Functions out of dumps: configuration, code, versions, aliases; and none whose clone would silently be another one."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import pytest

from tests.world.dump_files import problems, shared, write
from twinstage.model.archive import zip_directory, zip_files
from twinstage.world.dumps import FunctionDumps
from twinstage.world.function_form import code_sha256

if TYPE_CHECKING:
    from pathlib import Path

CODE, NINE = zip_files({"app.py": b"a deployment package"}), zip_files({"app.py": b"nine"})
CONFIGURATION: dict[str, Any] = {
    "Runtime": "python3.12",
    "Handler": "app.handler",
    "MemorySize": 128,
    "Timeout": 3,
    "Environment": {"PLAN_TABLE": "plans"},
}
TOLD = {**CONFIGURATION, "FunctionName": "enactor", "Environment": {"Variables": {"PLAN_TABLE": "plans"}}}


def read(folder: Path, files: dict[str, Any]) -> FunctionDumps:
    return FunctionDumps(write(folder, files), zip_directory)


@pytest.mark.parametrize(
    "files",
    [
        {"enactor.json": TOLD, "enactor.zip": CODE},
        {"enactor.json": {**TOLD, "CodeSha256": code_sha256(CODE)}, "enactor.zip": CODE},
        {"f.json": {"Configuration": TOLD, "Code": {"Location": "https://x.test"}, "Tags": {}}, "enactor.zip": CODE},
        {"f.json": {"status_code": 200, "data": {**TOLD, "Layers": None, "MemorySize": 128.0}}, "enactor.zip": CODE},
        {"f.json": {**TOLD, "FunctionName": "arn:aws:lambda:r:1:function:enactor"}, "enactor.zip": CODE},
    ],
)
def test_a_function_is_the_same_in_every_form(tmp_path: Path, files: dict[str, Any]) -> None:
    found = read(tmp_path, files)

    assert list(found.files) == ["enactor"]
    definition = found.definition("enactor")
    assert (definition.configuration, definition.code) == (CONFIGURATION, CODE)


def test_what_belongs_to_a_function_stands_in_files_named_after_it(tmp_path: Path) -> None:
    arn = "arn:aws:lambda:us-east-1:1:function:enactor"
    versions = [{**TOLD, "Version": version, "Description": f"v{version}"} for version in ("$LATEST", "10", "9")]
    files = {
        "enactor.json": {
            "Configuration": TOLD,
            "Tags": {"team": "dns"},
            "Concurrency": {"ReservedConcurrentExecutions": 0},
        },
        "enactor.zip": CODE,
        "enactor.9.zip": NINE,
        "enactor.10/app.py": b"ten",
        "enactor.versions.json": {"Versions": versions},
        "enactor.aliases.json": {"Aliases": [{"Name": "live", "FunctionVersion": "9", "Description": ""}]},
        "enactor.provisioned.json": {
            "ProvisionedConcurrencyConfigs": [
                {"FunctionArn": f"{arn}:live", "RequestedProvisionedConcurrentExecutions": 2}
            ]
        },
        "enactor.invoke.json": {"FunctionEventInvokeConfigs": [{"FunctionArn": arn, "MaximumRetryAttempts": 0}]},
    }

    found = read(tmp_path, files).definition("enactor")

    assert [(v.version, v.code) for v in found.versions] == [("9", NINE), ("10", zip_files({"app.py": b"ten"}))]
    assert found.aliases == ({"Name": "live", "FunctionVersion": "9"},)
    assert found.configuration == {
        **CONFIGURATION,
        "Tags": {"team": "dns"},
        "ReservedConcurrentExecutions": 0,
        "ProvisionedConcurrency": [{"Qualifier": "live", "ProvisionedConcurrentExecutions": 2}],
        "EventInvokeConfigs": [{"Qualifier": "$LATEST", "MaximumRetryAttempts": 0}],
    }


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ({"Architectures": ["x86_64"], "EphemeralStorage": {"Size": 512}, "Layers": []}, {}),
        ({"VpcConfig": {"SubnetIds": [], "SecurityGroupIds": [], "VpcId": ""}, "Description": ""}, {}),
        ({"TracingConfig": {"Mode": "PassThrough"}, "SnapStart": {"ApplyOn": "None"}, "DeadLetterConfig": {}}, {}),
        ({"LoggingConfig": {"LogFormat": "Text", "LogGroup": "/aws/lambda/enactor"}}, {}),
        ({"Architectures": ["arm64"]}, {"Architectures": ["arm64"]}),
        ({"EphemeralStorage": {"Size": 1024}}, {"EphemeralStorage": {"Size": 1024}}),
        (
            {"VpcConfig": {"SubnetIds": ["s-2", "s-1"], "SecurityGroupIds": ["g"], "VpcId": "vpc-1"}},
            {"VpcConfig": {"SubnetIds": ["s-1", "s-2"], "SecurityGroupIds": ["g"]}},
        ),
        ({"TracingConfig": {"Mode": "Active"}}, {"TracingConfig": {"Mode": "Active"}}),
        ({"KMSKeyArn": "arn:k", "Description": "d"}, {"KMSKeyArn": "arn:k", "Description": "d"}),
        ({"DeadLetterConfig": {"TargetArn": "arn:q"}}, {"DeadLetterConfig": {"TargetArn": "arn:q"}}),
        (
            {"LoggingConfig": {"LogFormat": "JSON", "LogGroup": "/own"}},
            {"LoggingConfig": {"LogFormat": "JSON", "LogGroup": "/own"}},
        ),
        ({"SnapStart": {"ApplyOn": "PublishedVersions"}}, {"SnapStart": {"ApplyOn": "PublishedVersions"}}),
    ],
)
def test_a_function_has_one_form_whether_defaults_are_told_or_not(
    tmp_path: Path, told: dict[str, Any], kept: dict[str, Any]
) -> None:
    found = read(tmp_path, {"enactor.json": {**TOLD, **told}, "enactor.zip": CODE})

    assert found.definition("enactor").configuration == {**CONFIGURATION, **kept}


@pytest.mark.parametrize(
    ("told", "pointer", "message"),
    [
        ({"PackageType": "Image", "Runtime": None, "Handler": None}, "/PackageType", "only zip packages can be cloned"),
        (
            {"Environment": {"Error": {"ErrorCode": "AccessDeniedException", "Message": "kms:Decrypt"}}},
            "/Environment/Error",
            "would not show the environment of enactor: AccessDeniedException: kms:Decrypt",
        ),
        (
            {"Layers": [{"Arn": "arn:aws:lambda:us-east-1:1:layer:numbers:3"}]},
            "/Layers",
            "enactor uses layers, which are not",
        ),
        ({"FileSystemConfigs": [{"Arn": "a"}]}, "/FileSystemConfigs", "enactor mounts a file system"),
        ({"CodeSha256": "AAAA"}, "/CodeSha256", "not AAAA"),
    ],
)
def test_a_function_whose_clone_would_be_another_is_refused_with_the_reason(
    tmp_path: Path, told: dict[str, Any], pointer: str, message: str
) -> None:
    found = read(tmp_path, {"enactor.json": {**TOLD, **told}, "enactor.zip": CODE})

    ((file, _, place, text),) = problems(lambda: found.definition("enactor"))

    assert (file, place) == ("enactor.json", pointer)
    assert message in text


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"enactor.json": {"FunctionName": "enactor"}}, ("enactor.json", 1, "")),
        ({"enactor.json": [1]}, ("enactor.json", 1, "/0")),
        ({"a.json": TOLD, "b.json": TOLD}, ("b.json", 0, "")),
        ({"a.json": "{"}, ("a.json", 1, "")),
    ],
)
def test_what_is_not_the_apis_answer_is_refused_with_its_place(
    tmp_path: Path, files: dict[str, Any], expected: tuple[str, int, str]
) -> None:
    assert [found[:3] for found in problems(lambda: read(tmp_path, files))] == [expected]


def test_code_that_is_missing_is_asked_for(tmp_path: Path) -> None:
    found = read(tmp_path, {"enactor.json": TOLD})

    ((file, _, _, message),) = problems(lambda: found.definition("enactor"))

    assert (file, message) == ("enactor.json", "no code beside it")
    write(tmp_path, {"enactor/app.py": b"1"})
    assert found.definition("enactor").code == zip_files({"app.py": b"1"})


def test_answers_about_other_things_are_named(tmp_path: Path) -> None:
    found = read(tmp_path, {"enactor.json": TOLD, "policy.json": {"Policy": "{}"}, "x.aliases.json": {"Aliases": []}})

    assert [path.name for path in found.ignored] == ["policy.json", "x.aliases.json"]


def test_every_recorded_function_is_known_by_name_and_only_its_code_is_missing(tmp_path: Path) -> None:
    """But for answers that a service gave about functions which were not there, and for functions that cannot be cloned."""
    known = set()
    for index, file in enumerate(sorted(shared("lambda", "custodian-recordings").glob("*GetFunction*"))):
        found = read(tmp_path / str(index), {file.name: file.read_bytes()})
        for name in found.files:
            known.add(name)
            ((_, _, place, message), *_) = problems(functools.partial(found.definition, name))
            assert message == "no code beside it" or place
    assert len(known) > 5
